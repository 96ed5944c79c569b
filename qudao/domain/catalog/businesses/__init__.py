"""One module per business; see docs/catalog.md for how to add one."""

from __future__ import annotations

from qudao.domain.catalog.types import Business
from qudao.kernel.registry import Registry

businesses: Registry[Business] = Registry(__name__)
