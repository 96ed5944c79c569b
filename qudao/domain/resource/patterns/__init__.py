"""One module per pattern of digits; see docs/resource.md for how to add one."""

from __future__ import annotations

from qudao.domain.resource.types import PatternRule
from qudao.kernel.registry import Registry

patterns: Registry[PatternRule] = Registry(__name__)
