"""Disputed lines through their process, and how it ends when one is dealt with otherwise."""

from pathlib import Path
from typing import Any

import pytest

from qudao.domain.commission.models import Adjustment
from qudao.domain.commission.operations import disputes
from qudao.domain.commission.queries import payouts as commission
from qudao.domain.commission.queries import settlements as queries
from qudao.domain.commission.types.settlements import DisputeId, DisputeRecord
from qudao.journeys.reactions.disputes import follow
from qudao.kernel.money import Money
from qudao.kernel.page import PageRequest
from qudao.platform.commands.models import JournalEntry
from qudao.platform.events.relay import Entry
from qudao.platform.processes import queries as worklist
from qudao.platform.processes.refusals import FieldRefused, ProcessLeads
from qudao.platform.processes.types import InstanceId, Upload
from tests.journeys.processes.office import PICTURE, Office
from tests.journeys.test_settling import NOVEMBER, SETTLING, Month, prepared


class Claims:
    """Lines of November that their outlet disputes."""

    def __init__(self, office: Office, month: Month) -> None:
        self.office, self.month = office, month
        office.at = SETTLING
        month.export(NOVEMBER)
        month.posted(NOVEMBER)
        self.statement = month.statement(office.province.agent, NOVEMBER)
        rule = queries.sums(self.statement)[0].rule
        self.lines = list(queries.lines(self.statement, PageRequest(10), rule=rule).items)

    def dispute(self) -> tuple[DisputeId, InstanceId]:
        line = self.lines.pop()
        made = disputes.dispute_line(
            self.month.owner(), statement=self.statement.id, line=line.key, claim="少算了一笔"
        )
        self.take_in()
        (found,) = worklist.instances_of(self.office.province.system(), subject=made)
        return made, found.id

    def take_in(self) -> None:
        """What the relay does with the latest journal row about commission."""
        row = JournalEntry.objects.filter(command__startswith="commission.").latest("id")
        seen = {name: getattr(row, name) for name in Entry.__dataclass_fields__}
        follow([Entry(**{**seen, "events": row.events or []})])

    def record(self, dispute: DisputeId) -> DisputeRecord:
        return commission.dispute(self.office.province.system(SETTLING), dispute=dispute)


def test_disputes_are_looked_into_and_answered(
    office: Office, settings: Any, tmp_path: Path
) -> None:
    claims = Claims(office, prepared(office.province, settings, tmp_path))

    # One that is upheld: finance sends it back once, then agrees to another amount.
    dispute, instance = claims.dispute()
    claims.take_in()
    assert len(worklist.instances_of(office.province.system(), subject=dispute)) == 1
    left = commission.unsettled(office.as_("finance"), outlet=office.province.agent)
    assert (left.disputes, left.unpaid, left.last_month) == (1, Money(0), NOVEMBER)
    proof = (Upload("proofs", "slip.jpg", PICTURE),)
    with pytest.raises(ProcessLeads):
        disputes.answer_dispute(
            office.as_("finance"), dispute=dispute, accepted=False, answer="否", correction=Money(0)
        )
    office.do("manager", "examine", proof, finding="right", finding_text="确有漏算")
    with pytest.raises(FieldRefused) as refused:
        office.do("supervisor", "decide", decision="uphold", correction=0, answer="按 1.2% 补发")
    assert (refused.value.field, refused.value.fault) == ("correction", "zero")
    office.do("supervisor", "decide", decision="uphold", correction=50, answer="补付 0.50 元")
    assert not Adjustment.objects.unscoped("test").exists()
    office.do("finance", "confirm", confirmation="return", confirmation_reason="金额有误")
    office.do("supervisor", "decide", decision="uphold", correction=80, answer="补付 0.80 元")
    office.do("finance", "confirm", confirmation="accept")
    record = claims.record(dispute)
    assert (record.state, record.answer) == ("accepted", "补付 0.80 元")
    assert record.correction == Money(80)
    (made,) = Adjustment.objects.unscoped("test").values_list("amount", flat=True)
    assert made == 80
    assert office.state(instance) == "completed"

    # One that its outlet takes back: nobody has anything to do any more.
    dispute, instance = claims.dispute()
    office.do("manager", "examine", finding="wrong", finding_text="计算无误")
    disputes.withdraw_dispute(claims.month.owner(), dispute=dispute)
    claims.take_in()
    assert office.state(instance) == "cancelled"
    assert office.tasks("supervisor") == []

    # One whose line stands: there is an answer, and nothing else.
    dispute, instance = claims.dispute()
    office.do("manager", "examine", finding="wrong", finding_text="计算无误")
    office.do("supervisor", "decide", decision="refuse", answer="维持原结果")
    record = claims.record(dispute)
    assert (record.state, record.answer) == ("declined", "维持原结果")
    assert office.state(instance) == "completed"
    assert Adjustment.objects.unscoped("test").count() == 1
