"""Service passwords: set, tried, locked, unlocked, forgotten."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from qudao.domain.credential import operations, queries
from qudao.domain.credential.models import LineCredential, Tally
from qudao.domain.credential.operations import (
    LineCredentialUnknown,
    LineNotLocked,
    PolicyOutOfRange,
    ReasonMissing,
)
from qudao.domain.credential.types import (
    ANYBODY,
    CodePurpose,
    LineCredentialId,
    LineLocked,
    Need,
    NotALine,
    Outcome,
    PasswordSame,
    PasswordWeak,
    PasswordWrong,
    Policy,
    StepUpNeeded,
    TooManyTries,
    Verdict,
    Way,
    may,
)
from qudao.kernel.ids import new_id
from qudao.kernel.personal import Secret
from qudao.platform.commands.command import KeyReused
from qudao.platform.commands.context import NotPermitted
from qudao.platform.commands.models import JournalEntry
from tests.domain.credential.line import (
    BAD,
    BETTER,
    GOOD,
    HERE,
    LINE,
    CountingHasher,
    another,
    code_in,
    have_password,
    row,
    send,
    told,
    try_password,
)
from tests.province import NOON, Province

DAY = timedelta(hours=24)


def test_the_right_one_proves_the_line(province: Province) -> None:
    have_password(province)
    verdict = try_password(province)
    assert verdict.outcome == Outcome.RIGHT
    caller = verdict.identified()
    assert (caller.msisdn, caller.way, caller.identified_at) == (LINE, Way.PASSWORD, NOON)
    assert may(caller, Need.MONEY, NOON) and may(caller, Need.DATA, NOON)
    assert row().wrong == 0 and not Tally.objects.exists()


def test_it_is_stored_as_a_hash_that_is_of_this_line_only(province: Province) -> None:
    have_password(province)
    have_password(province, "13900139000")
    stored = {one.password for one in LineCredential.objects.all()}
    assert len(stored) == 2 and not any(str.__str__(GOOD) in one for one in stored)
    entries = JournalEntry.objects.filter(command="credential.set_password")
    assert [entry.arguments["password"] for entry in entries] == ["•••", "•••"]
    LineCredential.objects.filter(msisdn=LINE).update(password=row("13900139000").password)
    assert try_password(province).outcome == Outcome.WRONG


def test_full_width_digits_are_the_same_password(province: Province) -> None:
    have_password(province, password=Secret("２７４１９６"))
    assert try_password(province, Secret(" 274 196 ")).outcome == Outcome.RIGHT


def test_wrong_ones_are_counted_and_lock_the_line_for_a_day(province: Province) -> None:
    have_password(province)
    for left in (4, 3, 2, 1):
        verdict = try_password(province, BAD)
        assert verdict == Verdict(Outcome.WRONG, Way.PASSWORD, tries_left=left)
        with pytest.raises(PasswordWrong) as wrong:
            verdict.identified()
        assert wrong.value.tries_left == left
    locked = Verdict(Outcome.LOCKED, Way.PASSWORD, until=NOON + DAY)
    assert try_password(province, BAD) == locked
    with pytest.raises(LineLocked):
        locked.identified()
    assert try_password(province, GOOD, at=NOON + DAY - timedelta(seconds=1)) == locked
    assert try_password(province, GOOD, at=NOON + DAY).outcome == Outcome.RIGHT
    (event,) = JournalEntry.objects.filter(events__0__0="credential.LineLockedOut")
    assert event.events[0][1]["msisdn"] == LINE and event.subject == row().id


def test_after_a_lock_all_tries_are_there_again(province: Province) -> None:
    have_password(province)
    for _ in range(5):
        try_password(province, BAD)
    after = try_password(province, BAD, at=NOON + DAY)
    assert (after.outcome, after.tries_left) == (Outcome.WRONG, 4)


def test_a_right_one_and_time_forgive_wrong_ones(province: Province) -> None:
    have_password(province)
    for _ in range(4):
        try_password(province, BAD)
    assert try_password(province).outcome == Outcome.RIGHT
    assert try_password(province, BAD).tries_left == 4
    assert try_password(province, BAD, at=NOON + DAY).tries_left == 4


def test_a_line_without_a_password_answers_and_locks_as_any(province: Province) -> None:
    answers = [try_password(province, Secret("")) for _ in range(6)]
    have_password(province, "13900139000")
    others = [try_password(province, BAD, msisdn="13900139000") for _ in range(6)]
    assert answers == others
    assert [one.outcome for one in answers] == [Outcome.WRONG] * 4 + [Outcome.LOCKED] * 2


def test_the_work_is_the_same_with_and_without_a_password(
    province: Province, settings: Any
) -> None:
    settings.PASSWORD_HASHERS = ["tests.domain.credential.line.CountingHasher"]
    have_password(province)
    work = []
    for line, password in ((LINE, GOOD), (LINE, BAD), ("13900139000", BAD)):
        CountingHasher.times[0] = 0
        try_password(province, password, msisdn=line)
        work.append(CountingHasher.times[0])
    assert work == [1, 1, 1]


def test_one_address_cannot_try_many_lines(province: Province) -> None:
    most = Policy().wrong_per_address
    for n in range(most):
        assert try_password(province, BAD, msisdn=f"1380013{n:04d}").outcome == Outcome.WRONG
    have_password(province, "13900139000")
    stopped = try_password(province, msisdn="13900139000")
    hour = timedelta(hours=1)
    assert stopped == Verdict(Outcome.THROTTLED, Way.PASSWORD, until=NOON + hour)
    with pytest.raises(TooManyTries):
        stopped.identified()
    assert row("13900139000").wrong == 0
    for address, at in (("ip:192.0.2.8", NOON), ("", NOON), (HERE, NOON + hour)):
        tried = try_password(province, msisdn="13900139000", address=address, at=at)
        assert tried.outcome == Outcome.RIGHT
    assert not any(HERE.encode() in bytes(one.key) for one in Tally.objects.all())


def test_a_repeated_request_is_answered_alike_and_counted_once(province: Province) -> None:
    have_password(province)
    ctx = province.system()
    asked = {"msisdn": LINE, "address": HERE}
    first = operations.try_password(ctx, password=BAD, **asked)
    assert operations.try_password(ctx, password=BAD, **asked) == first
    with pytest.raises(KeyReused):
        operations.try_password(ctx, password=GOOD, **asked)
    assert row().wrong == 1
    ctx = province.system()
    right = operations.try_password(ctx, password=GOOD, **asked)
    assert operations.try_password(ctx, password=GOOD, **asked) == right
    assert right.identified().msisdn == LINE


@pytest.mark.parametrize("number", ["", "12345", "23800138000", "1380013800x", "+8613800138000"])
def test_only_lines_have_passwords(province: Province, number: str) -> None:
    with pytest.raises(NotALine):
        try_password(province, msisdn=number)
    assert not LineCredential.objects.exists()


def test_it_is_changed_with_the_old_one(province: Province) -> None:
    have_password(province)
    asked = {"msisdn": LINE, "address": HERE, "language": "en"}
    wrong = operations.change_password(province.system(), old=BAD, new=BETTER, **asked)
    assert (wrong.outcome, wrong.tries_left) == (Outcome.WRONG, 4)
    assert try_password(province).outcome == Outcome.RIGHT
    with pytest.raises(PasswordSame):
        operations.change_password(province.system(), old=GOOD, new=GOOD, **asked)
    with pytest.raises(PasswordWeak) as weak:
        operations.change_password(province.system(), old=GOOD, new=Secret("123456"), **asked)
    assert (weak.value.weakness, weak.value.digits) == ("run", 6)
    right = operations.change_password(province.system(), old=GOOD, new=BETTER, **asked)
    assert right.outcome == Outcome.RIGHT and row().set_by == "old_password"
    assert try_password(province, BETTER).outcome == Outcome.RIGHT
    assert try_password(province, GOOD).outcome == Outcome.WRONG
    # Both messages are of the same instant, so nothing says which one is the later.
    english = [text for text in told("service_password_set") if text.startswith("Qudao")]
    assert len(english) == 1 and "was set on 2026-11-20 at 12:00" in english[0]


def test_a_locked_line_is_not_changed_with_the_old_one(province: Province) -> None:
    have_password(province)
    for _ in range(5):
        try_password(province, BAD)
    asked = {"msisdn": LINE, "address": HERE}
    verdict = operations.change_password(province.system(), old=GOOD, new=BETTER, **asked)
    assert verdict.outcome == Outcome.LOCKED
    assert try_password(province, GOOD, at=NOON + DAY).outcome == Outcome.RIGHT


def test_a_code_sets_the_first_one_and_unlocks(province: Province) -> None:
    for _ in range(5):
        try_password(province, BAD)
    send(province, CodePurpose.RESET)
    code = code_in(told()[-1])
    asked = {"msisdn": LINE, "address": HERE, "language": "zh-hans"}
    wrong = operations.reset_password(province.system(), code=another(code), password=GOOD, **asked)
    assert (wrong.outcome, wrong.way, wrong.tries_left) == (Outcome.WRONG, Way.CODE, 4)
    with pytest.raises(PasswordWeak):
        operations.reset_password(province.system(), code=code, password=Secret("1"), **asked)
    assert row().password == ""
    right = operations.reset_password(province.system(), code=code, password=GOOD, **asked)
    assert may(right.identified(), Need.MONEY, NOON)
    assert (row().set_by, row().locked_until) == ("code", None)
    assert try_password(province).outcome == Outcome.RIGHT
    assert "服务密码" in told("service_password_set")[-1]
    again = operations.reset_password(province.system(), code=code, password=BETTER, **asked)
    assert again.outcome == Outcome.EXPIRED
    assert try_password(province).outcome == Outcome.RIGHT


def test_a_code_for_something_else_sets_none(province: Province) -> None:
    send(province, CodePurpose.LOGIN)
    verdict = operations.reset_password(
        province.system(),
        msisdn=LINE,
        code=code_in(told()[-1]),
        password=GOOD,
        address=HERE,
    )
    assert verdict.outcome == Outcome.EXPIRED
    assert not LineCredential.objects.exists()


def test_a_locked_line_is_unlocked_for_a_reason(province: Province) -> None:
    have_password(province)
    for _ in range(5):
        try_password(province, BAD)
    line = LineCredentialId(row().id)
    ctx = province.context("customer_service", province.organizations["41"])
    with pytest.raises(ReasonMissing):
        operations.unlock(ctx, line=line, reason=" ")
    with pytest.raises(NotPermitted):
        operations.unlock(province.clerk(), line=line, reason="the owner asks")
    operations.unlock(ctx, line=line, reason="the owner asks")
    assert try_password(province).outcome == Outcome.RIGHT
    with pytest.raises(LineNotLocked):
        operations.unlock(ctx.with_key("again"), line=line, reason="the owner asks")
    with pytest.raises(LineCredentialUnknown):
        operations.unlock(
            ctx.with_key("none"), line=LineCredentialId(new_id(NOON)), reason="the owner asks"
        )


def test_what_is_somebody_elses_now_is_forgotten(province: Province) -> None:
    have_password(province)
    have_password(province, "13900139000")
    send(province)
    assert operations.forget(province.system(), numbers=[LINE]) == 1
    assert try_password(province).outcome == Outcome.WRONG
    assert try_password(province, msisdn="13900139000").outcome == Outcome.RIGHT
    code = operations.try_code(
        province.system(),
        msisdn=LINE,
        purpose=CodePurpose.DATA,
        code=code_in(told()[-1]),
        address=HERE,
    )
    assert code.outcome == Outcome.EXPIRED


def test_whether_there_is_one_is_told_to_who_has_the_line_only(province: Province) -> None:
    ctx = province.system()
    with pytest.raises(StepUpNeeded):
        queries.has_password(ctx, caller=ANYBODY)
    caller = queries.network_caller(msisdn=LINE, at=NOON)
    assert queries.has_password(ctx, caller=caller) is False
    try_password(province, BAD)
    assert queries.has_password(ctx, caller=caller) is False
    have_password(province)
    assert queries.has_password(ctx, caller=caller) is True


def test_the_rules_are_data(province: Province) -> None:
    ctx = province.context("province_administrator", province.organizations["41"])
    stricter = Policy(password_tries=3, lock_h=2, password_digits=8, money_min=1)
    with pytest.raises(PolicyOutOfRange) as out:
        operations.set_policy(ctx, policy=Policy(password_tries=99), reason="too lax")
    assert (out.value.field, out.value.least, out.value.most) == ("password_tries", 3, 10)
    with pytest.raises(ReasonMissing):
        operations.set_policy(ctx, policy=stricter, reason="")
    have_password(province)
    operations.set_policy(ctx, policy=stricter, reason="guessed too often")
    assert queries.policy() == stricter
    assert may(try_password(province).identified(), Need.MONEY, NOON)
    assert not may(try_password(province).identified(), Need.MONEY, NOON + timedelta(minutes=1))
    with pytest.raises(PasswordWeak):
        have_password(province)
    outcomes = [try_password(province, BAD) for _ in range(3)]
    assert outcomes[-1] == Verdict(Outcome.LOCKED, Way.PASSWORD, until=NOON + timedelta(hours=2))


def test_what_nobody_needs_is_swept(province: Province) -> None:
    have_password(province)
    try_password(province, BAD)
    for n in range(3):
        try_password(province, BAD, msisdn=f"1390013900{n}")
    send(province)
    late = NOON + DAY + timedelta(hours=2)
    assert operations.sweep(province.system(NOON + timedelta(hours=1)), most=10) == 0
    assert operations.sweep(province.system(late), most=2) == 2 + 1 + 2
    assert operations.sweep(province.system(late), most=2) == 1 + 1
    assert [one.msisdn for one in LineCredential.objects.all()] == [LINE]
    assert row().wrong == 1 and not Tally.objects.exists()
