"""Seats, lines and request keys of care, however many come at the same moment."""

from __future__ import annotations

from collections import Counter

import pytest

from qudao.domain.care import operations
from qudao.domain.care.models import AgentRequest, Appointment, Complaint, Interaction
from qudao.domain.care.operations.complaints import TooManyComplaints
from qudao.domain.care.types import MOST_OPEN, MOST_SEATS, AppointmentId
from qudao.kernel.refusals import Refusal
from qudao.platform.commands.models import JournalEntry
from tests.domain.care.desk import LINE, MONDAY, agent, complain, contact, line, open_desk
from tests.invariants.test_concurrency import CLIENTS, at_once
from tests.province import Province

SEATS = 3


def test_no_seat_is_booked_twice(committed_province: Province) -> None:
    province = committed_province
    open_desk(province, province.hall, seats=SEATS)
    lines, contexts = [line() for _ in range(CLIENTS)], [province.system() for _ in range(CLIENTS)]

    def book(n: int) -> str:
        try:
            operations.book_appointment(
                contexts[n],
                outlet=province.hall,
                purpose="sim_swap",
                starts_at=MONDAY,
                msisdn=lines[n],
            )
        except Refusal as refusal:
            return refusal.code
        return "booked"

    assert Counter(at_once(book)) == {"booked": SEATS, "care.slot_taken": CLIENTS - SEATS}
    rows = Appointment.objects.unscoped("test")
    assert sorted(rows.values_list("seat", flat=True)) == list(range(1, SEATS + 1))


def test_a_line_gets_one_appointment_at_whatever_outlet(committed_province: Province) -> None:
    province = committed_province
    places = [province.hall, province.agent, province.far]
    for outlet in places:
        open_desk(province, outlet, seats=MOST_SEATS)
    contexts = [province.system() for _ in range(CLIENTS)]

    def book(n: int) -> str:
        try:
            operations.book_appointment(
                contexts[n],
                outlet=places[n % 3],
                purpose="sim_swap",
                starts_at=MONDAY,
                msisdn=LINE,
            )
        except Refusal as refusal:
            return refusal.code
        return "booked"

    assert Counter(at_once(book)) == {"booked": 1, "care.appointment_exists": CLIENTS - 1}
    assert Appointment.objects.unscoped("test").count() == 1


def test_booking_moving_and_cancelling_at_once(committed_province: Province) -> None:
    """On two desks with one seat: what is confirmed in the end never shares a seat."""
    province = committed_province
    places = [province.hall, province.far]
    for outlet in places:
        open_desk(province, outlet, seats=1)
    lines = [line() for _ in range(CLIENTS)]
    contexts = [[province.system() for _ in range(3)] for _ in range(CLIENTS)]

    def work(n: int) -> list[str]:
        done: list[str] = []
        mine: AppointmentId | None = None
        try:
            mine = operations.book_appointment(
                contexts[n][0],
                outlet=places[n % 2],
                purpose="sim_swap",
                starts_at=MONDAY,
                msisdn=lines[n],
            )
            done.append("booked")
            if n % 3 == 0:
                operations.cancel_appointment(contexts[n][1], appointment=mine)
                done.append("cancelled")
            else:
                operations.move_appointment(
                    contexts[n][2], appointment=mine, outlet=places[1 - n % 2], starts_at=MONDAY
                )
                done.append("moved")
        except Refusal as refusal:
            done.append(refusal.code)
        return done

    outcomes = at_once(work)
    assert {code for done in outcomes for code in done} <= {
        "booked",
        "cancelled",
        "moved",
        "care.slot_taken",
    }
    live = Appointment.objects.unscoped("test").filter(state="confirmed")
    seats = Counter(live.values_list("outlet", "starts_at", "seat"))
    assert set(seats.values()) <= {1}
    booked = sum("booked" in done for done in outcomes)
    cancelled = sum("cancelled" in done for done in outcomes)
    assert booked >= 2 and live.count() == booked - cancelled


def test_two_agents_never_get_one_customer(committed_province: Province) -> None:
    province = committed_province
    waiting = CLIENTS - 2
    for _ in range(waiting):
        operations.request_agent(
            province.system(), place=province.organizations["4101"], msisdn=line()
        )
    contexts = [agent(province) for _ in range(CLIENTS)]

    def take(n: int) -> str:
        try:
            return str(operations.take_next_request(contexts[n]).request)
        except Refusal as refusal:
            return refusal.code

    got = Counter(at_once(take))
    nobody = got.pop("care.nobody_waits", 0)
    assert set(got.values()) == {1}
    left = AgentRequest.objects.unscoped("test").filter(state="waiting").count()
    assert len(got) == waiting - left and nobody == CLIENTS - len(got)


def test_a_line_waits_once(committed_province: Province) -> None:
    province = committed_province
    contexts = [province.system() for _ in range(CLIENTS)]

    def ask(n: int) -> str:
        place = province.organizations["4101"]
        return str(operations.request_agent(contexts[n], place=place, msisdn=LINE))

    assert len(set(at_once(ask))) == 1
    assert AgentRequest.objects.unscoped("test").count() == 1


def test_a_line_never_has_a_sixth_complaint(committed_province: Province) -> None:
    province = committed_province
    contexts = [province.system() for _ in range(CLIENTS)]

    def open_one(n: int) -> str:
        try:
            complain(province, ctx=contexts[n])
        except TooManyComplaints as refusal:
            return refusal.code
        return "opened"

    assert Counter(at_once(open_one)) == {
        "opened": MOST_OPEN,
        "care.too_many_complaints": CLIENTS - MOST_OPEN,
    }
    numbers = Complaint.objects.unscoped("test").values_list("number", flat=True)
    assert len(set(numbers)) == MOST_OPEN


@pytest.mark.parametrize("backwards", [False, True])
def test_a_contact_is_written_once_however_often_it_is_sent(
    committed_province: Province, backwards: bool
) -> None:
    """The same keys in many sets at once, in this order and the other."""
    province = committed_province
    pairs = [(province.system(), contact(province)) for _ in range(20)]

    def record(n: int) -> list[object]:
        turned = backwards and n % 2 == 1
        answers = operations.record_interactions(pairs[::-1] if turned else pairs)
        return list(answers[::-1] if turned else answers)

    found = at_once(record)
    assert all(answers == found[0] for answers in found)
    assert len(set(map(str, found[0]))) == 20
    assert Interaction.objects.unscoped("test").count() == 20
    assert JournalEntry.objects.filter(command="care.record_interactions").count() == 20
