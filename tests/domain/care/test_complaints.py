"""A complaint from its opening to its end, and what is refused on the way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from qudao.domain.care import operations, queries, rules
from qudao.domain.care.models import Complaint
from qudao.domain.care.types import (
    MOST_OPEN,
    ComplaintId,
    ComplaintSearch,
    ComplaintState,
    ComplaintUnknown,
    Subject,
)
from qudao.kernel.page import PageRequest
from qudao.kernel.personal import Personal
from qudao.kernel.refusals import Refusal
from qudao.platform.commands.models import JournalEntry
from qudao.platform.jobs import schedule
from qudao.platform.messaging.models import OutgoingMessage
from tests.domain.care.desk import LINE, OTHER, WORDS, agent, complain, line
from tests.province import NOON, Province

pytestmark = pytest.mark.django_db

ANSWER = Personal("已退还二十元，敬请查收")


def refusal(done: Callable[[], object]) -> str:
    """The code of what is refused; and that nothing was written for it."""
    before = JournalEntry.objects.count()
    with pytest.raises(Refusal) as caught:
        done()
    assert JournalEntry.objects.count() == before
    return caught.value.code


def state_of(complaint: ComplaintId) -> str:
    return Complaint.objects.unscoped("test").get(pk=complaint).state


def answered(province: Province, complaint: ComplaintId) -> None:
    operations.take_complaint(agent(province), complaint=complaint)
    later = agent(province, at=NOON + timedelta(hours=1))
    operations.answer_complaint(later, complaint=complaint, answer=ANSWER)


def test_from_first_to_last(province: Province) -> None:
    opened = complain(province)
    assert opened.due_at == NOON + timedelta(hours=48)
    assert len(opened.number) == 8
    operations.take_complaint(agent(province), complaint=opened.complaint)
    first, second = (agent(province, at=NOON + timedelta(hours=n)) for n in (1, 2))
    operations.note_complaint(first, complaint=opened.complaint, text=Personal("计费系统核实"))
    operations.answer_complaint(second, complaint=opened.complaint, answer=ANSWER)
    told = queries.complaint_by_number(province.system(), number=opened.number, msisdn=LINE)
    assert (told.state, told.answer) == ("resolved", ANSWER)
    assert told.msisdn_masked == "138****8000"
    assert told.assignee == province.people["supervisor"].user
    assert [(note.kind, str.__str__(note.text)) for note in told.notes] == [
        ("complaint", WORDS),
        ("remark", "计费系统核实"),
        ("answer", ANSWER),
    ]
    operations.close_complaint(agent(province), complaint=opened.complaint)
    assert state_of(opened.complaint) == "closed"
    history = JournalEntry.objects.filter(subject=opened.complaint).order_by("id")
    assert [entry.command.removeprefix("care.") for entry in history] == [
        "open_complaint",
        "take_complaint",
        "note_complaint",
        "answer_complaint",
        "close_complaint",
    ]
    for entry in history:
        kept = str(entry.arguments) + str(entry.answer)
        assert WORDS not in kept and str(ANSWER) not in kept and "13800138000" not in kept


def test_what_customers_say_is_encrypted(province: Province) -> None:
    complain(province)
    with connection.cursor() as cursor:
        for table in ("care_complaint", "care_note"):
            cursor.execute(f"SELECT t::text FROM {table} t")
            for (row,) in cursor.fetchall():
                assert "13800138000" not in row and WORDS.encode().hex() not in row


@pytest.mark.parametrize(
    ("language", "begins"), [("zh-hans", "您的投诉"), ("en", "Your complaint ")]
)
def test_the_answer_goes_out_in_the_customer_s_language(
    province: Province, language: str, begins: str
) -> None:
    opened = complain(province, language=language)
    answered(province, opened.complaint)
    message = OutgoingMessage.objects.get()
    assert (message.kind, message.recipient) == ("complaint_answer", LINE)
    assert message.text is not None and message.text.startswith(begins)
    assert opened.number in message.text and str.__str__(ANSWER) in message.text


def test_one_works_on_it(province: Province) -> None:
    complaint = complain(province).complaint
    operations.take_complaint(agent(province), complaint=complaint)
    other = agent(province, "province")
    assert refusal(lambda: operations.take_complaint(other, complaint=complaint)) == (
        "care.complaint_not_so"
    )
    assert (
        refusal(lambda: operations.answer_complaint(other, complaint=complaint, answer=ANSWER))
        == "care.somebody_elses"
    )
    assert OutgoingMessage.objects.count() == 0
    operations.release_complaint(other, complaint=complaint, reason="on leave")
    operations.take_complaint(agent(province, "province"), complaint=complaint)
    answering = agent(province, "province")
    operations.answer_complaint(answering, complaint=complaint, answer=ANSWER)
    assert state_of(complaint) == "resolved"


def test_reopened_it_is_due_anew(province: Province) -> None:
    opened = complain(province)
    answered(province, opened.complaint)
    at = NOON + timedelta(days=29)
    again = operations.reopen_complaint(
        province.system(at), complaint=opened.complaint, text=Personal("钱没有退")
    )
    assert (again.number, again.due_at) == (opened.number, at + timedelta(hours=48))
    told = queries.complaint(province.system(at), complaint=opened.complaint)
    assert (told.state, told.assignee, told.times_reopened) == ("acknowledged", None, 1)
    assert [note.kind for note in told.notes] == ["complaint", "answer", "reopened"]
    answered(province, opened.complaint)
    late = province.system(NOON + timedelta(days=60))
    assert (
        refusal(
            lambda: operations.reopen_complaint(
                late, complaint=opened.complaint, text=Personal("仍未退")
            )
        )
        == "care.too_late_to_reopen"
    )


VERBS: dict[str, Callable[[Province, ComplaintId], object]] = {
    "take": lambda p, c: operations.take_complaint(agent(p), complaint=c),
    "release": lambda p, c: operations.release_complaint(agent(p), complaint=c, reason="ill"),
    "note": lambda p, c: operations.note_complaint(agent(p), complaint=c, text=Personal("记录")),
    "answer": lambda p, c: operations.answer_complaint(agent(p), complaint=c, answer=ANSWER),
    "close": lambda p, c: operations.close_complaint(agent(p), complaint=c),
    "reopen": lambda p, c: operations.reopen_complaint(agent(p), complaint=c, text=ANSWER),
    "withdraw": lambda p, c: operations.withdraw_complaint(agent(p), complaint=c),
}
WAYS: dict[str, list[str]] = {
    "acknowledged": [],
    "inProgress": ["take"],
    "resolved": ["take", "answer"],
    "closed": ["take", "answer", "close"],
    "cancelled": ["withdraw"],
}


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("state", list(ComplaintState))
def test_what_may_be_done_in_each_state(province: Province, state: str, verb: str) -> None:
    complaint = complain(province).complaint
    for step in WAYS[state]:
        VERBS[step](province, complaint)
    assert state_of(complaint) == state
    if state in rules.ALLOWED[verb]:
        VERBS[verb](province, complaint)
    else:
        assert refusal(lambda: VERBS[verb](province, complaint)) == "care.complaint_not_so"
        assert state_of(complaint) == state


def test_what_is_refused(province: Province) -> None:
    wrong = {
        "care.category_unknown": {"category": "weather"},
        "care.words_missing": {"text": Personal(" ")},
        "care.language_unknown": {"language": "fr"},
        "care.place_unknown": {"place": province.people["clerk"].user},
        "ordering.not_a_mobile_number": {"msisdn": Personal("0371555")},
    }
    for code, given_ in wrong.items():
        assert refusal(lambda given_=given_: complain(province, **given_)) == code
    far = agent(province, "luoyang", "4103")
    assert refusal(lambda: complain(province, ctx=far)) == "care.place_unknown"
    complaint = complain(province).complaint
    assert (
        refusal(lambda: operations.take_complaint(far, complaint=complaint))
        == "care.complaint_unknown"
    )
    assert refusal(lambda: complain(province, ctx=province.clerk())).endswith("not_permitted")


def test_a_line_has_five_open_ones_at_most(province: Province) -> None:
    made = [complain(province).complaint for _ in range(MOST_OPEN)]
    assert refusal(lambda: complain(province)) == "care.too_many_complaints"
    complain(province, msisdn=OTHER)
    operations.withdraw_complaint(province.system(), complaint=made[0])
    complain(province)


def test_found_by_number_and_line_together_only(province: Province) -> None:
    opened = complain(province)
    ctx = province.system()
    spaced = f" {opened.number[:4]}-{opened.number[4:]} "
    wide = opened.number.translate({ord("0") + n: ord("０") + n for n in range(10)})
    for typed in (opened.number, spaced, wide):
        assert queries.complaint_by_number(ctx, number=typed, msisdn=LINE).id == opened.complaint
    mistyped = opened.number[:-1] + str((int(opened.number[-1]) + 1) % 10)
    for number, msisdn in ((opened.number, OTHER), (mistyped, LINE), ("", LINE), ("abc", LINE)):
        with pytest.raises(ComplaintUnknown):
            queries.complaint_by_number(ctx, number=number, msisdn=msisdn)
    complain(province, msisdn=OTHER)
    (mine,) = queries.complaints_of(ctx, msisdn=LINE)
    assert mine.number == opened.number and len(mine.notes) == 1


def test_lists(province: Province) -> None:
    first, second = complain(province, category="network"), complain(province, category="privacy")
    operations.take_complaint(agent(province), complaint=first.complaint)
    complain(province, place=province.far, msisdn=line())

    def numbers(at: int = 0, **search: object) -> list[str]:
        ctx = agent(province, at=NOON + timedelta(hours=at))
        found = queries.complaints(ctx, search=ComplaintSearch(**search), page=PageRequest())
        assert found.total == len(found.items)
        return [one.number for one in found.items]

    assert numbers() == [second.number, first.number], "due first on top; not of another branch"
    assert numbers(states=frozenset({"inProgress"})) == [first.number]
    assert numbers(assignee=province.people["supervisor"].user) == [first.number]
    assert numbers(category="privacy") == [second.number]
    assert numbers(late=True) == []
    assert numbers(25, late=True) == [second.number]
    assert numbers(below="000.41.4103") == []


def test_silence_closes_it_after_a_week(province: Province) -> None:
    opened, waiting = complain(province), complain(province)
    answered(province, opened.complaint)
    schedule.run("care.sweep", NOON + timedelta(days=7, minutes=59))
    assert state_of(opened.complaint) == "resolved"
    schedule.run("care.sweep", NOON + timedelta(days=7, hours=1))
    assert state_of(opened.complaint) == "closed"
    assert state_of(waiting.complaint) == "acknowledged"


def test_a_number_is_shown_for_a_reason(province: Province) -> None:
    complaint = complain(province).complaint
    ctx = agent(province)
    blank = {"kind": Subject.COMPLAINT, "subject": complaint, "reason": " "}
    assert refusal(lambda: operations.reveal_number(ctx, **blank)) == "care.why_missing"
    given_ = {**blank, "reason": "call back"}
    assert operations.reveal_number(ctx, **given_).msisdn == "13800138000"
    assert operations.reveal_number(ctx, **given_).msisdn == "•••", "masked when asked again"
    entry = JournalEntry.objects.get(command="care.reveal_number")
    assert entry.arguments["reason"] == "call back" and "13800138000" not in str(entry.answer)
    far = agent(province, "luoyang", "4103")
    assert refusal(lambda: operations.reveal_number(far, **given_)) == "care.number_not_known"


def test_categories_are_named_in_both_languages() -> None:
    found = queries.categories()
    assert len({one.code for one in found}) == len(found) >= 5
    for one in found:
        assert one.name_zh and one.name_en and 0 < one.answer_h <= 15 * 24


@given(st.integers(0, 10**12))
def test_one_wrong_digit_is_seen(serial: int) -> None:
    number = rules.complaint_number(serial)
    assert rules.read_complaint_number(number) == number
    for place, digit in enumerate(number):
        wrong = number[:place] + str((int(digit) + 3) % 10) + number[place + 1 :]
        assert rules.read_complaint_number(wrong) is None


@given(st.text(max_size=30))
def test_whatever_is_typed_is_a_number_or_none(text: str) -> None:
    found = rules.read_complaint_number(text)
    assert found is None or (found.isascii() and found.isdigit())
