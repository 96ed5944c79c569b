"""The shapes of what clients send and get. Amounts are whole fen; times are UTC, ISO 8601."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.utils.translation import gettext_noop as _
from ninja import Field, Schema
from pydantic import BeforeValidator, ConfigDict, model_validator
from pydantic_core import PydanticCustomError

from qudao.domain.ordering.types import OrderState

MOST_FEN = 10_000_000_000
"""One hundred million yuan: beyond any sale, far below what the tables can hold."""

MOST_DAYS = 92
MOST_ROWS = 200

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", re.ASCII)


def _day(value: object) -> object:
    """Only `2026-03-31`: pydantic by itself would take numbers of seconds, too."""
    if isinstance(value, date):
        return value
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise PydanticCustomError("not_a_date", "not a date")


def _id(value: object) -> object:
    """Only the canonical form."""
    if isinstance(value, UUID) or (isinstance(value, str) and _UUID.fullmatch(value)):
        return value
    raise PydanticCustomError("not_an_id", "not an identifier")


Day = Annotated[date, BeforeValidator(_day)]
Id = Annotated[UUID, BeforeValidator(_id)]
Msisdn = Annotated[str, Field(pattern=r"^1[3-9][0-9]{9}$", examples=["13937100001"])]
Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]
Fen = Annotated[int, Field(strict=True, ge=0, le=MOST_FEN)]
ReceiptNumber = Annotated[str, Field(pattern=r"^[0-9]{17,20}$")]


class FieldError(Schema):
    where: str = Field(description=_("`body`, `query`, `header` or `path`."))
    field: str
    code: str
    message: str


class Problem(Schema):
    """A problem document (RFC 9457)."""

    type: str = Field(description=_("What kind of problem: `urn:qudao:` and the code."))
    title: str = Field(description=_("The kind in words."))
    status: int
    detail: str = Field(description=_("What is the matter and what to do, in your language."))
    instance: str = Field(description=_("This request: name it when you ask for help."))
    code: str = Field(
        description=_("Stable code for programs, such as `ordering.balance_too_low`.")
    )
    fields: dict[str, Any] = Field(description=_("Facts of the refusal; `…_fen` are whole fen."))
    errors: list[FieldError] = Field(description=_("For 400: which fields are not valid."))


class Query(Schema):
    """Query parameters; one that an operation does not have is refused."""


class OutletQuery(Query):
    outlet: Id | None = Field(
        None, description=_("An outlet of your scope; without it the token's own.")
    )


class OffersQuery(OutletQuery):
    business: Code | None = None


class PageQuery(Query):
    limit: int = Field(50, ge=1, le=MOST_ROWS)
    offset: int = Field(0, ge=0, le=1_000_000)


class DaysQuery(Query):
    first: Day | None = Field(None, description=_("First business day (Asia/Shanghai)."))
    last: Day | None = Field(None, description=_("Last business day, itself included."))

    @model_validator(mode="after")
    def _in_order(self) -> DaysQuery:
        if self.first and self.last and self.last < self.first:
            raise PydanticCustomError("backwards", "the last day lies before the first")
        return self


class OrdersQuery(OutletQuery, DaysQuery, PageQuery):
    state: OrderState | None = None
    business: Code | None = None
    msisdn: Msisdn | None = None
    number: ReceiptNumber | None = Field(None, description=_("A receipt number."))
    reversals: Literal["true", "false"] | None = Field(
        None, description=_("`true`: only reversals; `false`: only sales.")
    )


class StatementQuery(OutletQuery, DaysQuery, PageQuery):
    kind: Code | None = Field(None, description=_("`sale`, `pay_in`, `adjustment`, …"))


class ClosingsQuery(OutletQuery, PageQuery):
    pass


class DailyQuery(OutletQuery, DaysQuery):
    pass


class Body(Schema):
    """What a client sends: exactly these fields."""

    model_config = ConfigDict(extra="forbid")


class SaleIn(Body):
    offering: Code = Field(description=_("Code of an offer of GET /offers."))
    msisdn: Msisdn = Field(description=_("Mobile number of the customer's line."))
    amount_fen: Fen = Field(
        description=_("What the customer pays. For a priced offer exactly its price.")
    )
    outlet: Id | None = Field(
        None, description=_("An outlet of your scope; without it the token's own.")
    )


class ReversalIn(Body):
    reason: str = Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")


class OutletOut(Schema):
    id: UUID
    code: str
    node_code: str
    name_zh: str
    name_en: str
    kind: str
    market: str
    state: str
    sale_limit_fen: int | None
    day_limit_fen: int | None


class MeOut(Schema):
    user: UUID
    username: str
    role: str | None = Field(description=_("Null: the account may act nowhere at the moment."))
    organization: UUID | None
    organization_kind: str | None
    outlet: OutletOut | None = Field(description=_("The token's own outlet, if it has one."))
    grants: list[str]
    requests_per_minute: int = Field(description=_("Of this token; 0: as many as you like."))


class OfferOut(Schema):
    code: str
    version: UUID
    number: int = Field(description=_("Number of the version."))
    business: str
    name_zh: str
    name_en: str
    description_zh: str
    description_en: str
    price_fen: int | None = Field(description=_("Null: the customer names the amount."))
    minimum_fen: int | None
    maximum_fen: int | None
    step_fen: int
    proposed_fen: list[int]
    discount_ppm: int = Field(description=_("Your wholesale discount in parts per million."))
    debit_fen: int | None = Field(description=_("What your wallet pays for a priced offer."))
    fit: str = Field(description=_("`best`, `fit` or `capable`: best suited ones come first."))
    eligible_states: list[str] | None = Field(description=_("Null: no restriction."))
    eligible_plans: list[str] | None = Field(description=_("Null: no restriction."))


class OffersOut(Schema):
    items: list[OfferOut]


class CustomerOut(Schema):
    msisdn: str
    name_masked: str
    state: str = Field(description=_("`active`, `suspended` or `terminated`."))
    plan_code: str
    plan_name_zh: str
    plan_name_en: str
    balance_fen: int
    add_ons: list[str]


class BillOut(Schema):
    month: str
    amount_fen: int


class DueOut(Schema):
    msisdn: str
    amount_fen: int
    bills: list[BillOut]


class OrderOut(Schema):
    id: UUID
    number: str = Field(description=_("Receipt number; empty for a reversal."))
    outlet: UUID
    outlet_code: str
    channel: str
    business: str
    offering: str
    offering_name_zh: str
    offering_name_en: str
    msisdn: str
    amount_fen: int
    debit_fen: int
    state: str = Field(description=_("State of TMF622's ProductOrder."))
    is_final: bool = Field(description=_("Nothing more will happen by itself."))
    ordered_at: datetime
    business_date: date
    settled_at: datetime | None
    boss_reference: str
    refusal_code: str
    refusal_reason: str
    reverses: UUID | None
    reversal_reason: str
    prints: int


class OrderEvent(Schema):
    """An order has come into a state."""

    order: UUID
    number: str
    outlet: UUID
    channel: str
    business: str
    offering: str
    msisdn: str
    amount_fen: int
    debit_fen: int
    state: str = Field(description=_("The state that it has come into."))
    is_final: bool
    at: datetime = Field(description=_("When it came into it."))
    ordered_at: datetime
    boss_reference: str
    refusal_code: str
    refusal_reason: str
    reverses: UUID | None


class OrdersOut(Schema):
    items: list[OrderOut]
    total: int
    limit: int
    offset: int


class SoldOut(Schema):
    order: UUID
    number: str = Field(description=_("Receipt number, with a check digit."))
    amount_fen: int
    debit_fen: int = Field(description=_("What the wallet paid."))
    balance_fen: int = Field(description=_("Of the wallet, right after this sale."))
    outcome: OrderOut | None = Field(
        description=_("With `Prefer: wait=N`: the order after the wait; otherwise null.")
    )


class TrialOut(Schema):
    amount_fen: int
    debit_fen: int
    balance_fen: int = Field(description=_("What the wallet would hold."))


class ReversalOut(Schema):
    reversal: UUID = Field(description=_("The order that takes the other one back."))


class ParkedOut(Schema):
    parked: UUID = Field(description=_("What waits for a second person's approval."))
    reason: str


class ReceiptOut(Schema):
    number: str
    copy_number: int = Field(description=_("0: the original; from 1 on mark it as a reprint."))
    order: OrderOut
    outlet: OutletOut
    clerk: str


class WalletOut(Schema):
    outlet: UUID
    balance_fen: int
    credit_limit_fen: int
    available_fen: int = Field(description=_("What the next sale may cost at most."))
    spent_today_fen: int
    low_balance_fen: int
    is_low: bool
    frozen: bool


class LineOut(Schema):
    id: int
    at: datetime
    business_date: date
    kind: str
    phase: str
    amount_fen: int = Field(description=_("Positive into the wallet, negative out of it."))
    balance_fen: int = Field(description=_("Of the wallet after this line."))
    cause: UUID = Field(description=_("What it was for, such as the order."))


class StatementOut(Schema):
    items: list[LineOut]
    total: int
    limit: int
    offset: int


class ClosingOut(Schema):
    business_date: date
    opening_fen: int
    paid_in_fen: int
    sold_fen: int
    returned_fen: int
    adjusted_fen: int
    closing_fen: int
    lines: int
    closed_at: datetime


class ClosingsOut(Schema):
    items: list[ClosingOut]
    total: int
    limit: int
    offset: int


class FigureOut(Schema):
    business_date: date
    business: str
    taken: int = Field(description=_("Sales, whatever became of them."))
    taken_fen: int
    completed: int = Field(description=_("Completed and not reversed."))
    completed_fen: int
    debited_fen: int = Field(description=_("What wallets paid for the completed."))
    failed: int
    reversed: int
    open: int


class DailyOut(Schema):
    first: date
    last: date
    items: list[FigureOut]
