"""One module per kind of document; see docs/customer.md for how to add one."""

from __future__ import annotations

from qudao.domain.customer.types import DocumentKind
from qudao.kernel.registry import Registry

documents: Registry[DocumentKind] = Registry(__name__)
