"""Desks, their slots, and appointments."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from qudao.domain.care import operations, queries, rules
from qudao.domain.care.models import Appointment
from qudao.domain.care.types import AppointmentId, NoAppointments, PurposeUnknown
from qudao.domain.party.types import OrganizationId
from qudao.domain.saleschannel import operations as saleschannel
from qudao.domain.saleschannel.queries import OutletUnknown
from qudao.kernel.ids import new_id
from qudao.kernel.page import PageRequest
from qudao.kernel.period import MARKET_ZONE
from qudao.kernel.personal import Personal
from qudao.kernel.refusals import Refusal
from qudao.platform.commands.models import JournalEntry
from qudao.platform.jobs import schedule
from qudao.platform.messaging.models import OutgoingMessage
from tests.domain.care.desk import HOURS, LINE, MONDAY, line, open_desk
from tests.province import NOON, Province

pytestmark = pytest.mark.django_db

SWAP = "sim_swap"
DAY = MONDAY.date()
HALF = timedelta(minutes=30)


def refusal(done: Callable[[], object]) -> str:
    """The code of what is refused; and that nothing was written for it."""
    before = JournalEntry.objects.count()
    with pytest.raises(Refusal) as caught:
        done()
    assert JournalEntry.objects.count() == before
    return caught.value.code


def book(
    province: Province,
    msisdn: Personal = LINE,
    starts_at: datetime = MONDAY,
    outlet: OrganizationId | None = None,
    at: datetime = NOON,
    language: str = "zh-hans",
) -> AppointmentId:
    return operations.book_appointment(
        province.system(at),
        outlet=outlet or province.hall,
        purpose=SWAP,
        starts_at=starts_at,
        msisdn=msisdn,
        language=language,
    )


def free(province: Province, day: date = DAY, days: int = 1) -> dict[str, int]:
    found = queries.slots(
        province.system(), outlet=province.hall, purpose=SWAP, first=day, days=days
    )
    return {f"{slot.starts_at.astimezone(MARKET_ZONE):%d %H:%M}": slot.free for slot in found}


def state(appointment: AppointmentId) -> str:
    return Appointment.objects.unscoped("test").get(pk=appointment).state


def test_slots_lie_in_the_opening_hours(province: Province) -> None:
    open_desk(province, province.hall)
    assert list(free(province)) == [
        *(f"23 {time}" for time in ("09:00", "09:30", "10:00", "10:30", "11:00", "11:30")),
        *(f"23 {time}" for time in ("13:30", "14:00", "14:30", "15:00", "15:30", "16:00")),
        *(f"23 {time}" for time in ("16:30", "17:00")),
    ], "the last ten minutes are too short"
    assert set(free(province).values()) == {2}
    assert free(province, date(2026, 11, 25)) == {}, "shut on Wednesdays"
    assert list(free(province, NOON.date()))[0] == "20 13:30", "what has begun is not offered"
    assert len(free(province, NOON.date(), days=14)) == len(free(province)) * 5 + 8
    assert list(free(province, NOON.date() + timedelta(days=14)))[-1] == "04 11:30", "not beyond"


def test_booked_seats_are_not_offered(province: Province) -> None:
    open_desk(province, province.hall)
    first = book(province)
    assert free(province)["23 09:00"] == 1
    second = book(province, line())
    assert "23 09:00" not in free(province) and free(province)["23 09:30"] == 2
    assert refusal(lambda: book(province, line())) == "care.slot_taken"
    operations.cancel_appointment(province.system(), appointment=first)
    assert free(province)["23 09:00"] == 1
    third = book(province, line())
    assert (state(first), state(second), state(third)) == ("cancelled", "confirmed", "confirmed")
    (mine,) = queries.appointments_of(province.system(), msisdn=LINE)
    assert (mine.id, mine.state, mine.msisdn_masked) == (first, "cancelled", "138****8000")
    day = queries.appointments(
        province.system(), outlet=province.hall, day=MONDAY.date(), page=PageRequest()
    )
    assert day.total == 3


def test_a_line_has_one_open_appointment(province: Province) -> None:
    open_desk(province, province.hall)
    open_desk(province, province.far)
    first = book(province)
    again = MONDAY + HALF
    assert refusal(lambda: book(province, starts_at=again)) == "care.appointment_exists"
    assert refusal(lambda: book(province, outlet=province.far)) == "care.appointment_exists"
    assert free(province)["23 09:30"] == 2
    operations.keep_appointment(province.system(MONDAY), appointment=first)
    book(province, starts_at=again)


def test_moving_takes_the_new_seat_and_gives_the_old_one_back(province: Province) -> None:
    open_desk(province, province.hall, seats=1)
    open_desk(province, province.far, seats=1)
    mine = book(province)
    book(province, line(), MONDAY + HALF)
    ctx = province.system

    def move(starts_at: datetime, outlet: OrganizationId = province.hall) -> None:
        operations.move_appointment(ctx(), appointment=mine, outlet=outlet, starts_at=starts_at)

    assert refusal(lambda: move(MONDAY + HALF)) == "care.slot_taken"
    assert refusal(lambda: move(MONDAY + timedelta(minutes=5))) == "care.no_such_slot"
    assert refusal(lambda: move(MONDAY, province.agent)) == "care.no_appointments"
    move(MONDAY)  # to itself
    move(MONDAY + 2 * HALF)
    assert free(province)["23 09:00"] == 1 and "23 10:00" not in free(province)
    move(MONDAY, province.far)
    assert free(province)["23 10:00"] == 1
    (told,) = queries.appointments_of(ctx(), msisdn=LINE)
    assert (told.outlet, told.starts_at) == (province.far, MONDAY)


def test_what_is_refused(province: Province) -> None:
    with pytest.raises(NoAppointments):
        book(province)
    operations.set_desk(province.system(), outlet=province.hall, seats=1, minutes=30)
    with pytest.raises(NoAppointments):  # its hours are not known
        free(province)
    open_desk(province, province.hall, seats=1)
    ctx = province.system()
    for at in (NOON - HALF, MONDAY + timedelta(minutes=10), MONDAY + timedelta(days=21)):
        assert refusal(lambda at=at: book(province, starts_at=at)) == "care.no_such_slot"
    assert refusal(lambda: book(province, Personal("12345"))) == "ordering.not_a_mobile_number"
    assert refusal(lambda: book(province, language="fr")) == "care.language_unknown"
    with pytest.raises(PurposeUnknown):
        queries.slots(ctx, outlet=province.hall, purpose="top_up", first=MONDAY.date())
    far = province.context("hall_clerk", province.far)
    with pytest.raises(OutletUnknown):
        operations.book_appointment(
            far, outlet=province.hall, purpose=SWAP, starts_at=MONDAY, msisdn=LINE
        )
    for seats, minutes in ((-1, 30), (51, 30), (1, 9), (1, 241)):
        assert (
            refusal(
                lambda seats=seats, minutes=minutes: operations.set_desk(
                    province.system(), outlet=province.hall, seats=seats, minutes=minutes
                )
            )
            == "care.desk_out_of_range"
        )
    mine = book(province)
    early = replace(province.system(), at=NOON)
    assert (
        refusal(lambda: operations.keep_appointment(early, appointment=mine))
        == "care.appointment_not_yet"
    )
    operations.cancel_appointment(province.system(), appointment=mine)
    for done in (operations.cancel_appointment, operations.keep_appointment):
        assert (
            refusal(lambda done=done: done(province.system(), appointment=mine))
            == "care.appointment_over"
        )
    assert (
        refusal(
            lambda: operations.cancel_appointment(
                province.system(), appointment=AppointmentId(new_id(NOON))
            )
        )
        == "care.appointment_unknown"
    )


def test_an_outlet_that_may_not_sell_offers_nothing(province: Province) -> None:
    open_desk(province, province.hall)
    saleschannel.set_businesses(province.system(), outlet=province.hall, businesses=("top_up",))
    assert free(province) == {}
    assert refusal(lambda: book(province)) == "care.no_such_slot"


def test_fewer_seats_leave_what_was_booked(province: Province) -> None:
    open_desk(province, province.hall, seats=3)
    made = [book(province, line()) for _ in range(3)]
    operations.set_desk(province.system(), outlet=province.hall, seats=1, minutes=60)
    operations.cancel_appointment(province.system(), appointment=made[0])
    assert "23 09:00" not in free(province)
    assert refusal(lambda: book(province)) == "care.slot_taken", "two are there, seat 1 is free"
    operations.cancel_appointment(province.system(), appointment=made[1])
    operations.cancel_appointment(province.system(), appointment=made[2])
    assert free(province)["23 09:00"] == 1
    operations.set_desk(province.system(), outlet=province.hall, seats=0, minutes=60)
    with pytest.raises(NoAppointments):
        free(province)


def test_who_does_not_come_may_book_again(province: Province) -> None:
    open_desk(province, province.hall)
    missed, other = book(province), book(province, line())
    schedule.run("care.sweep", MONDAY + HALF + rules.GRACE - timedelta(seconds=1))
    assert state(missed) == "confirmed"
    again = book(province, starts_at=MONDAY + timedelta(hours=5), at=MONDAY + timedelta(hours=1))
    assert (state(missed), state(other), state(again)) == ("failed", "confirmed", "confirmed")
    schedule.run("care.sweep", MONDAY + HALF + rules.GRACE)
    assert (state(other), state(again)) == ("failed", "confirmed")


@pytest.mark.parametrize(
    ("language", "begins"), [("zh-hans", "您在 2026-11-23 09:00"), ("en", "Your appointment of")]
)
def test_the_customer_is_told_when_the_outlet_cancels(
    province: Province, language: str, begins: str
) -> None:
    open_desk(province, province.hall)
    mine = book(province, language=language)
    operations.cancel_appointment(province.system(), appointment=mine, by_outlet=True)
    message = OutgoingMessage.objects.get()
    assert (message.recipient, message.kind) == (LINE, "appointment_cancelled")
    assert message.text is not None and message.text.startswith(begins)
    entry = JournalEntry.objects.get(command="care.cancel_appointment")
    assert entry.subject == mine


def test_the_database_itself_lets_no_seat_be_taken_twice(province: Province) -> None:
    open_desk(province, province.hall)
    book(province)
    row = Appointment.objects.unscoped("test").get()
    rows = Appointment.objects.unscoped("test")
    later = row.starts_at + timedelta(minutes=10)
    for change in (
        {"msisdn_hash": b"1" * 32, "starts_at": later, "ends_at": later + HALF},
        {"seat": 2},
    ):
        copy = Appointment(
            **{field.attname: getattr(row, field.attname) for field in Appointment._meta.fields}
        )
        copy.id = new_id(NOON)
        for name, value in change.items():
            setattr(copy, name, value)
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.bulk_create([copy])


@given(
    st.lists(st.integers(0, 24 * 4), min_size=2, max_size=6, unique=True).filter(
        lambda cuts: len(cuts) % 2 == 0
    ),
    st.integers(10, 240),
)
def test_slots_fit_and_follow_each_other(cuts: list[int], minutes: int) -> None:
    spans = [f"{cut // 4:02d}:{cut % 4 * 15:02d}" for cut in sorted(cuts)]
    hours = {"mon": [list(pair) for pair in zip(spans[::2], spans[1::2], strict=True)]}
    found = rules.slots(hours, MONDAY.date(), minutes)
    length = timedelta(minutes=minutes)
    assert all(end - begin == length for begin, end in found)
    assert all(first[1] <= second[0] for first, second in zip(found, found[1:], strict=False))
    room = sum(
        (after - before) * 15 // minutes
        for before, after in zip(sorted(cuts)[::2], sorted(cuts)[1::2], strict=True)
    )
    assert len(found) == room
    assert rules.slots(HOURS, MONDAY.date() + timedelta(days=2), minutes) == ()
