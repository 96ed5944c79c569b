"""Guesses at one moment: no more of them than there may be, and a code is used once."""

from __future__ import annotations

from collections import Counter

from qudao.domain.credential import operations
from qudao.domain.credential.models import LineCredential, OneTimeCode
from qudao.domain.credential.types import (
    CodePurpose,
    CodeTooSoon,
    Outcome,
    Policy,
    TooManyCodes,
    Verdict,
)
from qudao.kernel.personal import Secret
from qudao.platform.commands.command import Busy
from tests.domain.credential.line import BAD, GOOD, HERE, LINE, another, code_in, told
from tests.invariants.test_concurrency import at_once
from tests.province import Province

CLIENTS = 24


def outcomes(answers: list[object]) -> Counter[Outcome]:
    assert all(isinstance(one, Verdict) for one in answers)
    return Counter(one.outcome for one in answers)  # type: ignore[attr-defined]


def test_a_line_is_not_guessed_at_in_parallel(committed_province: Province) -> None:
    province = committed_province
    contexts = [province.system() for _ in range(CLIENTS)]

    def guess(n: int) -> object:
        return operations.try_password(
            contexts[n], msisdn=LINE, password=Secret(f"{n:06d}"), address=f"ip:{n}"
        )

    # The line has no row yet: all of them meet at making it.
    assert outcomes(at_once(guess, CLIENTS)) == {
        Outcome.WRONG: Policy().password_tries - 1,
        Outcome.LOCKED: CLIENTS - Policy().password_tries + 1,
    }
    assert LineCredential.objects.get().wrong == Policy().password_tries


def test_right_ones_and_wrong_ones_do_not_lose_each_other(committed_province: Province) -> None:
    province = committed_province
    operations.set_password(province.system(), msisdn=LINE, password=GOOD)
    contexts = [province.system() for _ in range(CLIENTS)]

    def work(n: int) -> object:
        return operations.try_password(
            contexts[n], msisdn=LINE, password=GOOD if n % 2 else BAD, address=""
        )

    found = outcomes(at_once(work, CLIENTS))
    assert found[Outcome.WRONG] <= CLIENTS // 2 and found[Outcome.THROTTLED] == 0
    row = LineCredential.objects.get()
    assert (row.wrong >= Policy().password_tries) == (row.locked_until is not None)
    assert (found[Outcome.LOCKED] > 0) == (row.locked_until is not None)


def test_a_code_is_used_once_and_tried_five_times(committed_province: Province) -> None:
    province = committed_province
    asked = {"msisdn": LINE, "purpose": CodePurpose.MONEY, "address": ""}
    operations.send_code(province.system(), language="en", **asked)
    code = code_in(told()[-1])
    contexts = [province.system() for _ in range(CLIENTS)]
    right = outcomes(
        at_once(lambda n: operations.try_code(contexts[n], code=code, **asked), CLIENTS)
    )
    assert right == {Outcome.RIGHT: 1, Outcome.EXPIRED: CLIENTS - 1}
    OneTimeCode.objects.update(used_at=None, tries=0)
    contexts = [province.system() for _ in range(CLIENTS)]
    wrong = outcomes(
        at_once(lambda n: operations.try_code(contexts[n], code=another(code), **asked), CLIENTS)
    )
    assert wrong == {Outcome.WRONG: 5, Outcome.EXPIRED: CLIENTS - 5}


def test_many_who_ask_at_once_get_one_code(committed_province: Province) -> None:
    province = committed_province
    contexts = [province.system() for _ in range(CLIENTS)]

    def ask(n: int) -> object:
        try:
            return operations.send_code(
                contexts[n],
                msisdn=LINE if n % 2 else "13900139000",
                purpose=CodePurpose.LOGIN,
                address=HERE,
            )
        except (CodeTooSoon, TooManyCodes, Busy) as refusal:
            return refusal.code

    answers = Counter(one if isinstance(one, str) else "sent" for one in at_once(ask, CLIENTS))
    assert answers == {"sent": 2, "credential.code_too_soon": CLIENTS - 2}
    assert len(told()) == 2
