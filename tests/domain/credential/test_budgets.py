"""How many statements it costs to prove a line."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from qudao.domain.credential import operations
from qudao.domain.credential.types import CodePurpose
from tests.domain.credential.line import (
    BAD,
    HERE,
    LINE,
    code_in,
    have_password,
    send,
    told,
    try_password,
)
from tests.platform.commands.test_budgets import Statements
from tests.province import Province


def right_password(province: Province) -> None:
    try_password(province)


def wrong_password(province: Province) -> None:
    try_password(province, BAD)


def right_code(province: Province) -> None:
    operations.try_code(
        province.system(),
        msisdn=LINE,
        purpose=CodePurpose.DATA,
        code=code_in(told()[-1]),
        address=HERE,
    )


def a_code(province: Province) -> None:
    send(province, CodePurpose.MONEY)


def a_look_up(province: Province) -> None:
    operations.note_look_up(
        province.system(), caller=try_password(province).identified(), what="bill"
    )


@pytest.mark.parametrize(
    ("work", "most"),
    [(right_password, 5), (wrong_password, 7), (right_code, 7), (a_code, 8), (a_look_up, 7)],
)
def test_what_it_costs(province: Province, work: Callable[[Province], None], most: int) -> None:
    have_password(province)
    send(province)
    with Statements() as statements:
        work(province)
    shown = "\n".join(" ".join(text.split())[:140] for text in statements.work)
    assert len(statements.work) <= most, f"{len(statements.work)}:\n{shown}"
