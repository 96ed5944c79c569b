"""Whatever happens in whatever order: a number is in one state, and has at most one holder."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)

from qudao.domain.party.types import OrganizationId
from qudao.domain.resource import operations, queries, rules
from qudao.domain.resource.models import Change, Number
from qudao.domain.resource.types import (
    MOST_HOLDS,
    Held,
    HoldExpired,
    HoldId,
    HoldUnknown,
    NumberElsewhere,
    NumberState,
    NumberStateWrong,
    NumberTaken,
    Reserve,
    TooManyHolds,
)
from qudao.kernel.refusals import Refusal
from tests.domain.resource.conftest import LUOYANG, ZHENGZHOU, Numbers
from tests.province import NOON

OURS = [f"{ZHENGZHOU}{n:04d}" for n in range(24)]
NUMBERS = [*OURS, f"{LUOYANG}0000", f"{LUOYANG}0001"]
ORDERS = [UUID(int=n) for n in range(100, 106)]

which = st.integers(0, len(NUMBERS) - 1)
orders = st.sampled_from(ORDERS)


@dataclass(frozen=True)
class Model:
    """What we believe of a number."""

    state: str = "free"
    holder: OrganizationId | None = None
    hold: HoldId | None = None
    until: datetime | None = None
    order: UUID | None = None
    packed: bool = False
    since: datetime = NOON


class Life(RuleBasedStateMachine):
    """A model of the numbers beside the real ones."""

    numbers: Numbers

    def __init__(self) -> None:
        super().__init__()
        self.at = NOON
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.believed = dict.fromkeys(NUMBERS, Model())
        self.holds: list[tuple[str, HoldId]] = []

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.undo.__exit__(None, None, None)

    def become(self, number: str, state: str, **facts: object) -> None:
        self.believed[number] = Model(state=state, since=self.at, **facts)  # type: ignore[arg-type]

    # ---- what may happen ---------------------------------------------------------------------

    @rule(asked=st.lists(st.tuples(which, st.booleans()), min_size=1, max_size=8))
    def reserve(self, asked: list[tuple[int, bool]]) -> None:
        province = self.numbers.province
        pairs = []
        for place, far in asked:
            ctx = (self.numbers.far_clerk if far else self.numbers.clerk)(at=self.at)
            pairs.append((ctx, Reserve(province.far if far else province.agent, NUMBERS[place])))
        answers = operations.reserve(pairs)
        order = sorted(range(len(pairs)), key=lambda n: self._is_rival(pairs, n))
        for n in order:
            self._judge(pairs[n][1], answers[n])

    def _is_rival(self, pairs: list[tuple[object, Reserve]], n: int) -> bool:
        """Requests for a number that an earlier one of the set wants are done after the others."""
        return any(pairs[m][1].number == pairs[n][1].number for m in range(n))

    def _judge(self, asked: Reserve, answer: Held | Refusal) -> None:
        believed = self.believed[asked.number]
        free = believed.state == "free" or (
            believed.until is not None
            and believed.until <= self.at
            and believed.state in ("reserved", "paid")
        )
        open_holds = sum(
            one.state == "reserved"
            and one.holder == asked.outlet
            and one.until is not None
            and one.until > self.at
            for one in self.believed.values()
        )
        own = asked.number.startswith(ZHENGZHOU) == (asked.outlet == self.numbers.province.agent)
        if not own:
            assert isinstance(answer, NumberElsewhere)
        elif not free:
            assert isinstance(answer, NumberTaken)
        elif open_holds >= MOST_HOLDS:
            assert isinstance(answer, TooManyHolds)
        else:
            assert isinstance(answer, Held)
            self.become(
                asked.number,
                "reserved",
                holder=asked.outlet,
                hold=answer.hold,
                until=self.at + timedelta(minutes=30),
            )
            self.holds.append((asked.number, answer.hold))

    @rule(nth=st.integers(0, 1000), order=orders, how=st.sampled_from(["release", "pay", "bind"]))
    def use(self, nth: int, order: UUID, how: str) -> None:
        if not self.holds:
            return
        number, hold = self.holds[nth % len(self.holds)]
        believed = self.believed[number]
        before = dict(self.believed)
        ctx = self.numbers.system(self.at)
        refused: type[Refusal] | None = None
        try:
            if how == "release":
                operations.release(ctx, hold=hold)
                self.become(number, "free")
            elif how == "pay":
                operations.pay(ctx, hold=hold, order=order)
                self.become(
                    number,
                    "paid",
                    holder=believed.holder,
                    hold=hold,
                    until=self.at + timedelta(days=7),
                    order=order,
                )
            else:
                operations.bind(ctx, hold=hold, order=order)
                self.become(number, "bound", holder=believed.holder, hold=hold, order=order)
        except Refusal as refusal:
            refused = type(refusal)
        over = believed.until is not None and believed.until <= self.at
        if before[number].hold != hold:
            assert refused is HoldUnknown
        elif how == "release":
            allowed = believed.state == "reserved"
            assert refused in ((None,) if allowed else (NumberStateWrong, HoldExpired))
        elif over:
            assert refused is HoldExpired
        elif believed.state == "reserved" or (
            how == "bind" and believed.state == "paid" and believed.order == order
        ):
            assert refused is None
        else:
            assert refused is NumberStateWrong

    @rule(order=orders, succeeds=st.booleans())
    def conclude(self, order: UUID, succeeds: bool) -> None:
        mine = [n for n, one in self.believed.items() if one.order == order]
        done = 0
        if succeeds:
            count = operations.activate(self.numbers.system(self.at), orders=[order])
            for number in mine:
                if self.believed[number].state == "bound":
                    self.become(number, "active", order=order)
                    done += 1
        else:
            count = operations.give_back(self.numbers.system(self.at), orders=[order])
            for number in mine:
                one = self.believed[number]
                if one.state in ("bound", "paid"):
                    self.become(number, "bound" if one.packed else "free", packed=one.packed)
                    done += 1
        assert count == done

    @rule(place=which, order=orders)
    def pack(self, place: int, order: UUID) -> None:
        number = NUMBERS[place]
        one = self.believed[number]
        ctx = self.numbers.system(self.at)
        try:
            if one.state == "bound" and one.packed:
                operations.bind_packed(ctx, number=number, order=order)
                assert one.order is None
                self.become(number, "bound", packed=True, order=order)
            else:
                operations.pack(ctx, numbers=[number], branch=self.numbers.branch("4101"))
                assert one.state == "free" and number in OURS
                self.become(number, "bound", packed=True)
        except NumberStateWrong:
            assert one.order is not None
        except NumberTaken:
            assert one.state != "free"
        except NumberElsewhere:
            assert number not in OURS

    @rule(place=which)
    def unpack(self, place: int) -> None:
        one = self.believed[NUMBERS[place]]
        try:
            operations.unpack(self.numbers.system(self.at), numbers=[NUMBERS[place]])
        except NumberStateWrong:
            assert not one.packed or one.order is not None
        else:
            assert one.packed and one.order is None
            self.become(NUMBERS[place], "free")

    @rule(places=st.lists(which, max_size=4), how=st.sampled_from(["adopt", "retire"]))
    def follow_the_boss(self, places: list[int], how: str) -> None:
        wanted = [NUMBERS[place] for place in places]
        allowed = {"adopt": ("free",), "retire": ("active", "free")}[how]
        changed = {number for number in wanted if self.believed[number].state in allowed}
        count = getattr(operations, how)(self.numbers.system(self.at), numbers=wanted)
        for number in changed:
            self.become(number, "active" if how == "adopt" else "cancelled")
        assert count == len(changed)

    @rule(minutes=st.sampled_from([1, 10, 30, 60 * 24, 60 * 24 * 8, 60 * 24 * 91]))
    def wait(self, minutes: int) -> None:
        self.at += timedelta(minutes=minutes)

    @rule()
    def sweep(self) -> None:
        operations.expire(self.numbers.system(self.at))
        for number, one in self.believed.items():
            over = one.until is not None and one.until <= self.at
            if over and one.state in ("reserved", "paid", "resting"):
                self.become(number, "free")

    @rule()
    def rest(self) -> None:
        operations.rest(self.numbers.system(self.at), before=self.at)
        for number, one in self.believed.items():
            if one.state == "cancelled" and one.since < self.at:
                self.become(number, "resting", until=self.at + timedelta(days=90))

    # ---- what is always so -------------------------------------------------------------------

    @invariant()
    def each_is_what_we_believe(self) -> None:
        rows = Number.objects.unscoped("test").filter(number__in=[int(n) for n in NUMBERS])
        stored = {
            str(row.number): Model(
                row.state,
                row.holder_id,
                row.hold,
                row.until,
                row.cause,
                row.packed,
                row.changed_at,
            )
            for row in rows
        }
        assert stored == self.believed

    @invariant()
    def histories_tell_only_what_may_happen(self) -> None:
        last = dict.fromkeys(NUMBERS, "free")
        for number, was, state in Change.objects.order_by("id").values_list(
            "number", "was", "state"
        ):
            assert was == last[str(number)]
            assert state in rules.TRANSITIONS[NumberState(was)]
            last[str(number)] = state
        assert last == {number: one.state for number, one in self.believed.items()}

    @invariant()
    def all_is_sound(self) -> None:
        assert queries.unsound() == []


@pytest.mark.django_db
def test_a_number_is_in_one_state_and_has_one_holder(numbers: Numbers) -> None:
    assert connection.in_atomic_block
    Life.numbers = replace(numbers)
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=15,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
