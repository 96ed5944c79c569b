"""One-time codes: for one purpose, one use, a few minutes and a few tries."""

from __future__ import annotations

from datetime import timedelta

import pytest

from qudao.domain.credential import operations
from qudao.domain.credential.models import OneTimeCode
from qudao.domain.credential.types import (
    CodeExpired,
    CodePurpose,
    CodeSent,
    CodeTooSoon,
    CodeWrong,
    Need,
    NotALine,
    Outcome,
    Policy,
    TooManyCodes,
    Verdict,
    Way,
    may,
)
from qudao.kernel.personal import Secret
from qudao.platform.commands.models import JournalEntry
from qudao.platform.messaging.models import OutgoingMessage
from tests.domain.credential.line import HERE, LINE, another, code_in, send, told
from tests.province import NOON, Province

MINUTE, LIFE = timedelta(minutes=1), timedelta(minutes=5)


def try_code(
    province: Province,
    code: Secret,
    purpose: CodePurpose = CodePurpose.DATA,
    *,
    msisdn: str = LINE,
    at: object = NOON,
) -> Verdict:
    return operations.try_code(
        province.system(at),  # type: ignore[arg-type]
        msisdn=msisdn,
        purpose=purpose,
        code=code,
        address=HERE,
    )


@pytest.mark.parametrize("purpose", list(CodePurpose))
def test_a_code_is_sent_in_words_of_its_purpose(province: Province, purpose: CodePurpose) -> None:
    sent = send(province, purpose)
    assert sent == CodeSent(NOON + LIFE, NOON + MINUTE)
    send(province, purpose, at=NOON + MINUTE, language="zh-hans")
    english, chinese = told()
    assert "valid for 5 minutes" in english and "5 分钟" in chinese
    row = OutgoingMessage.objects.earliest("created_at")
    assert (row.recipient, row.expires_at) == (LINE, NOON + LIFE)


def test_texts_differ_by_purpose_and_fit_a_few_messages(province: Province) -> None:
    for purpose in CodePurpose:
        send(province, purpose, language="en")
    texts = told()
    assert len({text.replace(code_in(text), "") for text in texts}) == len(CodePurpose)
    assert all(len(text) <= 160 for text in texts)


def test_the_right_one_is_good_for_its_purpose_once(province: Province) -> None:
    send(province, CodePurpose.MONEY)
    code = code_in(told()[-1])
    assert try_code(province, code).outcome == Outcome.EXPIRED, "another purpose"
    other = try_code(province, code, CodePurpose.MONEY, msisdn="13900139000")
    assert other.outcome == Outcome.EXPIRED, "another line"
    caller = try_code(province, code, CodePurpose.MONEY).identified()
    assert (caller.msisdn, caller.way) == (LINE, Way.CODE)
    assert may(caller, Need.MONEY, NOON) and not may(caller, Need.DATA, NOON)
    used = try_code(province, code, CodePurpose.MONEY)
    assert used == Verdict(Outcome.EXPIRED, Way.CODE)
    with pytest.raises(CodeExpired):
        used.identified()


def test_five_wrong_ones_end_it(province: Province) -> None:
    send(province)
    code = code_in(told()[-1])
    for left in (4, 3, 2, 1, 0):
        verdict = try_code(province, another(code))
        assert (verdict.outcome, verdict.tries_left) == (Outcome.WRONG, left)
        with pytest.raises(CodeWrong):
            verdict.identified()
    assert try_code(province, code).outcome == Outcome.EXPIRED


def test_it_ends_after_five_minutes(province: Province) -> None:
    send(province)
    code = code_in(told()[-1])
    assert try_code(province, code, at=NOON + LIFE).outcome == Outcome.EXPIRED
    before = NOON + LIFE - timedelta(seconds=1)
    assert try_code(province, code, at=before).outcome == Outcome.RIGHT


def test_another_one_takes_its_place(province: Province) -> None:
    send(province)
    with pytest.raises(CodeTooSoon) as soon:
        send(province, at=NOON + MINUTE - timedelta(seconds=1))
    assert soon.value.again_at == NOON + MINUTE
    assert len(told()) == 1
    send(province, CodePurpose.MONEY)  # of another purpose, at once
    send(province, at=NOON + MINUTE)
    first, _, second = (code_in(text) for text in told())
    at = NOON + MINUTE
    if first != second:
        assert try_code(province, first, at=at).outcome == Outcome.WRONG
    assert try_code(province, second, at=at).outcome == Outcome.RIGHT
    assert OneTimeCode.objects.count() == 2


def test_a_line_gets_so_many_a_day(province: Province) -> None:
    most = Policy().codes_per_line
    for n in range(most):
        send(province, list(CodePurpose)[n % 4], at=NOON + n * MINUTE, address=f"ip:{n}")
    with pytest.raises(TooManyCodes) as enough:
        send(province, at=NOON + timedelta(hours=1), address="ip:other")
    assert enough.value.again_at == NOON + timedelta(days=1)
    assert len(told()) == most, "nothing was sent"
    send(province, msisdn="13900139000", at=NOON + timedelta(hours=1))
    send(province, at=NOON + timedelta(days=1))
    assert len(told()) == most + 2


def test_an_address_asks_so_often_an_hour(province: Province) -> None:
    most = Policy().codes_per_address
    for n in range(most):
        send(province, msisdn=f"1390013{n:04d}")
    with pytest.raises(TooManyCodes):
        send(province)
    assert len(told()) == most
    send(province, address="ip:192.0.2.8")
    send(province, msisdn="13900139999", address="")


def test_a_repeated_request_sends_once(province: Province) -> None:
    ctx = province.system()
    asked = {"msisdn": LINE, "purpose": CodePurpose.LOGIN, "address": HERE}
    assert operations.send_code(ctx, **asked) == operations.send_code(ctx, **asked)
    assert len(told()) == 1


def test_codes_are_nowhere_in_the_clear(province: Province) -> None:
    send(province)
    code = str.__str__(code_in(told()[-1]))
    try_code(province, Secret(code))
    for entry in JournalEntry.objects.filter(command__startswith="credential."):
        assert entry.arguments.get("code", "•••") == "•••"
        assert code not in str(entry.answer).replace(LINE, "")
    assert code.encode() not in bytes(OneTimeCode.objects.get().code_hash)


def test_only_lines_get_codes(province: Province) -> None:
    with pytest.raises(NotALine):
        send(province, msisdn="0371555")
    with pytest.raises(NotALine):
        try_code(province, Secret("274196"), msisdn="0371555")
    assert told() == []
