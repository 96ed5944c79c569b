"""Where commission is paid to, files for the bank, and the bank's answers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from django.db.models import QuerySet

from qudao.domain.commission.formats import pain001, pain002
from qudao.domain.commission.models.payouts import Payout, PayoutItem, PayoutTerms, TaxTerms
from qudao.domain.commission.models.settlements import Statement
from qudao.domain.commission.operations.posting import PAYABLE, _account
from qudao.domain.commission.operations.settlements import StateUnfit, _locked
from qudao.domain.commission.rules import taxes
from qudao.domain.commission.types.settlements import (
    Answer,
    BankDetails,
    ItemState,
    Payee,
    Payment,
    PayoutId,
    PayoutNotFound,
    PayoutState,
    SettlementId,
    SettlementState,
    StatementState,
    TaxBand,
    Way,
)
from qudao.domain.ledger import operations as ledger
from qudao.domain.ledger.types import AccountKind, Transfer
from qudao.domain.party import queries as organizations
from qudao.domain.party.types import OrganizationId
from qudao.domain.saleschannel import queries as outlets
from qudao.kernel.ids import new_id
from qudao.kernel.money import Money
from qudao.kernel.period import business_date, month_of
from qudao.kernel.personal import Personal
from qudao.kernel.refusals import Kind, Refusal
from qudao.platform.commands.command import command
from qudao.platform.commands.context import Context

IN_PAYOUT: Final = "commission_in_payout"
"""A branch's account of what was sent to the bank and is not answered."""
MOST_PAYMENTS: Final = 5_000
"""Of one file, as banks accept it."""

_ACCOUNT = re.compile(r"[0-9]{8,30}")
_BANK_CODE = re.compile(r"[0-9]{12}")


@dataclass(eq=False)
class BankDetailsUnfit(Refusal, kind=Kind.INVALID):
    """An account at a bank has a name, a number of digits, and the bank's code of twelve."""

    field: str


@dataclass(eq=False)
class TaxBandsUnfit(Refusal, kind=Kind.INVALID):
    """Bands ascend, leave no income out, and have rates up to one."""

    problems: list[str]


@dataclass(eq=False)
class TaxMonthSettled(Refusal, kind=Kind.CONFLICT):
    """Taxes change from a month on that has not begun."""

    month: date


@dataclass(eq=False)
class NothingPayable(Refusal, kind=Kind.CONFLICT):
    """No statement of the branch waits for the bank with all that the bank must know."""


@dataclass(eq=False)
class BranchUnknown(Refusal, kind=Kind.NOT_FOUND):
    branch: UUID


@dataclass(eq=False)
class AnswerUnreadable(Refusal, kind=Kind.INVALID):
    """The file is no status report (pain.002)."""


@dataclass(eq=False)
class AnswerForAnother(Refusal, kind=Kind.INVALID):
    """The file answers another payout."""

    number: str


@dataclass(eq=False)
class PaymentUnknown(Refusal, kind=Kind.INVALID):
    """The file answers payments that the payout does not have."""

    references: list[str]


@dataclass(eq=False)
class AnswerContradicts(Refusal, kind=Kind.CONFLICT):
    """The bank had said something else of payments before."""

    references: list[str]


@command("commission.set_payout_terms", subject="outlet")
def set_payout_terms(
    ctx: Context,
    *,
    outlet: OrganizationId,
    way: Way,
    payee: Payee,
    name: Personal,
    number: Personal,
    bank_code: str,
) -> None:
    """
    Say where an outlet's commission goes, and who earns it; it holds for months not yet computed.

    :raises OutletNotFound: if there is no such outlet in the actor's scope.
    :raises BankDetailsUnfit: for a bank, if the account is not complete; `field` says what.
    """
    outlets.outlet(ctx, outlet=outlet)
    told = BankDetails("", "", "")
    if way == Way.BANK:
        told = _bank_details(name, number, bank_code)
    PayoutTerms.objects.unscoped("the outlet is in scope").update_or_create(
        outlet_id=outlet,
        defaults={
            "way": Way(way),
            "payee": Payee(payee),
            "account_name": told.name,
            "account_number": told.number,
            "bank_code": told.bank_code,
            "changed_at": ctx.at,
            "changed_by": ctx.actor,
        },
    )


def _bank_details(name: str, number: str, bank_code: str) -> BankDetails:
    """
    Return an account at a bank as it is written into files.

    :raises BankDetailsUnfit: if something of it is missing or malformed.
    """
    owner = str.__str__(name).strip()
    digits, code = re.sub(r"[ -]", "", str.__str__(number)), bank_code.strip()
    for field, fits in (
        ("name", 1 < len(owner) <= pain001.LONGEST_NAME),
        ("number", _ACCOUNT.fullmatch(digits)),
        ("bank_code", _BANK_CODE.fullmatch(code)),
    ):
        if not fits:
            raise BankDetailsUnfit(field)
    return BankDetails(owner, digits, code)


def _always(ctx: Context, **_: object) -> str | None:
    return "commission.tax"


@command("commission.set_tax", approval=_always)
def set_tax(ctx: Context, *, payee: Payee, from_month: date, bands: tuple[TaxBand, ...]) -> None:
    """
    Say how a kind of payee is taxed from a month on that has not begun.

    Always parked for a second person.

    :raises TaxBandsUnfit: if an income has no band, or two.
    :raises TaxMonthSettled: if the month has begun.
    """
    wrong = taxes.problems(bands)
    if wrong:
        raise TaxBandsUnfit(list(wrong))
    month = month_of(from_month)
    if month <= business_date(ctx.at):
        raise TaxMonthSettled(month)
    TaxTerms.objects.update_or_create(
        payee=Payee(payee),
        from_month=month,
        defaults={
            "bands": [asdict(one) for one in bands],
            "changed_at": ctx.at,
            "changed_by": ctx.actor,
        },
    )


@command("commission.make_payout", subject="branch")
def make_payout(
    ctx: Context,
    *,
    settlement: SettlementId,
    branch: OrganizationId,
    account_number: str,
    bank_code: str,
) -> PayoutId:
    """
    Make the file that pays what a branch owes to banks; what is in it is on its way.

    Statements whose outlet has not said where to are left out, and wait.

    :raises SettlementNotFound: if there is none in the actor's scope.
    :raises StateUnfit: if it is not posted.
    :raises BranchUnknown: if there is no such branch in the actor's scope.
    :raises BankDetailsUnfit: if the account that pays is malformed.
    :raises NothingPayable: if nothing of it waits.
    """
    row = _locked(ctx, settlement)
    if row.state not in {SettlementState.POSTED, SettlementState.CLOSED}:
        raise StateUnfit(row.state)
    payer = organizations.organization(ctx, branch)
    if payer is None or payer.kind not in {"branch", "province"}:
        raise BranchUnknown(branch)
    own = _bank_details(payer.name_zh, account_number, bank_code)
    number = f"CP{row.month:%Y%m}{payer.code}{Payout.objects.unscoped('count').count() + 1:05}"
    payments, found = _payments(_payable(row.id, branch), number, row.month)
    if not payments:
        raise NothingPayable
    today = business_date(ctx.at)
    total = sum(one.amount.minor for one in payments)
    payout = Payout.objects.create(
        id=new_id(ctx.at),
        number=number,
        settlement=row,
        branch_id=branch,
        items=len(payments),
        total=total,
        content=pain001.write(
            number,
            pain001.Debtor(own.name, own.number, own.bank_code),
            payments,
            at=ctx.at,
            on=today + timedelta(days=1),
        ),
        made_at=ctx.at,
        made_by=ctx.actor,
    )
    PayoutItem.objects.bulk_create(
        [
            PayoutItem(payout=payout, statement=one, reference=payment.reference, amount=one.net)
            for payment, one in zip(payments, found, strict=True)
        ],
        batch_size=1000,
    )
    _move(ctx, branch, found, PAYABLE, IN_PAYOUT, "commission_payout")
    _set_state(found, StatementState.SENT)
    return PayoutId(payout.id)


@command("commission.take_answer", subject="payout")
def take_answer(ctx: Context, *, payout: PayoutId, content: bytes) -> int:
    """
    Take in what the bank says of a payout; return how many of its payments are not answered yet.

    What was paid leaves the books; what was rejected waits for the next file. The same answer
    again is harmless.

    :raises PayoutNotFound: if there is none in the actor's scope.
    :raises AnswerUnreadable: if the file is no status report.
    :raises AnswerForAnother: if it answers another payout.
    :raises PaymentUnknown: if it answers payments that this one does not have.
    :raises AnswerContradicts: if the bank had said something else before.
    """
    rows = Payout.objects.within(ctx.scope).select_for_update(of=("self",))
    row = rows.filter(id=payout).first()
    if row is None:
        raise PayoutNotFound(payout)
    report = pain002.read(content)
    if report is None:
        raise AnswerUnreadable
    if report.number != row.number:
        raise AnswerForAnother(report.number)
    items = {one.reference: one for one in row.lines.select_related("statement").order_by("id")}
    answers = {one.reference: one for one in report.answers}
    unknown = sorted(answers.keys() - items.keys())
    if unknown:
        raise PaymentUnknown(unknown[:20])
    if report.rest is not None:
        whole = report.rest
        for reference in items.keys() - answers.keys():
            answers[reference] = Answer(reference, whole.paid, whole.reason)
    contrary = [
        reference
        for reference, answer in sorted(answers.items())
        if items[reference].state not in {ItemState.SENT, _said(answer)}
    ]
    if contrary:
        raise AnswerContradicts(contrary[:20])
    fresh = [one for one in items.values() if one.state == ItemState.SENT]
    branch = OrganizationId(row.branch_id)
    paid = [one for one in fresh if one.reference in answers and answers[one.reference].paid]
    rejected = [
        one for one in fresh if one.reference in answers and not answers[one.reference].paid
    ]
    for one in paid:
        one.state = ItemState.PAID
    for one in rejected:
        one.state, one.reason = ItemState.REJECTED, answers[one.reference].reason[:200]
    PayoutItem.objects.bulk_update([*paid, *rejected], ["state", "reason"], batch_size=1000)
    for found, target, kind, state in (
        (paid, AccountKind.BANK, "commission_paid", StatementState.PAID),
        (rejected, PAYABLE, "commission_rejected", StatementState.PAYABLE),
    ):
        statements = [one.statement for one in found]
        _move(ctx, branch, statements, IN_PAYOUT, target, kind)
        _set_state(statements, state)
    left = len(fresh) - len(paid) - len(rejected)
    if not left and row.state != PayoutState.ANSWERED:
        row.state, row.answered_at, row.answered_by = PayoutState.ANSWERED, ctx.at, ctx.actor
        row.save(update_fields=["state", "answered_at", "answered_by"])
    return left


def _said(answer: Answer) -> ItemState:
    return ItemState.PAID if answer.paid else ItemState.REJECTED


def _payable(settlement: UUID, branch: UUID) -> QuerySet[Statement]:
    rows = Statement.objects.unscoped("of a settlement and a branch in scope")
    return (
        rows.select_for_update(of=("self",))
        .filter(settlement=settlement, branch=branch, state=StatementState.PAYABLE)
        .select_related("outlet")
        .order_by("outlet__code")
    )


def _payments(
    waiting: QuerySet[Statement], number: str, month: date
) -> tuple[list[Payment], list[Statement]]:
    known = PayoutTerms.objects.unscoped("of outlets whose statements are in scope")
    terms = {
        one.outlet_id: one
        for one in known.filter(outlet__in=waiting.values("outlet"), way=Way.BANK)
    }
    payments: list[Payment] = []
    found: list[Statement] = []
    for one in waiting:
        own = terms.get(one.outlet_id)
        if own is None or len(found) == MOST_PAYMENTS:
            continue
        reference = f"{number}-{len(found) + 1:05}"
        remark = f"{month:%Y-%m} 酬金 {one.outlet.code}"
        payments.append(
            Payment(
                reference,
                Money(one.net),
                own.account_name,
                own.account_number,
                own.bank_code,
                remark,
            )
        )
        found.append(one)
    return payments, found


def _move(
    ctx: Context,
    branch: OrganizationId,
    found: Sequence[Statement],
    source: str,
    target: str,
    kind: str,
) -> None:
    """One posting for each statement, between two accounts of the branch."""
    if not found:
        return
    giver, taker = _account(ctx, source, branch), _account(ctx, target, branch)
    ledger.post_all(
        ctx, transfers=[Transfer(giver, taker, Money(one.net), kind, one.id) for one in found]
    )


def _set_state(found: Sequence[Statement], state: StatementState) -> None:
    rows = Statement.objects.unscoped("of a payout in scope")
    rows.filter(id__in=[one.id for one in found]).update(state=state)
