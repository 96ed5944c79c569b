"""One module for each kind of file; see docs/stock.md for how to add one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from qudao.kernel.registry import Registry

Problem = tuple[str, str, str]
"""Column, code of the problem, detail that may be shown."""

Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a file, and the headings by which it is known (in lower case)."""

    name: str
    headings: tuple[str, ...]
    required: bool = False
    unique: bool = False
    """No two rows of a file may have the same."""
    secret: bool = False
    """Never shown, not even where something is wrong with it."""


@dataclass(frozen=True, slots=True)
class FileKind:
    """What a kind of file holds. `check` never raises: it cleans a row and tells what is wrong."""

    code: str
    name_zh: str
    name_en: str
    columns: tuple[Column, ...]
    check: Callable[[Row], list[Problem]]
    goods: frozenset[str] = field(default=frozenset())
    """Kinds of articles that rows may be of; none: the rows are no goods."""
    serialised: bool = True


ITEM = Column("item", ("item", "商品编码", "物料编码", "品名编码"))
SERIAL = Column(
    "serial", ("serial", "iccid", "imei", "串码", "卡号", "序列号", "卡序列号"), True, True
)
COST = Column("cost", ("cost", "成本", "成本价", "进价"))
BATCH = Column("batch", ("batch", "批次", "批次号"))
EXPIRES_ON = Column("expires_on", ("expires_on", "expiry", "有效期", "有效期至", "失效日期"))

file_kinds: Registry[FileKind] = Registry(__name__)
