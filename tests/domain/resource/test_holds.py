"""Numbers on hold: who gets one, for how long, and what becomes of it."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from qudao.domain.party.types import OrganizationId
from qudao.domain.resource import operations, queries
from qudao.domain.resource.models import Change, Number
from qudao.domain.resource.types import (
    MOST_HOLDS,
    Held,
    HoldExpired,
    HoldId,
    HoldTooLong,
    HoldUnknown,
    NumberElsewhere,
    NumberStateWrong,
    NumberTaken,
    NumberUnknown,
    Reserve,
    TooManyHolds,
)
from qudao.domain.saleschannel import operations as saleschannel
from qudao.domain.saleschannel.queries import OutletUnknown
from qudao.domain.saleschannel.types import OutletNotActive
from qudao.kernel.money import Money
from qudao.kernel.refusals import Refusal
from qudao.platform.commands.command import Busy, KeyReused
from qudao.platform.commands.context import NotPermitted
from qudao.platform.commands.models import JournalEntry
from tests.domain.resource.conftest import LUOYANG, ZHENGZHOU, Numbers
from tests.province import NOON

ONE, OTHER = f"{ZHENGZHOU}6688", f"{ZHENGZHOU}0571"
MINUTE = timedelta(minutes=1)
ORDER = UUID(int=77)


def test_a_free_number_is_held_with_what_it_costs(numbers: Numbers) -> None:
    ctx = numbers.clerk()
    held = operations.reserve.one(ctx, Reserve(numbers.province.agent, ONE))
    assert held == Held(
        ONE,
        held.hold,
        numbers.province.agent,
        NOON + 30 * MINUTE,
        "aabbcc",
        "first",
        Money(2_000_00),
        Money(188_00),
    )
    assert queries.held(numbers.clerk(), hold=held.hold) == held
    assert queries.holds(numbers.clerk(), outlet=numbers.province.agent) == (held,)
    row = JournalEntry.objects.get(command="resource.reserve")
    assert (row.actor, row.request_key, row.at) == (ctx.actor, ctx.request_key, NOON)
    assert row.subject == UUID(f"{int(ONE):032d}")
    (step,) = queries.history(numbers.clerk(), msisdn=ONE)
    assert (step.was, step.state, step.holder) == ("free", "reserved", numbers.province.agent)
    assert step.actor == ctx.actor


def test_one_statement_holds_a_number(numbers: Numbers) -> None:
    pairs = [
        (numbers.clerk(), Reserve(numbers.province.agent, f"{ZHENGZHOU}{n:04d}")) for n in range(10)
    ]
    with CaptureQueriesContext(
        connection,
    ) as caught:
        operations.reserve.one(*pairs[0])
    assert len(caught) == 1
    with CaptureQueriesContext(connection) as caught:
        answers = operations.reserve(pairs[1:])
    assert len(caught) == 1 and all(isinstance(one, Held) for one in answers)


def test_a_repetition_gets_the_same_answer(numbers: Numbers) -> None:
    ctx, wanted = numbers.clerk(key="click"), Reserve(numbers.province.agent, ONE)
    held = operations.reserve.one(ctx, wanted)
    assert operations.reserve.one(replace(ctx, at=NOON + MINUTE), wanted) == held
    saleschannel.suspend(numbers.system(), outlet=numbers.province.agent, reason="test")
    assert operations.reserve.one(ctx, wanted) == held
    with pytest.raises(KeyReused):
        operations.reserve.one(ctx, Reserve(numbers.province.agent, OTHER))
    assert Change.objects.count() == 1
    assert queries.number(numbers.clerk(), msisdn=OTHER).state == "free"


def test_a_set_answers_each_of_its_requests(numbers: Numbers) -> None:
    agent, far = numbers.province.agent, numbers.province.far
    double = numbers.clerk(key="twice")
    answers = operations.reserve(
        [
            (numbers.clerk(), Reserve(agent, ONE)),
            (numbers.clerk(), Reserve(agent, ONE)),
            (double, Reserve(agent, OTHER)),
            (double, Reserve(agent, OTHER)),
            (numbers.far_clerk(), Reserve(far, ONE)),
            (numbers.far_clerk(), Reserve(far, f"{LUOYANG}0001")),
            (numbers.clerk(), Reserve(far, f"{LUOYANG}0002")),
            (replace(numbers.clerk(), grants=frozenset()), Reserve(agent, f"{ZHENGZHOU}0001")),
        ]
    )
    kinds = [type(answer) for answer in answers]
    assert kinds == [
        Held,
        NumberTaken,
        Held,
        Held,
        NumberElsewhere,
        Held,
        OutletUnknown,
        NotPermitted,
    ]
    assert answers[2] == answers[3]
    assert Number.objects.unscoped("count").filter(state="reserved").count() == 3


@pytest.mark.parametrize(
    ("number", "minutes", "expected"),
    [
        ("13999999999", 30, NumberUnknown),
        ("1388", 30, NumberUnknown),
        ("２３８３７１１６６８", 30, NumberUnknown),
        (f"{LUOYANG}0001", 30, NumberElsewhere),
        (ONE, 0, HoldTooLong),
        (ONE, 121, HoldTooLong),
    ],
)
def test_what_is_refused(
    numbers: Numbers, number: str, minutes: int, expected: type[Refusal]
) -> None:
    with pytest.raises(expected):
        numbers.hold(number, minutes=minutes)
    assert not Change.objects.exists()
    assert not JournalEntry.objects.filter(command="resource.reserve").exists()


def test_only_an_active_outlet_of_the_own_scope_holds(numbers: Numbers) -> None:
    with pytest.raises(OutletUnknown):
        operations.reserve.one(numbers.far_clerk(), Reserve(numbers.province.agent, ONE))
    with pytest.raises(OutletUnknown):
        nobody = OrganizationId(UUID(int=5))
        operations.reserve.one(numbers.clerk(), Reserve(nobody, ONE))
    saleschannel.suspend(numbers.system(), outlet=numbers.province.agent, reason="test")
    with pytest.raises(OutletNotActive) as refused:
        numbers.hold(ONE)
    assert refused.value.state == "suspended"


def test_a_held_number_is_taken_until_its_time_is_over(numbers: Numbers) -> None:
    held = numbers.hold(ONE)
    teller = numbers.province.context("hall_clerk", numbers.province.hall)
    wanted = Reserve(numbers.province.hall, ONE)
    with pytest.raises(NumberTaken):
        operations.reserve.one(teller, wanted)
    with pytest.raises(NumberTaken):
        operations.reserve.one(replace(teller, at=NOON + 29 * MINUTE), wanted)
    over = replace(teller, at=NOON + 30 * MINUTE)
    taken = operations.reserve.one(over, wanted)
    assert taken.outlet == numbers.province.hall and taken.hold != held.hold
    with pytest.raises(HoldUnknown):
        queries.held(numbers.clerk(), hold=held.hold)
    with pytest.raises(HoldUnknown):
        operations.bind(numbers.system(NOON + 30 * MINUTE), hold=held.hold, order=ORDER)


def test_twenty_holds_are_the_most(numbers: Numbers) -> None:
    pairs = [
        (numbers.clerk(), Reserve(numbers.province.agent, f"{ZHENGZHOU}{n:04d}"))
        for n in range(MOST_HOLDS + 4)
    ]
    answers = operations.reserve(pairs)
    assert [isinstance(one, Held) for one in answers] == [True] * MOST_HOLDS + [False] * 4
    assert {type(one) for one in answers[MOST_HOLDS:]} == {TooManyHolds}
    with pytest.raises(TooManyHolds):
        numbers.hold(ONE)
    first = answers[0]
    assert isinstance(first, Held)
    operations.release(numbers.clerk(), hold=first.hold)
    numbers.hold(ONE)
    with pytest.raises(TooManyHolds):
        numbers.hold(OTHER)
    numbers.hold(OTHER, at=NOON + 31 * MINUTE)


def test_a_release_frees_at_once_and_only_once(numbers: Numbers) -> None:
    held = numbers.hold(ONE)
    for stranger in (
        numbers.far_clerk(),
        numbers.province.context("outlet_clerk", numbers.province.far),
    ):
        with pytest.raises(HoldUnknown):
            operations.release(stranger, hold=held.hold)
    operations.release(numbers.clerk(), hold=held.hold)
    assert queries.number(numbers.clerk(), msisdn=ONE).state == "free"
    assert queries.holds(numbers.clerk(), outlet=numbers.province.agent) == ()
    with pytest.raises(HoldUnknown):
        operations.release(numbers.clerk(), hold=held.hold)
    steps = [step.state for step in queries.history(numbers.clerk(), msisdn=ONE)]
    assert steps == ["reserved", "free"]


def test_what_is_bound_cannot_be_released(numbers: Numbers) -> None:
    held = numbers.hold(ONE)
    operations.bind(numbers.system(), hold=held.hold, order=ORDER)
    with pytest.raises(NumberStateWrong):
        operations.release(numbers.clerk(), hold=held.hold)
    with pytest.raises(NumberStateWrong):
        operations.bind(numbers.system(), hold=held.hold, order=ORDER)
    assert queries.number(numbers.clerk(), msisdn=ONE).state == "bound"


def test_a_hold_that_is_over_binds_nothing(numbers: Numbers) -> None:
    held = numbers.hold(ONE)
    late = numbers.system(NOON + 30 * MINUTE)
    for refused in (operations.bind, operations.pay):
        with pytest.raises(HoldExpired) as over:
            refused(numbers.system(late.at), hold=held.hold, order=ORDER)
        assert over.value.until == held.until
    for refused in (operations.bind, operations.pay):
        with pytest.raises(HoldUnknown):
            refused(numbers.system(), hold=HoldId(UUID(int=1)), order=ORDER)


def test_time_returns_what_was_not_used(numbers: Numbers) -> None:
    kept, paid = numbers.hold(ONE), numbers.hold(OTHER)
    bound = numbers.hold(f"{ZHENGZHOU}0002")
    operations.pay(numbers.system(), hold=paid.hold, order=ORDER)
    operations.bind(numbers.system(), hold=bound.hold, order=ORDER)
    assert operations.expire(numbers.system(NOON + 29 * MINUTE)) == 0
    assert operations.expire(numbers.system(NOON + 30 * MINUTE)) == 1
    assert operations.expire(numbers.system(NOON + timedelta(days=6))) == 0
    assert operations.expire(numbers.system(NOON + timedelta(days=7))) == 1
    states = [
        queries.number(numbers.clerk(), msisdn=number).state
        for number in (kept.number, paid.number, bound.number)
    ]
    assert states == ["free", "free", "bound"]
    assert queries.unsound() == []


def test_the_sweep_takes_no_more_than_it_is_told(numbers: Numbers) -> None:
    for n in range(5):
        numbers.hold(f"{ZHENGZHOU}{n:04d}")
    late = NOON + timedelta(hours=1)
    assert [operations.expire(numbers.system(late), most=2) for _ in range(4)] == [2, 2, 1, 0]


def test_a_dry_run_holds_nothing(numbers: Numbers) -> None:
    ctx = replace(numbers.clerk(), dry_run=True)
    assert operations.reserve.one(ctx, Reserve(numbers.province.agent, ONE)).number == ONE
    assert queries.number(numbers.clerk(), msisdn=ONE).state == "free"


@pytest.mark.django_db(transaction=True)
def test_sixty_four_at_once_hold_each_number_once(committed_numbers: Numbers) -> None:
    """Everybody wants the same few numbers, from two outlets, one by one and in sets."""
    numbers, province = committed_numbers, committed_numbers.province
    wanted = [f"{ZHENGZHOU}{n:04d}" for n in range(12)]
    ready = Barrier(64)
    clerks = [
        (numbers.clerk, province.agent),
        (lambda: province.context("hall_clerk", province.hall), province.hall),
    ]

    def ask(place: int) -> list[tuple[str, object]]:
        context, outlet = clerks[place % 2]
        mine = wanted[place % 12 :] + wanted[: place % 12]
        pairs = [(context(), Reserve(outlet, number)) for number in mine]
        ready.wait()
        try:
            if place % 4 == 0:
                return list(zip(mine, operations.reserve(pairs), strict=True))
            return [(pair[1].number, operations.reserve([pair])[0]) for pair in pairs]
        finally:
            connection.close()

    with ThreadPoolExecutor(64) as threads:
        answers = [one for part in threads.map(ask, range(64)) for one in part]
    held = Counter(number for number, answer in answers if isinstance(answer, Held))
    assert held == dict.fromkeys(wanted, 1)
    others = {type(answer) for _, answer in answers if not isinstance(answer, Held)}
    # A machine that is busy with other things may make somebody wait too long for the outlet.
    assert others - {Busy} == {NumberTaken}
    rows = Number.objects.unscoped("all of them").filter(state="reserved")
    assert {row.hold for row in rows} == {
        answer.hold for _, answer in answers if isinstance(answer, Held)
    }
    assert queries.unsound() == []


@pytest.mark.django_db(transaction=True)
def test_nobody_gets_more_than_twenty_by_asking_at_once(committed_numbers: Numbers) -> None:
    numbers, agent = committed_numbers, committed_numbers.province.agent
    ready = Barrier(32)

    def ask(place: int) -> list[object]:
        ready.wait()
        try:
            return operations.reserve(
                [
                    (numbers.clerk(), Reserve(agent, f"{ZHENGZHOU}{place * 3 + n:04d}"))
                    for n in range(3)
                ]
            )
        finally:
            connection.close()

    with ThreadPoolExecutor(32) as threads:
        answers = [one for part in threads.map(ask, range(32)) for one in part]
    assert sum(isinstance(one, Held) for one in answers) == MOST_HOLDS
    assert {type(one) for one in answers} == {Held, TooManyHolds}
    assert queries.unsound() == []


@pytest.mark.django_db(transaction=True)
def test_one_key_at_two_places_at_once_is_one_hold(committed_numbers: Numbers) -> None:
    numbers, agent = committed_numbers, committed_numbers.province.agent
    ctx = numbers.clerk(key="double click")
    ready = Barrier(16)

    def ask(_: int) -> object:
        ready.wait()
        try:
            return operations.reserve([(ctx, Reserve(agent, ONE))])[0]
        finally:
            connection.close()

    with ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(ask, range(16)))
    assert isinstance(answers[0], Held) and all(answer == answers[0] for answer in answers)
    assert Change.objects.count() == 1
