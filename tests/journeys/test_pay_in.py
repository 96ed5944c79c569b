"""Paying in: drawers, cash, cards, bank statements, and the wallet they end in."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qudao.domain.ledger.models import Posting
from qudao.domain.party.types import OrganizationId
from qudao.domain.payment import operations, queries
from qudao.domain.payment.models import BankLine, BankStatement, Drawer, PaymentReceived
from qudao.domain.payment.types import (
    AmountInvalid,
    BranchExpected,
    DifferenceUnexplained,
    DrawerAlreadyOpen,
    DrawerClosed,
    DrawerId,
    DrawerNotFound,
    FormatUnknown,
    LineDecided,
    LineId,
    LineNotFound,
    MethodUnknown,
    NoOpenDrawer,
    NotAHall,
    NotOwnDrawer,
    OutletNotInBranch,
    ReasonMissing,
    ReferenceMissing,
    StatementInvalid,
)
from qudao.domain.saleschannel import operations as channels
from qudao.domain.saleschannel import queries as saleschannel
from qudao.domain.saleschannel.queries import OutletUnknown
from qudao.domain.saleschannel.types import Market, OutletDraft, OutletNotActive
from qudao.domain.wallet import queries as wallets
from qudao.domain.wallet.queries import WalletNotFound
from qudao.journeys import pay_in
from qudao.kernel.money import Money
from qudao.kernel.page import PageRequest
from qudao.kernel.refusals import Refusal
from qudao.platform.commands import operations as commands
from qudao.platform.commands.command import AwaitingApproval, KeyReused
from qudao.platform.commands.context import Context
from qudao.platform.commands.models import JournalEntry
from tests.province import NOON, Province, assert_sound

pytestmark = pytest.mark.django_db

PAGE = PageRequest(50)


def teller(province: Province, key: str | None = None) -> Context:
    return province.context("hall_clerk", province.hall, key=key)


def finance(province: Province, key: str | None = None) -> Context:
    return province.context("finance", province.organizations["41"], key=key)


def balance(province: Province, outlet: OrganizationId) -> Money:
    return wallets.wallet(province.system(), outlet=outlet).balance


def branch(province: Province) -> OrganizationId:
    return province.organizations["4101"]


def everything() -> list[object]:
    tables = (Drawer, PaymentReceived, BankStatement, BankLine)
    rows = [list(t.objects.unscoped("test").order_by("pk").values()) for t in tables]
    return [*rows, Posting.objects.count()]


def refused(act: Callable[[], object], kind: type[Refusal]) -> Refusal:
    before = everything()
    with pytest.raises(kind) as caught:
        act()
    assert everything() == before
    return caught.value


@pytest.fixture
def drawer(province: Province) -> DrawerId:
    return operations.open_drawer(teller(province), hall=province.hall, opening_float=Money(50_000))


def cash(province: Province, fen: int, **more: object) -> object:
    arguments: dict[str, object] = {
        "outlet": province.agent,
        "hall": province.hall,
        "method": "cash",
        "amount": Money(fen),
    }
    return pay_in.receive(teller(province), **{**arguments, **more})  # type: ignore[arg-type]


def test_cash_goes_into_the_drawer_and_into_the_wallet(
    province: Province, drawer: DrawerId
) -> None:
    before = balance(province, province.agent)
    payment = cash(province, 123_456)
    assert balance(province, province.agent) == before + Money(123_456)
    (line, *_) = wallets.statement(province.system(), outlet=province.agent, page=PAGE).items
    assert (line.kind, line.amount, line.cause) == ("pay_in", Money(123_456), payment)
    held = queries.own_drawer(teller(province))
    assert held is not None
    assert (held.received, held.expected) == (Money(123_456), Money(173_456))
    (record,) = queries.payments(teller(province), page=PAGE).items
    assert (record.payment, record.method, record.amount) == (payment, "cash", Money(123_456))
    assert queries.payments(province.context("finance", branch(province)), page=PAGE).total == 1
    luoyang = province.context("branch_supervisor", province.organizations["4103"])
    assert queries.payments(luoyang, page=PAGE).total == 0
    assert_sound()


def test_a_card_needs_its_slip_and_no_drawer(province: Province) -> None:
    refused(lambda: cash(province, 100, method="card"), ReferenceMissing)
    cash(province, 100, method="card", reference="SLIP-1")
    assert balance(province, province.agent) == Money(100)
    assert_sound()


def test_the_same_request_twice_pays_in_once(province: Province, drawer: DrawerId) -> None:
    def pay(fen: int) -> UUID:
        return pay_in.receive(
            teller(province, key="same"),
            outlet=province.agent,
            hall=province.hall,
            method="cash",
            amount=Money(fen),
        )

    assert pay(500) == pay(500)
    assert balance(province, province.agent) == Money(500)
    refused(lambda: pay(501), KeyReused)


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"amount": Money(0)}, AmountInvalid),
        ({"amount": Money(-100)}, AmountInvalid),
        ({"method": "shells"}, MethodUnknown),
        ({"method": "bank_transfer"}, MethodUnknown),
        ({"outlet": OrganizationId(UUID(int=7))}, OutletNotInBranch),
    ],
)
def test_what_makes_no_sense_is_refused(
    province: Province, drawer: DrawerId, change: dict[str, object], refusal: type[Refusal]
) -> None:
    refused(lambda: cash(province, 100, **change), refusal)


def test_an_implausible_amount_is_refused_even_when_approved(
    province: Province, drawer: DrawerId
) -> None:
    exempt = replace(teller(province), exempt=True)
    refused(
        lambda: pay_in.receive(
            exempt,
            outlet=province.agent,
            hall=province.hall,
            method="cash",
            amount=Money(10**9 + 1),
        ),
        AmountInvalid,
    )


def test_a_hall_serves_its_branch_and_is_the_operators_own(
    province: Province, drawer: DrawerId
) -> None:
    refused(lambda: cash(province, 100, outlet=province.far), OutletNotInBranch)
    refused(lambda: cash(province, 100, hall=province.agent), OutletUnknown)
    wide = province.context("hall_clerk", branch(province))
    refused(
        lambda: pay_in.receive(
            wide,
            outlet=province.agent,
            hall=province.agent,
            method="card",
            amount=Money(1),
            reference="S",
        ),
        NotAHall,
    )
    found = queries.paying_outlets(teller(province), hall=province.hall, text="AGENT")
    assert [row.outlet for row in found] == [province.agent]
    assert queries.paying_outlets(teller(province), hall=province.hall, text="FAR") == ()


def test_cash_needs_an_open_drawer_of_ones_own(province: Province) -> None:
    refused(lambda: cash(province, 100), NoOpenDrawer)
    other = replace(teller(province), actor=uuid4())
    operations.open_drawer(other, hall=province.hall, opening_float=Money(0))
    refused(lambda: cash(province, 100), NoOpenDrawer)


def test_a_clerk_has_one_open_drawer(province: Province, drawer: DrawerId) -> None:
    refusal = refused(
        lambda: operations.open_drawer(
            teller(province), hall=province.hall, opening_float=Money(1)
        ),
        DrawerAlreadyOpen,
    )
    assert isinstance(refusal, DrawerAlreadyOpen) and refusal.opened_at == NOON
    operations.close_drawer(teller(province), drawer=drawer, counted=Money(50_000))
    operations.open_drawer(teller(province), hall=province.hall, opening_float=Money(1))


def test_a_drawer_is_counted_and_closed_to_the_fen(province: Province, drawer: DrawerId) -> None:
    cash(province, 10_000)
    halfway = operations.count_drawer(teller(province), drawer=drawer, counted=Money(60_000))
    assert (halfway.expected, halfway.difference) == (Money(60_000), Money(0))
    cash(province, 234)
    refused(
        lambda: operations.close_drawer(teller(province), drawer=drawer, counted=Money(59_000)),
        DifferenceUnexplained,
    )
    end = operations.close_drawer(
        teller(province), drawer=drawer, counted=Money(59_000), remark="a note was false"
    )
    assert (end.expected, end.difference) == (Money(60_234), Money(-1_234))
    record = queries.drawer(teller(province), drawer=drawer)
    assert (record.state, record.difference, record.remark) == (
        "closed",
        Money(-1_234),
        "a note was false",
    )
    posting = Posting.objects.get(kind="cash_difference")
    assert (posting.amount, posting.cause) == (1_234, drawer)
    assert posting.target.kind == "cash" and posting.source.kind == "cash_difference"
    refused(
        lambda: operations.close_drawer(teller(province), drawer=drawer, counted=Money(0)),
        DrawerClosed,
    )
    refused(lambda: cash(province, 100), NoOpenDrawer)
    assert_sound()


@given(
    opening=st.integers(0, 10**6),
    taken=st.lists(st.integers(1, 10**6), max_size=4),
    off=st.integers(-500, 500),
)
@settings(
    max_examples=10,
    deadline=None,
    # every example is rolled back
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_expected_is_float_and_cash_and_the_ledger_follows_the_count(
    province: Province, opening: int, taken: list[int], off: int
) -> None:
    with transaction.atomic():
        drawer = operations.open_drawer(
            teller(province), hall=province.hall, opening_float=Money(opening)
        )
        for fen in taken:
            cash(province, fen)
        counted = max(0, opening + sum(taken) + off)
        end = operations.close_drawer(
            teller(province), drawer=drawer, counted=Money(counted), remark="counted twice"
        )
        assert end.expected == Money(opening + sum(taken))
        assert end.difference == Money(counted - opening - sum(taken))
        legs = Posting.objects.filter(kind="cash_difference", cause=drawer)
        moved = sum(p.amount if p.source.kind == "cash" else -p.amount for p in legs)
        assert moved == end.difference.minor
        transaction.set_rollback(True)


def test_drawers_of_others_are_counted_by_nobody_and_closed_by_a_supervisor(
    province: Province, drawer: DrawerId
) -> None:
    other = replace(teller(province), actor=uuid4())
    for act in (operations.count_drawer, operations.close_drawer):
        refused(lambda act=act: act(other, drawer=drawer, counted=Money(50_000)), NotOwnDrawer)
    luoyang = province.context("branch_supervisor", province.organizations["4103"])
    refused(
        lambda: operations.close_drawer_of_another(
            luoyang, drawer=drawer, counted=Money(0), remark="left"
        ),
        DrawerNotFound,
    )
    supervisor = province.context("branch_supervisor", branch(province))
    refused(
        lambda: operations.close_drawer_of_another(
            supervisor, drawer=drawer, counted=Money(50_000), remark=" "
        ),
        ReasonMissing,
    )
    supervisor = province.context("branch_supervisor", branch(province))
    operations.close_drawer_of_another(
        supervisor, drawer=drawer, counted=Money(50_000), remark="went home"
    )
    assert queries.own_drawer(teller(province)) is None


def test_much_money_waits_for_a_second_person(province: Province, drawer: DrawerId) -> None:
    just = pay_in.WITHOUT_CHECKER
    cash(province, just.minor)
    assert balance(province, province.agent) == just
    with pytest.raises(AwaitingApproval) as parked:
        cash(province, just.minor + 1)
    assert balance(province, province.agent) == just
    supervisor = province.context("branch_supervisor", branch(province))
    commands.approve(supervisor, parked=parked.value.parked, remark="seen")
    assert balance(province, province.agent) == just + just + Money(1)
    held = queries.own_drawer(teller(province))
    assert held is not None and held.received == just + just + Money(1)
    entry = JournalEntry.objects.get(command="pay_in.receive", approved_by=supervisor.actor)
    assert entry.actor == teller(province).actor
    assert_sound()


# Bank statements


def statement(province: Province, *rows: tuple[str, str, str]) -> bytes:
    lines = [f"2026-11-19,{amount},{reference},{text},王小明" for amount, reference, text in rows]
    return "\n".join(["date,amount,reference,remittance,payer", *lines]).encode()


def node(province: Province, outlet: OrganizationId) -> str:
    return saleschannel.outlet(province.system(), outlet=outlet).node_code


def take(province: Province, content: bytes, **more: object) -> pay_in.Imported:
    arguments: dict[str, object] = {
        "branch": branch(province),
        "format": "csv",
        "file_name": "today.csv",
        "content": content,
    }
    return pay_in.import_statement(finance(province), **{**arguments, **more})  # type: ignore[arg-type]


def test_a_statement_is_previewed_imported_and_what_is_left_waits(province: Province) -> None:
    content = statement(
        province,
        ("1000.00", "B1", f"pay in {node(province, province.agent)}"),
        ("5.55", "B2", "no name on it"),
        ("7.00", "B3", f"{node(province, province.agent)} {node(province, province.hall)}"),
        ("20.00", "B4", node(province, province.hall)),
    )
    before = everything()
    preview = queries.preview(
        finance(province), branch=branch(province), format="csv", content=content
    )
    assert everything() == before
    assert preview.errors == ()
    assert (preview.total, preview.matched) == (Money(103_255), 2)
    assert [line.outlet for line in preview.lines] == [province.agent, None, None, province.hall]
    assert preview.lines[0].payer_masked != "王小明"
    result = take(province, content)
    assert (result.booked, result.booked_total, result.waiting) == (2, Money(102_000), 2)
    assert balance(province, province.agent) == Money(100_000)
    assert balance(province, province.hall) == Money(2_000)
    (row,) = queries.statements(finance(province), page=PAGE).items
    assert (row.lines, row.total, row.waiting) == (4, Money(103_255), 2)
    shown = queries.lines(finance(province), page=PAGE, statement=result.statement).items
    assert [line.state for line in shown] == ["booked", "waiting", "waiting", "booked"]
    entry = JournalEntry.objects.get(command="pay_in.import_statement")
    assert "王小明" not in str(entry.arguments) and "B1" not in str(entry.arguments)
    assert_sound()


def test_a_file_is_taken_whole_or_not_at_all(province: Province) -> None:
    good = ("10.00", "B1", node(province, province.agent))
    wrong = statement(province, good, ("ten", "B2", ""), ("1.00", "", ""))
    refusal = refused(lambda: take(province, wrong), StatementInvalid)
    assert isinstance(refusal, StatementInvalid)
    assert [(e.row, e.problem) for e in refusal.errors] == [(3, "amount"), (4, "reference_missing")]
    assert balance(province, province.agent) == Money(0)


def test_the_banks_reference_pays_in_once(province: Province) -> None:
    good = ("10.00", "B1", node(province, province.agent))
    take(province, statement(province, good))
    again = statement(province, good, ("1.00", "B2", ""))
    refusal = refused(lambda: take(province, again), StatementInvalid)
    assert isinstance(refusal, StatementInvalid)
    assert [(e.row, e.problem) for e in refusal.errors] == [(2, "already_imported")]
    twice = statement(province, ("1.00", "B3", ""), ("2.00", "B3", ""))
    refused(lambda: take(province, twice), StatementInvalid)
    assert balance(province, province.agent) == Money(1_000)
    with pytest.raises(IntegrityError, match="line_reference"), transaction.atomic():
        row = BankLine.objects.unscoped("test").get()
        row.pk = uuid4()
        row.save(force_insert=True)


def test_what_is_no_branch_or_no_format_is_refused(province: Province) -> None:
    good = statement(province, ("10.00", "B1", ""))
    refused(lambda: take(province, good, branch=province.organizations["41"]), BranchExpected)
    refused(lambda: take(province, good, format="papyrus"), FormatUnknown)
    refused(lambda: take(province, b"x" * (queries.LARGEST_FILE + 1)), StatementInvalid)
    refused(lambda: take(province, b""), StatementInvalid)
    there = province.context("finance", province.organizations["4103"])
    refused(
        lambda: pay_in.import_statement(
            there, branch=branch(province), format="csv", file_name="f", content=good
        ),
        BranchExpected,
    )


def waiting(province: Province) -> LineId:
    (line,) = queries.lines(finance(province), page=PAGE, state="waiting").items
    return line.line


def test_a_person_assigns_a_waiting_line(province: Province) -> None:
    take(province, statement(province, ("33.00", "B1", "for the shop in the west")))
    line = waiting(province)
    there = province.context("finance", province.organizations["4103"])
    refused(lambda: pay_in.assign_line(there, line=line, outlet=province.agent), LineNotFound)
    payment = pay_in.assign_line(finance(province), line=line, outlet=province.agent)
    assert balance(province, province.agent) == Money(3_300)
    (record,) = queries.payments(finance(province), page=PAGE).items
    assert (record.payment, record.method, record.reference) == (payment, "bank_transfer", "B1")
    refused(
        lambda: pay_in.assign_line(finance(province), line=line, outlet=province.hall), LineDecided
    )
    refused(
        lambda: operations.set_aside_line(finance(province), line=line, reason="no"), LineDecided
    )
    assert_sound()


def test_a_waiting_line_is_no_pay_in(province: Province) -> None:
    take(province, statement(province, ("0.33", "B1", "interest")))
    line = waiting(province)
    refused(
        lambda: operations.set_aside_line(finance(province), line=line, reason=" "), ReasonMissing
    )
    refused(
        lambda: pay_in.assign_line(finance(province), line=line, outlet=branch(province)),
        OutletUnknown,
    )
    operations.set_aside_line(finance(province), line=line, reason="interest")
    refused(
        lambda: pay_in.assign_line(finance(province), line=line, outlet=province.agent),
        LineDecided,
    )
    assert Posting.objects.count() == 0


def test_much_money_on_a_line_waits_for_a_second_person(province: Province) -> None:
    take(province, statement(province, ("50000.01", "B1", "?")))
    line = waiting(province)
    with pytest.raises(AwaitingApproval) as parked:
        pay_in.assign_line(finance(province), line=line, outlet=province.agent)
    second = province.context("finance", province.organizations["41"], actor=uuid4())
    commands.approve(second, parked=parked.value.parked, remark="the slip says so")
    assert balance(province, province.agent) == Money(5_000_001)


def test_a_closed_outlet_pays_in_no_more(province: Province, drawer: DrawerId) -> None:
    supervisor = province.context("branch_supervisor", branch(province))
    channels.suspend(supervisor, outlet=province.agent, reason="test")
    cash(province, 100)
    channels.close(province.system(), outlet=province.agent, reason="test")
    refused(lambda: cash(province, 100), OutletNotActive)
    result = take(province, statement(province, ("1.00", "B1", node(province, province.agent))))
    assert (result.booked, result.waiting) == (0, 1)
    line = waiting(province)
    refused(
        lambda: pay_in.assign_line(finance(province), line=line, outlet=province.agent),
        OutletNotActive,
    )
    assert balance(province, province.agent) == Money(100)


def test_what_has_no_wallet_waits(province: Province) -> None:
    new = channels.open_outlet(
        province.system(),
        place=province.organizations["410102"],
        draft=OutletDraft("新店", "New", "sales_hall", Market.CITY, "2 High Street"),
    )
    result = take(province, statement(province, ("1.00", "B1", node(province, new))))
    assert (result.booked, result.waiting) == (0, 1)
    refused(
        lambda: pay_in.assign_line(finance(province), line=waiting(province), outlet=new),
        WalletNotFound,
    )


def test_a_later_day_is_another_business_date(province: Province, drawer: DrawerId) -> None:
    late = replace(teller(province), at=NOON + timedelta(hours=12))
    pay_in.receive(
        late, outlet=province.agent, hall=province.hall, method="cash", amount=Money(100)
    )
    (record,) = queries.payments(teller(province), page=PAGE).items
    assert record.business_date.isoformat() == "2026-11-21"


@pytest.mark.django_db(transaction=True)
def test_a_file_sent_twice_at_once_pays_in_once(province: Province) -> None:
    content = statement(province, ("12.00", "B1", node(province, province.agent)))

    def attempt(number: int) -> str:
        try:
            take(province, content, file_name=f"{number}.csv")
            return "taken"
        except StatementInvalid as refusal:
            return refusal.errors[0].problem
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(attempt, range(4)))
    assert sorted(answers) == ["already_imported"] * 3 + ["taken"]
    assert balance(province, province.agent) == Money(1_200)
    assert_sound()
