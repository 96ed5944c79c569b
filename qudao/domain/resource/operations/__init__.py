"""Hold, bind and free numbers; load and grade them; say what they cost."""

from qudao.domain.resource.operations.hold import bind, expire, pay, release, reserve
from qudao.domain.resource.operations.orders import (
    activate,
    bind_packed,
    give_back,
    pack,
    unpack,
)
from qudao.domain.resource.operations.reference import load_reference
from qudao.domain.resource.operations.stock import (
    adopt,
    count,
    load_numbers,
    load_segments,
    regrade,
    regrade_stale,
    rest,
    retire,
)
from qudao.domain.resource.operations.terms import (
    end_grade_price,
    set_grade,
    set_grade_price,
    set_pattern,
)

__all__ = [
    "activate",
    "adopt",
    "bind",
    "bind_packed",
    "count",
    "end_grade_price",
    "expire",
    "give_back",
    "load_numbers",
    "load_reference",
    "load_segments",
    "pack",
    "pay",
    "regrade",
    "regrade_stale",
    "release",
    "reserve",
    "rest",
    "retire",
    "set_grade",
    "set_grade_price",
    "set_pattern",
    "unpack",
]
