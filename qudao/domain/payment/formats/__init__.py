"""One module per format of bank statements; see docs/payment.md for how to add one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from qudao.domain.payment.types import ParsedStatement
from qudao.kernel.registry import Registry


@dataclass(frozen=True, slots=True)
class Format:
    """A way to read a bank's file. `read` never raises for what a file may hold."""

    code: str
    name_zh: str
    name_en: str
    suffixes: tuple[str, ...]
    """Endings of file names, to propose the format."""
    read: Callable[[bytes], ParsedStatement]


formats: Registry[Format] = Registry(__name__)
