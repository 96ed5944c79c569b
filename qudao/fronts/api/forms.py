"""The shapes of what moves things and takes more than one request: cards, numbers, dossiers."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from django.utils.translation import gettext_noop as _
from ninja import Field, Schema
from pydantic import model_validator
from pydantic_core import PydanticCustomError

from qudao.domain.customer.types import Purpose
from qudao.fronts.api.schemas import (
    MOST_FEN,
    Body,
    Code,
    Day,
    Fen,
    Id,
    Msisdn,
    OutletQuery,
    SoldOut,
)

Serial = Annotated[str, Field(pattern=r"^[A-Za-z0-9 -]{4,40}$")]
Line = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")]
Digits = Annotated[str, Field(pattern=r"^[0-9]{1,11}$")]
PictureKind = Annotated[str, Field(pattern=r"^[a-z_]{1,40}$")]

OUTLET = _("An outlet of your scope; without it the token's own.")


class AtOutlet(Body):
    outlet: Id | None = Field(None, description=OUTLET)


# ---- recharge cards


class CardOut(Schema):
    item: str = Field(description=_("What to name to sell any card of this denomination."))
    name_zh: str
    name_en: str
    price_fen: int
    in_stock: int = Field(description=_("For sale now."))


class CardsOut(Schema):
    items: list[CardOut]


class CardSaleIn(AtOutlet):
    serial: Serial | None = Field(None, description=_("This card; or name an item."))
    item: Code | None = Field(None, description=_("Any card of this item from your stock."))

    @model_validator(mode="after")
    def _one(self) -> CardSaleIn:
        if (self.serial is None) == (self.item is None):
            raise PydanticCustomError("one_of_two", "name exactly one of the two")
        return self


class CardSoldOut(SoldOut):
    item: str
    serial: str
    pin: str | None = Field(
        description=_(
            "Said once: with `Prefer: wait=N`, if the operator makes the card valid in time. "
            "Null otherwise: ask for it when the order is completed."
        )
    )


class PinOut(Schema):
    order: UUID
    item: str
    serial: str
    pin: str
    expires_on: date | None = Field(description=_("Last day of use."))


class CardUseIn(AtOutlet):
    pin: str = Field(pattern=r"^[0-9]{4,32}$")
    msisdn: Msisdn = Field(description=_("The line that the card's value is put onto."))


# ---- numbers


class NumbersQuery(OutletQuery):
    suffix: Digits | None = Field(None, description=_("The last digits: 1 to 8."))
    anywhere: Digits | None = Field(None, description=_("Digits among the last eight: 3 to 6."))
    starts: Digits | None = Field(None, description=_("The first digits."))
    pattern: Code | None = None
    grade: Code | None = None
    without4: Literal["true", "false"] = "false"
    price_min_fen: int | None = Field(None, ge=0, le=MOST_FEN)
    price_max_fen: int | None = Field(None, ge=0, le=MOST_FEN)
    after: str | None = Field(
        None, max_length=80, description=_("Where the page before has ended: its `after`.")
    )
    limit: int = Field(20, ge=1, le=100)


class NumberOut(Schema):
    number: str
    pattern: str
    grade: str
    price_fen: int = Field(description=_("The prepayment that its grade asks for."))
    monthly_floor_fen: int = Field(description=_("What its plan has to cost a month at least."))


class NumbersOut(Schema):
    items: list[NumberOut]
    after: str | None = Field(description=_("Send it to go on; null at the end."))


class HoldIn(AtOutlet):
    number: Msisdn
    minutes: int = Field(30, strict=True, ge=1, le=120)


class HoldOut(Schema):
    hold: UUID
    number: str
    until: datetime = Field(description=_("Then the number is free again by itself."))
    pattern: str
    grade: str
    price_fen: int
    monthly_floor_fen: int


class HoldsOut(Schema):
    items: list[HoldOut]


# ---- dossiers


class DossierIn(AtOutlet):
    purpose: Purpose
    msisdn: Msisdn | None = Field(None, description=_("The line it is about; none of an opening."))

    @model_validator(mode="after")
    def _line(self) -> DossierIn:
        if (self.msisdn is None) != (self.purpose is Purpose.ACCOUNT_OPENING):
            raise PydanticCustomError("line_or_opening", "a line, unless one is opened")
        return self


class PersonIn(Body):
    """A person as the document says."""

    kind: Code = Field(description=_("Kind of document: `resident_id`, `passport`, …"))
    number: str = Field(min_length=1, max_length=40)
    name: Line
    valid_until: Day | None = Field(None, description=_("Null: the document has no last day."))
    birth_date: Day | None = Field(None, description=_("Only where the number does not tell it."))
    country: str = Field("", max_length=3, description=_("Of a passport: three letters."))
    address: str = Field("", max_length=200)
    phone: str = Field("", max_length=24)


class IdentifiedOut(Schema):
    lines_used: int = Field(description=_("Lines on this document in the province."))
    lines_left: int
    known_before: bool
    minor: bool = Field(description=_("A guardian has to be identified, too."))
    same_phone: int = Field(description=_("Others who gave the same contact number."))
    similar: int = Field(description=_("Other documents of the same name and date of birth."))


class PersonOut(Schema):
    """Masked, as anybody may see them."""

    document_kind: str
    name_masked: str
    document_masked: str
    phone_masked: str
    valid_until: date | None
    minor: bool


class ChoicesIn(Body):
    """What is chosen; what is left out stays as it was."""

    hold: Id | None = Field(None, description=_("Of a number that is held; another one is freed."))
    sim: Serial | None = Field(None, description=_("ICCID of a card in the outlet's stock."))
    plan: Code | None = Field(None, description=_("Code of an offer of business `plan_change`."))
    add_ons: list[Code] | None = Field(None, max_length=20)
    prepay_fen: Fen | None = Field(None, description=_("What is paid onto the line in advance."))


class ChosenOut(Schema):
    hold: UUID | None
    sim: str | None
    plan: str | None
    add_ons: list[str]
    prepay_fen: int | None


class DossierOut(Schema):
    id: UUID
    outlet: UUID
    purpose: str
    state: str = Field(description=_("`draft`, `submitted`, `completed`, `failed`, `abandoned`."))
    agreement: str = Field(description=_("Number of the agreement."))
    msisdn: str = Field(description=_("The line it is about; empty while none is known."))
    opened_at: datetime
    expires_at: datetime = Field(
        description=_("A draft is given up then, unless something is done.")
    )
    order: UUID | None
    chosen: ChosenOut
    persons: dict[str, PersonOut] = Field(description=_("By role, masked."))
    pictures: list[str]
    missing: list[str] = Field(
        description=_("What it still needs: roles, kinds of pictures, `signature`.")
    )


class PartOut(Schema):
    label: str = Field(description=_("In your language."))
    note: str
    amount_fen: int


class QuoteOut(Schema):
    number: str
    sim: str
    plan: str
    parts: list[PartOut]
    total_fen: int = Field(description=_("Show it to the customer, and send it when you submit."))


class SubmissionIn(Body):
    total_fen: Fen = Field(description=_("What the customer was shown."))
    signature: str | None = Field(
        None,
        max_length=720_000,
        pattern=r"^[A-Za-z0-9+/\r\n]+={0,2}$",
        description=_("Of an opening: the signature that was drawn, a PNG, in base64."),
    )
    typed_name: Line | None = Field(
        None, description=_("In its place: the name that the customer lets you type.")
    )


# ---- goods


class GoodsLineIn(Body):
    kind: Code | None = Field(None, description=_("With a serial: `handset`, `kit`, …"))
    serial: Serial | None = None
    item: Code | None = Field(None, description=_("Of goods without serials."))
    quantity: int = Field(1, strict=True, ge=1, le=1000)
    terms: Literal["consignment", "purchase"] = Field(
        "consignment", description=_("Whose they are: the operator's, or bought by you.")
    )

    @model_validator(mode="after")
    def _one(self) -> GoodsLineIn:
        if (self.serial is None) == (self.item is None) or (self.serial is None) != (
            self.kind is None
        ):
            raise PydanticCustomError("kind_and_serial", "kind and serial, or an item")
        return self


class GoodsSaleIn(AtOutlet):
    lines: list[GoodsLineIn] = Field(min_length=1, max_length=20)
    total_fen: Fen | None = Field(
        None, description=_("What the customer was shown. A trial may leave it out.")
    )
    msisdn: Msisdn | None = Field(None, description=_("Where the customer can be reached."))


class GoodsSoldOut(Schema):
    total_fen: int
    orders: list[SoldOut] = Field(description=_("One for each line."))


class HandsetSaleIn(AtOutlet):
    serial: Serial
    contract: Code = Field(description=_("Code of an offer of business `contract_handset`."))
    msisdn: Msisdn = Field(description=_("The line that the contract binds."))
    price_fen: Fen | None = Field(
        None, description=_("What the customer was shown. A trial may leave it out.")
    )
