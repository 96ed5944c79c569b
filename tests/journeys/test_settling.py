"""A month of commission, from sales to closed, and what the next one corrects of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import duckdb
import ibis
import pyarrow as pa
import pytest
from django.db import connection
from procrastinate import JobContext
from procrastinate.contrib.django import app
from procrastinate.jobs import Job

from qudao.domain.commission.models import Adjustment, Dispute, Settlement, Statement
from qudao.domain.commission.operations import disputes, payouts, points, posting, recording
from qudao.domain.commission.operations import settlements as commission
from qudao.domain.commission.queries import computed, conservation
from qudao.domain.commission.queries import payouts as more
from qudao.domain.commission.queries import settlements as queries
from qudao.domain.commission.types import (
    Case,
    CaseFact,
    CaseRow,
    RuleDraft,
    SamePerson,
    Unit,
)
from qudao.domain.commission.types.settlements import (
    Payee,
    SettlementId,
    StatementRecord,
    Way,
)
from qudao.domain.ledger import queries as accounts
from qudao.domain.ordering.operations import sell
from qudao.domain.ordering.types import OrderId, Sale
from qudao.domain.party.types import OrganizationId
from qudao.domain.wallet import queries as wallets
from qudao.journeys import lake as exporting
from qudao.journeys import settling
from qudao.kernel.money import Money
from qudao.kernel.page import PageRequest
from qudao.kernel.personal import Personal
from qudao.kernel.refusals import Refusal
from qudao.platform.commands.command import AwaitingApproval
from qudao.platform.commands.operations import approve
from qudao.platform.lake.dataset import datasets
from qudao.platform.lake.manifests import Input, VersionId, inputs_of, to_json
from qudao.platform.lake.open import lake as opened
from tests.domain.commission.policies import Offices, draft, fee
from tests.province import Province, assert_sound

pytestmark = pytest.mark.django_db

NOVEMBER, DECEMBER = date(2026, 11, 1), date(2026, 12, 1)
SALE_DAY = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
SETTLING = datetime(2026, 12, 2, 4, 0, tzinfo=UTC)
NEXT = datetime(2027, 1, 2, 4, 0, tzinfo=UTC)

POINTS = RuleDraft(
    code="points",
    scheme="points",
    terms={"points": [{"business": "top_up", "points": 10}]},
    name_zh="店员积分",
    name_en="Clerk points",
    unit=Unit.POINT,
)


@dataclass
class Month:
    """People who settle, and what they settle."""

    province: Province
    at: datetime = SETTLING

    @property
    def place(self) -> OrganizationId:
        return self.province.organizations["41"]

    def finance(self, *, another: bool = False) -> Any:
        ctx = self.province.context("finance", self.place, at=self.at)
        return (
            self.province.context(
                "finance", self.place, at=self.at, actor=self.province.people["auditor"].user
            )
            if another
            else ctx
        )

    def owner(self) -> Any:
        return self.province.context("outlet_owner", self.province.agent, at=self.at)

    def export(self, month: date) -> None:
        with opened() as lake:
            exporting.export(
                self.province.system(self.at), lake, first=month, last=month + timedelta(days=27)
            )

    def computed(self, month: date) -> SettlementId:
        made = commission.open_settlement(self.finance(), province=self.place, month=month)
        settling.compute(self.finance(), settlement=made)
        settling.run_computing(self.province.system(self.at), made)
        return made

    def checked(self, month: date) -> SettlementId:
        made = self.computed(month)
        settling.check(self.finance(), settlement=made)
        settling.run_checking(self.province.system(self.at), made)
        return made

    def posted(self, month: date) -> SettlementId:
        made = self.checked(month)
        commission.approve_settlement(self.finance(another=True), settlement=made)
        settling.post(self.finance(), settlement=made)
        settling.run_posting(self.province.system(self.at), made)
        return made

    def statement(self, outlet: OrganizationId, month: date) -> StatementRecord:
        found = queries.statement_of(self.province.system(self.at), outlet=outlet, month=month)
        assert found is not None
        return found


@pytest.fixture
def month(province: Province, settings: Any, tmp_path: Path) -> Month:
    """Top-ups at one outlet in November, and a policy that pays 2 % of them, and points."""
    return prepared(province, settings, tmp_path)


def prepared(province: Province, settings: Any, folder: Path, **policy: Any) -> Month:
    settings.LAKE_FOLDER = str(folder / "lake")
    settings.LAKE_ENGINE = "duckdb://?threads=1&memory=512MiB"
    offices = Offices(province, at=SALE_DAY - timedelta(days=15))
    row = CaseRow(CaseFact.SALE, NOVEMBER, "top_up", Money(100_00), expected=Money(2_00))
    offices.effective(
        draft(fee(rate_ppm=20_000), POINTS, first=NOVEMBER, **policy),
        Case("one top-up", NOVEMBER, "4101", "agency_point", (row,)),
    )
    province.pay_in(province.agent, Money(2_000_00), at=SALE_DAY)
    orders = [sold(province, province.agent, fen) for fen in (100_00, 50_00, 30_00)]
    province.dispatch(at=SALE_DAY)
    province.complete(orders, at=SALE_DAY)
    return Month(province)


def sold(
    province: Province, outlet: OrganizationId, fen: int, *, at: datetime = SALE_DAY
) -> OrderId:
    ctx = province.clerk(at=at)
    (done,) = sell([(ctx, Sale(outlet, "TOPUP", "13803710001", Money(fen)))])
    assert not isinstance(done, Refusal), done
    return done.order


def held(province: Province, outlet: OrganizationId) -> int:
    found = wallets.wallet(province.system(), outlet=outlet)
    return found.balance.minor


def test_from_sales_to_closed_and_corrected_in_the_next_month(month: Month) -> None:
    province, agent = month.province, month.province.agent
    month.export(NOVEMBER)
    before = held(province, agent)

    made = month.checked(NOVEMBER)
    row = Settlement.objects.unscoped("test").get(id=made)
    assert (row.state, row.findings) == ("checked", [])
    assert (row.earned, row.net, row.tax, row.lines, row.statements) == (3_60, 3_60, 0, 6, 1)
    with pytest.raises(SamePerson):
        commission.approve_settlement(month.finance(), settlement=made)
    assert held(province, agent) == before
    commission.approve_settlement(month.finance(another=True), settlement=made)
    settling.post(month.finance(), settlement=made)
    settling.run_posting(province.system(SETTLING), made)
    assert held(province, agent) == before + 3_60
    assert_sound()
    assert conservation.unsound() == []

    clerk = province.people["clerk"].user
    assert more.points_of(clerk) == 30
    points.set_reward(
        province.context("marketing", month.place, at=SETTLING),
        code="cup",
        name_zh="杯子",
        name_en="Cup",
        points=20,
    )
    points.redeem_points(province.clerk(at=SETTLING), outlet=agent, reward="cup")
    assert more.points_of(clerk) == 10
    with pytest.raises(points.PointsMissing):
        points.redeem_points(province.clerk(at=SETTLING), outlet=agent, reward="cup")
    (taken,) = more.own_points(province.clerk()).taken
    assert (taken.name_en, taken.points, taken.at, taken.handed_at) == ("Cup", 20, SETTLING, None)
    assert more.own_points(month.owner()).taken == (), "they are the clerk's own"

    # the agent opens a line down to its sale, and disputes it
    statement = month.statement(agent, NOVEMBER)
    assert (statement.state, statement.net) == ("paid", Money(3_60))
    first = queries.sums(statement)[0]
    assert (first.lines, first.base, first.amount) == (3, 180_00, 3_60)
    lines = queries.lines(statement, PageRequest(10), rule=first.rule).items
    assert sorted((one.base, one.rate_ppm, one.amount) for one in lines) == [
        (30_00, 20_000, 60),
        (50_00, 20_000, 1_00),
        (100_00, 20_000, 2_00),
    ]
    line = next(one for one in lines if one.base == 50_00)
    sale = queries.facts([line])[line.fact]
    assert (sale.business, sale.amount, sale.order is not None) == ("top_up", Money(50_00), True)
    dispute = disputes.dispute_line(
        month.owner(), statement=statement.id, line=line.key, claim="It was 60 yuan, not 50."
    )
    with pytest.raises(disputes.DisputeOpen):
        disputes.dispute_line(
            month.owner(), statement=statement.id, line=line.key, claim="Once more."
        )
    with pytest.raises(AwaitingApproval) as parked:
        disputes.answer_dispute(
            month.finance(),
            dispute=dispute,
            accepted=True,
            answer="You are right.",
            correction=Money(20),
        )
    approve(month.finance(another=True), parked=parked.value.parked)
    adjustment = Adjustment.objects.unscoped("test").get()
    assert (adjustment.corrects, adjustment.month, adjustment.amount) == (NOVEMBER, DECEMBER, 20)
    commission.close_settlement(month.finance(), settlement=made)

    # December sells nothing: the correction alone is paid
    month.at = NEXT
    month.export(DECEMBER)
    month.posted(DECEMBER)
    assert held(province, agent) == before + 3_60 + 20
    after = month.statement(agent, DECEMBER)
    assert (after.earned, after.adjusted, after.net) == (Money(0), Money(20), Money(20))
    assert conservation.unsound() == []
    assert_sound()


def test_a_sale_taken_back_after_its_month_gives_back_what_was_paid(month: Month) -> None:
    agent = month.province.agent
    month.export(NOVEMBER)
    before = held(month.province, agent)
    month.posted(NOVEMBER)
    statement = month.statement(agent, NOVEMBER)
    gone = next(one for one in queries.every_line(statement) if one.base == 50_00)
    sale = queries.facts([gone])[gone.fact]
    month.at = NEXT
    month.export(DECEMBER)
    known = {"fact": gone.fact, "outlet": gone.outlet, "branch": "4101", "sale_day": sale.day}
    with opened() as lake:
        types = datasets["reversals"].types
        empty = {name: "" if type == "string" else 0 for name, type in types.items()}
        row = {**empty, "day": DECEMBER, "month": DECEMBER, **known}
        table = pa.Table.from_pylist([row], schema=ibis.schema(types).to_pyarrow())
        options: dict[str, Any] = {"month": DECEMBER, "branch": "4101", "at": NEXT}
        lake.write(ibis.memtable(table), "reversals", source="test", **options)
    month.posted(DECEMBER)

    after = month.statement(agent, DECEMBER)
    back = list(queries.every_line(after))
    assert {(one.fact, one.why, one.of_month) for one in back} == {
        (gone.fact, "reversed", NOVEMBER)
    }
    assert sorted(one.amount for one in back) == [-1_00, -10], "the fee, and the clerk's points"
    assert (after.earned, after.net, after.carried) == (Money(-1_00), Money(0), Money(-1_00))
    assert held(month.province, agent) == before + 3_60
    assert conservation.unsound() == []
    assert_sound()


def test_a_corrected_and_an_undone_line_of_one_fact_are_both_shown(month: Month) -> None:
    agent = month.province.agent
    month.export(NOVEMBER)
    month.posted(NOVEMBER)
    wrong = next(
        one
        for one in queries.every_line(month.statement(agent, NOVEMBER))
        if one.base == 50_00 and one.amount == 1_00
    )
    with opened() as lake:
        rows = lake.engine.arrow(lake.read("sales", months=[NOVEMBER])).to_pylist()
        for row in rows:
            row["amount"] += 10_00 * (row["fact"] == wrong.fact)
        schema = ibis.schema(datasets["sales"].types).to_pyarrow()
        table = ibis.memtable(pa.Table.from_pylist(rows, schema=schema))
        options: dict[str, Any] = {"month": NOVEMBER, "branch": "4101", "at": NEXT}
        lake.write(table, "sales", source="test", **options)
    month.at = NEXT
    month.export(DECEMBER)
    month.posted(DECEMBER)

    after = month.statement(agent, DECEMBER)
    lines = queries.lines_at(after, wrong.key)
    assert [(one.why, one.base, one.amount) for one in lines] == [
        ("undone", -50_00, -1_00),
        ("late", 60_00, 1_20),
    ]
    dispute = disputes.dispute_line(
        month.owner(), statement=after.id, line=wrong.key, claim="It was 50 yuan after all."
    )
    assert Dispute.objects.unscoped("test").get(id=dispute).amount == 20, "of both together"
    assert after.earned == Money(20)


def test_the_same_inputs_make_the_same_statements_again(month: Month) -> None:
    month.export(NOVEMBER)
    made = month.computed(NOVEMBER)
    first = Settlement.objects.unscoped("test").get(id=made)
    month.computed(NOVEMBER)
    again = Settlement.objects.unscoped("test").get(id=made)
    assert (again.inputs, again.earned, again.statements) == (first.inputs, 3_60, 1)
    assert Statement.objects.unscoped("test").count() == 1


def test_the_names_of_a_whole_provinces_files_are_not_too_long(month: Month) -> None:
    month.export(NOVEMBER)
    made = commission.open_settlement(month.finance(), province=month.place, month=NOVEMBER)
    settling.compute(month.finance(), settlement=made)
    lines = computed.compute_month(NOVEMBER, SETTLING, lambda done, total: None)
    named = (VersionId("sales", NOVEMBER, str(branch), 1) for branch in range(4101, 4401))
    inputs = to_json(inputs_of(Input(one, "0" * 64) for one in named))
    assert len(inputs) > 40_000
    for wrong in (b"", b"\xff", b"{}", inputs):
        with pytest.raises(recording.LinesUnreadable):
            recording.record_computed(
                month.province.system(SETTLING),
                settlement=made,
                computed=replace(lines, versions=wrong),
            )
    recording.record_computed(
        month.province.system(SETTLING), settlement=made, computed=replace(lines, inputs=inputs)
    )
    settling.run_making(month.province.system(SETTLING), made)
    settling.check(month.finance(), settlement=made)
    settling.run_checking(month.province.system(SETTLING), made)
    row = Settlement.objects.unscoped("test").get(id=made)
    assert (row.state, row.inputs) == ("checked", inputs.decode())


def lines_computed(month: Month, of: date) -> SettlementId:
    """A worker has computed the lines of a month, and not begun with the statements."""
    made = commission.open_settlement(month.finance(), province=month.place, month=of)
    settling.compute(month.finance(), settlement=made)
    lines = computed.compute_month(of, month.at, lambda done, total: None)
    recording.record_computed(month.province.system(month.at), settlement=made, computed=lines)
    return made


def made_some(month: Month, made: SettlementId) -> Settlement:
    """A worker makes the statements of one more outlet."""
    assert recording.make_some(month.province.system(month.at), settlement=made, most=1)
    return Settlement.objects.unscoped("test").get(id=made)


def kept() -> tuple[int, int]:
    """How many statements, and parts of them, the tables hold: also of what does not count."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT count(*) FROM commission_statement),"
            " (SELECT count(*) FROM commission_statement_sum)"
        )
        statements, sums = cursor.fetchone()
        return statements, sums


def test_nobody_sees_statements_before_all_of_a_month_are_made(month: Month) -> None:
    agent = month.province.agent
    month.export(NOVEMBER)
    made = month.checked(NOVEMBER)
    first = month.statement(agent, NOVEMBER)
    assert kept() == (1, 2)
    lines_computed(month, NOVEMBER)
    row = made_some(month, made)
    while row.made_to < first.number:
        row = made_some(month, made)
    assert kept() == (2, 4), "the agent's new one is there"
    assert (row.running, row.making, row.edition) == ("making", 2, 1)
    assert 0 < row.done <= row.total
    assert month.statement(agent, NOVEMBER) == first
    assert Statement.objects.unscoped("test").count() == 1
    assert conservation.unsound() == []
    for act in (settling.check, commission.approve_settlement):
        with pytest.raises(commission.StillRunning):
            act(month.finance(another=True), settlement=made)
    # the worker dies here; the next one takes the lines that are there, and makes what is missing
    settling.compute_job.func(job(made), str(made))
    row = Settlement.objects.unscoped("test").get(id=made)
    assert (row.state, row.running, row.making, row.edition) == ("computed", "", 2, 2)
    assert (row.done, row.earned, row.lines) == (row.total, 3_60, 6)
    after = month.statement(agent, NOVEMBER)
    assert after.id != first.id and after.earned == first.earned
    assert kept() == (1, 2)
    assert conservation.unsound() == []


def test_what_is_adjusted_while_statements_are_made_is_in_them(month: Month) -> None:
    agent = month.province.agent
    month.export(NOVEMBER)
    month.posted(NOVEMBER)
    month.at = NEXT
    month.export(DECEMBER)
    made = lines_computed(month, DECEMBER)
    row = made_some(month, made)
    while row.done < row.total:
        row = made_some(month, made)
    with pytest.raises(AwaitingApproval) as parked:
        disputes.adjust(
            month.finance(),
            statement=month.statement(agent, NOVEMBER).id,
            amount=Money(20),
            reason="Too little",
        )
    approve(month.finance(another=True), parked=parked.value.parked)
    settling.run_making(month.province.system(month.at), made)
    row = Settlement.objects.unscoped("test").get(id=made)
    assert (row.state, row.making, row.adjusted, row.net) == ("computed", 2, 20, 20)
    assert month.statement(agent, DECEMBER).adjusted == Money(20)
    assert kept() == (2, 2), "a statement of each month, and the sums of November's"
    assert conservation.unsound() == []


def test_posting_goes_on_where_a_killed_worker_stopped(month: Month) -> None:
    month.export(NOVEMBER)
    before = held(month.province, month.province.agent)
    made = month.checked(NOVEMBER)
    commission.approve_settlement(month.finance(another=True), settlement=made)
    settling.post(month.finance(), settlement=made)
    assert posting.post_some(month.province.system(SETTLING), settlement=made, most=1) == 1
    # the worker dies here; the next one finds nothing left, and nothing is paid twice
    settling.run_posting(month.province.system(SETTLING), made)
    assert held(month.province, month.province.agent) == before + 3_60
    assert conservation.unsound() == []


def job(about: UUID, attempts: int = 0) -> JobContext:
    """A job as the worker hands it over."""
    known = Job(
        id=1,
        queue="settling",
        lock=None,
        queueing_lock=None,
        task_name="settling.compute",
        task_kwargs={"settlement": str(about)},
        attempts=attempts,
    )
    return JobContext(app=app, job=known, start_timestamp=0.0, abort_reason=lambda: None)


def test_a_job_that_had_recorded_its_step_before_it_died_does_nothing_more(month: Month) -> None:
    month.export(NOVEMBER)
    made = month.checked(NOVEMBER)
    commission.approve_settlement(month.finance(another=True), settlement=made)
    settling.post(month.finance(), settlement=made)
    before = Settlement.objects.unscoped("test").get(id=made)
    for again in (settling.compute_job, settling.check_job):
        again.func(job(made), str(made))
    row = Settlement.objects.unscoped("test").get(id=made)
    assert (row.running, row.problem, row.versions) == ("posting", "", before.versions)
    settling.post_job.func(job(made), str(made))
    settling.post_job.func(job(made), str(made))
    assert Settlement.objects.unscoped("test").get(id=made).state == "posted"
    assert conservation.unsound() == []


def test_a_step_that_fails_for_good_may_be_begun_anew(month: Month, settings: Any) -> None:
    month.export(NOVEMBER)
    made = commission.open_settlement(month.finance(), province=month.place, month=NOVEMBER)
    settling.compute(month.finance(), settlement=made)
    good, settings.LAKE_ENGINE = settings.LAKE_ENGINE, "duckdb://?memory=plenty"
    for attempts, running, problem in ((2, "computing", ""), (3, "", "failed")):
        with pytest.raises(duckdb.Error):
            settling.compute_job.func(job(made, attempts), str(made))
        row = Settlement.objects.unscoped("test").get(id=made)
        assert (row.state, row.running, row.problem) == ("draft", running, problem)
    settings.LAKE_ENGINE = good
    month.computed(NOVEMBER)
    row = Settlement.objects.unscoped("test").get(id=made)
    assert (row.state, row.running, row.problem) == ("computed", "", "")


def test_statements_of_a_step_that_fails_for_good_do_not_stay(month: Month, settings: Any) -> None:
    month.export(NOVEMBER)
    made = month.computed(NOVEMBER)
    before, whole = Settlement.objects.unscoped("test").get(id=made), kept()
    number = month.statement(month.province.agent, NOVEMBER).number
    assert lines_computed(month, NOVEMBER) == made
    while made_some(month, made).made_to < number:
        continue
    more = kept()
    assert more > whole
    good, settings.LAKE_ENGINE = settings.LAKE_ENGINE, "duckdb://?memory=plenty"
    for attempts, there in ((2, more), (3, whole)):
        with pytest.raises(duckdb.Error):
            settling.compute_job.func(job(made, attempts), str(made))
        assert kept() == there
    row = Settlement.objects.unscoped("test").get(id=made)
    assert (row.state, row.running, row.problem) == ("computed", "", "failed")
    assert (row.edition, row.versions) == (before.edition, before.versions)
    assert row.making_versions == row.making_inputs == ""
    settings.LAKE_ENGINE = good
    month.computed(NOVEMBER)
    assert (Settlement.objects.unscoped("test").get(id=made).problem, kept()) == ("", whole)


def test_every_night_a_job_is_queued_that_outlives_its_worker(month: Month) -> None:
    month.export(NOVEMBER)
    night = month.province.system(SETTLING)
    assert settling.accrue(night, province=month.place, month=NOVEMBER)
    row = Settlement.objects.unscoped("test").get()
    assert (row.state, row.running) == ("draft", "computing")
    with connection.cursor() as cursor:
        cursor.execute("SELECT task_name, lock, args->>'settlement' FROM procrastinate_jobs")
        assert cursor.fetchall() == [("settling.compute", "settling.lines", str(row.id))]
    assert not settling.accrue(
        month.province.system(SETTLING), province=month.place, month=NOVEMBER
    )
    settling.compute_job.func(job(SettlementId(row.id)), str(row.id))
    row.refresh_from_db()
    assert (row.state, row.running, row.earned) == ("computed", "", 3_60)


def test_a_payout_file_and_the_banks_answers(month: Month) -> None:
    agent = month.province.agent
    payouts.set_payout_terms(
        month.owner(),
        outlet=agent,
        way=Way.BANK,
        payee=Payee.COMPANY,
        name=Personal("中原手机店"),
        number=Personal("6222 0200 0001 2345"),
        bank_code="102491000021",
    )
    month.export(NOVEMBER)
    made = month.posted(NOVEMBER)
    branch = month.province.organizations["4101"]
    balance = lambda kind: accounts.derived_balance(accounts.account_of(branch, kind))  # noqa: E731
    assert balance("commission_payable") == Money(3_60)

    payout = payouts.make_payout(
        month.finance(),
        settlement=made,
        branch=branch,
        account_number="410000170017",
        bank_code="102491000005",
    )
    name, content = more.payout_file(month.finance(), payout=payout)
    assert "<CtrlSum>3.60</CtrlSum>" in content and "6222020000012345" in content
    assert balance("commission_payable") == Money(0)
    with pytest.raises(commission.PaymentsOutstanding):
        commission.close_settlement(month.finance(), settlement=made)
    with pytest.raises(payouts.NothingPayable):
        payouts.make_payout(
            month.finance(),
            settlement=made,
            branch=branch,
            account_number="410000170017",
            bank_code="102491000005",
        )

    number = name.removesuffix(".xml")
    rejected = answer(number, f"{number}-00001", "RJCT", "AC04")
    with pytest.raises(payouts.AnswerUnreadable):
        payouts.take_answer(month.finance(), payout=payout, content=b"<html/>")
    with pytest.raises(payouts.PaymentUnknown):
        payouts.take_answer(month.finance(), payout=payout, content=answer(number, "X-1", "ACSC"))
    assert payouts.take_answer(month.finance(), payout=payout, content=rejected) == 0
    assert balance("commission_payable") == Money(3_60), "rejected ones return"
    assert payouts.take_answer(month.finance(), payout=payout, content=rejected) == 0

    second = payouts.make_payout(
        month.finance(),
        settlement=made,
        branch=branch,
        account_number="410000170017",
        bank_code="102491000005",
    )
    number = more.payout_file(month.finance(), payout=second)[0].removesuffix(".xml")
    payouts.take_answer(
        month.finance(), payout=second, content=answer(number, f"{number}-00001", "ACSC")
    )
    assert month.statement(agent, NOVEMBER).state == "paid"
    assert balance("commission_in_payout") == Money(0)
    (found,) = more.reconciliation(month.finance(), settlement=made)
    assert (found.paid, found.to_wallets, found.earned) == (Money(3_60), Money(0), Money(3_60))
    commission.close_settlement(month.finance(), settlement=made)
    assert conservation.unsound() == []
    assert_sound()


def answer(number: str, reference: str, status: str, reason: str = "") -> bytes:
    told = f"<StsRsnInf><Rsn><Cd>{reason}</Cd></Rsn></StsRsnInf>" if reason else ""
    return (
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"><CstmrPmtStsRpt>'
        f"<OrgnlGrpInfAndSts><OrgnlMsgId>{number}</OrgnlMsgId></OrgnlGrpInfAndSts>"
        "<OrgnlPmtInfAndSts><TxInfAndSts>"
        f"<OrgnlEndToEndId>{reference}</OrgnlEndToEndId><TxSts>{status}</TxSts>{told}"
        "</TxInfAndSts></OrgnlPmtInfAndSts></CstmrPmtStsRpt></Document>"
    ).encode()


def test_what_an_outlet_owes_is_carried_until_it_has_earned_it(month: Month) -> None:
    agent = month.province.agent
    month.export(NOVEMBER)
    made = month.posted(NOVEMBER)
    statement = month.statement(agent, NOVEMBER)
    with pytest.raises(AwaitingApproval) as parked:
        disputes.adjust(
            month.finance(), statement=statement.id, amount=-Money(5_00), reason="Claw-back"
        )
    approve(month.finance(another=True), parked=parked.value.parked)
    commission.close_settlement(month.finance(), settlement=made)
    month.at = NEXT
    month.export(DECEMBER)
    month.posted(DECEMBER)
    after = month.statement(agent, DECEMBER)
    assert (after.net, after.carried, after.state) == (Money(0), -Money(5_00), "carried")
    month.at = datetime(2027, 2, 2, 4, 0, tzinfo=UTC)
    later = month.checked(date(2027, 1, 1))
    assert month.statement(agent, date(2027, 1, 1)).brought == -Money(5_00)
    assert Settlement.objects.unscoped("test").get(id=later).brought == -5_00
    assert conservation.unsound() == []


def test_a_month_over_budget_is_not_approved(
    province: Province, settings: Any, tmp_path: Path
) -> None:
    month = prepared(province, settings, tmp_path, budget=Money(3_00))
    month.export(NOVEMBER)
    made = month.checked(NOVEMBER)
    with pytest.raises(commission.BudgetExceeded) as refused:
        commission.approve_settlement(month.finance(another=True), settlement=made)
    assert (refused.value.policies, refused.value.over) == (["4101-2026-001"], Money(60))


def test_a_check_finds_what_does_not_add_up(month: Month) -> None:
    month.export(NOVEMBER)
    made = month.computed(NOVEMBER)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE commission_statement_sum SET amount = amount + 1")
    settling.check(month.finance(), settlement=made)
    settling.run_checking(month.province.system(SETTLING), made)
    row = Settlement.objects.unscoped("test").get(id=made)
    assert row.state == "computed"
    assert [(one["check"], one["fault"]) for one in row.findings] == [("totals", True)] * 2
    assert conservation.unsound() != []
