"""Texts as whole numbers: to keep and to compare a text costs ten times as much."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import ibis

from qudao.platform.lake.exact import wide

if TYPE_CHECKING:
    from ibis.expr.types import IntegerValue, StringValue


def _four(text: Any, texts: Any, numbers: Any, otherwise: Any) -> Any: ...


# The engines define it when a connection is made. A function of one column they ask but once for
# each text of a Parquet dictionary, other than comparisons.
_number_of: Final = ibis.udf.scalar.builtin(
    _four,
    name="number_of",
    signature=(("string", "array<string>", "array<int64>", "int64"), "int64"),
)


def number_of(text: StringValue, numbers: Mapping[str, int], otherwise: int) -> IntegerValue:
    """Return the number that belongs to each text, as int64."""
    if not numbers:
        return wide(otherwise)
    values = ibis.array([ibis.literal(number, "int64") for number in numbers.values()])
    found: IntegerValue = _number_of(text, ibis.array([*numbers]), values, wide(otherwise))
    return found
