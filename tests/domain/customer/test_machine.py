"""Whatever is opened, done, refused, ended and adopted: counts equal lines, never above five."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID, uuid4

import pytest
from django.conf import settings
from django.db import transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as st

from qudao.domain.customer import operations, queries
from qudao.domain.customer.models import DocumentCount, Line
from qudao.domain.customer.types import CustomerId, LineLimitReached, Purpose
from tests.domain.customer import counter
from tests.province import NOON, Province

PEOPLE = 2
STEP = st.tuples(
    st.sampled_from(["open", "open", "open", "complete", "fail", "end", "renumber", "adopt"]),
    st.integers(0, 7),
)


class Model:
    """What ought to be: who has which numbers, and which orders are open."""

    def __init__(self) -> None:
        self.lines: dict[str, int] = {}
        self.open: dict[UUID, str] = {}
        self.free = iter(f"139{n:08d}" for n in range(10**8))

    def of(self, who: int) -> int:
        return sum(owner == who for owner in self.lines.values())

    def active(self) -> list[str]:
        return [number for number in self.lines if number not in self.open.values()]


@pytest.mark.django_db
@effort(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(STEP, min_size=5, max_size=40))
def test_counts_equal_lines(
    province: Province,
    tmp_path_factory: pytest.TempPathFactory,
    steps: list[tuple[str, int]],
) -> None:
    settings.VAULT_DIR = Path(tmp_path_factory.mktemp("vault"))
    with transaction.atomic():
        model, people = Model(), [counter.person() for _ in range(PEOPLE)]
        ready = [template(province, who) for who in people]
        for what, dice in steps:
            who = dice % PEOPLE
            step(province, model, ready, what, who, dice)
            assert queries.unsound() == []
            lines = Line.objects.unscoped("test").exclude(state="ended")
            assert {line.number: line.customer_id for line in lines} == {
                number: ready[owner] for number, owner in model.lines.items()
            }
            counts = DocumentCount.objects.values_list("lines", flat=True)
            assert sorted(filter(None, counts)) == sorted(
                filter(None, (model.of(one) for one in range(PEOPLE)))
            )
        transaction.set_rollback(True)


def step(
    province: Province, model: Model, people: list[CustomerId], what: str, who: int, dice: int
) -> None:
    system = province.system(NOON)
    match what:
        case "open":
            number, order = next(model.free), uuid4()
            dossier = signed(province, people[who])
            if model.of(who) == 5:
                with pytest.raises(LineLimitReached):
                    operations.submit(system, dossier=dossier, number=number, order=order)
            else:
                operations.submit(system, dossier=dossier, number=number, order=order)
                model.lines[number], model.open[order] = who, number
        case "complete" if model.open:
            order = list(model.open)[dice % len(model.open)]
            operations.complete(system, orders=[order, uuid4()])
            del model.open[order]
        case "fail" if model.open:
            orders = list(model.open)[: 1 + dice % 3]
            assert operations.fail(system, orders=orders) == len(orders)
            for order in orders:
                del model.lines[model.open.pop(order)]
        case "end" if model.active():
            numbers = model.active()[: 1 + dice % 3]
            assert operations.end_line(system, numbers=[*numbers, "13000000000"]) == len(numbers)
            for number in numbers:
                del model.lines[number]
        case "renumber" if model.active():
            old, new = model.active()[dice % len(model.active())], next(model.free)
            assert operations.renumber(system, old=old, new=new)
            model.lines[new] = model.lines.pop(old)
        case "adopt":
            number = next(model.free)
            added = operations.adopt_line(system, customer=people[who], number=number)
            assert added == (model.of(who) < 5)
            if added:
                model.lines[number] = who


def template(province: Province, who: object) -> CustomerId:
    dossier = counter.opened(province)
    return counter.identify(province, dossier, who).customer  # type: ignore[arg-type]


def signed(province: Province, customer: CustomerId) -> object:
    """A dossier that lacks nothing, as if it had been identified before the last line came."""
    from qudao.domain.customer.models import Dossier

    dossier = counter.opened(province, Purpose.ACCOUNT_OPENING)
    Dossier.objects.unscoped("test").filter(id=dossier).update(customer=customer)
    counter.photograph(province, dossier)
    counter.sign(province, dossier)
    return dossier
