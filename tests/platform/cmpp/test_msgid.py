"""What a Msg_Id says."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qudao.platform.cmpp.msgid import MessageId


def test_the_parts_of_a_number() -> None:
    made = MessageId.at(datetime(2026, 11, 22, 12, 30, 59, tzinfo=UTC), gateway=106_000, serial=7)
    bits = "10111011001100011110111011" + f"{106_000:022b}" + f"{7:016b}"
    assert made.number() == int(bits, 2)
    assert str(made) == "1122123059010600000007"


@given(st.integers(0, 2**64 - 1))
def test_every_number_has_parts(number: int) -> None:
    assert MessageId.of(number).number() == number


def test_a_part_must_fit() -> None:
    with pytest.raises(ValueError, match="gateway is 4194304: it has 22 bits"):
        MessageId(1, 1, 0, 0, 0, 1 << 22, 0).number()
