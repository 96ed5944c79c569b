"""What a contract says: on the screen before it is signed, and on paper."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from qudao.domain.customer import queries as customers
from qudao.domain.customer.types import PartyFacts
from qudao.fronts.design.templatetags.design import money, named, number
from qudao.kernel.money import Money

Text = str | Promise


@dataclass(frozen=True, slots=True)
class ContractFacts:
    """What a contract says. Names are in the active language; persons in the clear."""

    agreement: str
    """Its number."""
    operator: str
    outlet: str
    outlet_code: str
    clerk: str
    signed_at: datetime
    """Its day is printed: a second press moments later draws the same contract."""
    customer: PartyFacts
    number: str
    iccid: str
    grade: str
    """The name of the number's grade; empty for an ordinary number."""
    monthly_floor: Money
    """What the number's grade asks for each month at least; zero for none."""
    plan: str
    monthly_fee: Money
    add_ons: tuple[tuple[str, Money], ...]
    """Name and monthly fee."""
    charges: tuple[tuple[str, Money], ...]
    """What is paid now, and for what."""
    total: Money
    """The sum of it."""
    agent: PartyFacts | None = None
    guardian: PartyFacts | None = None
    signature: bytes = b""
    """PNG; empty for the contract as it is read before it is signed."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """The contract's words for a screen, in the active language."""

    title: str
    operator: str
    sections: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    """Title of each part, and its rows: label and value."""
    terms_title: str
    terms: tuple[str, ...]


def sheet(facts: ContractFacts) -> Sheet:
    """Return what the contract says, to be read on a screen before it is signed."""

    def rows(pairs: list[tuple[Text, str]]) -> tuple[tuple[str, str], ...]:
        return tuple((str(label), value) for label, value in pairs)

    sections = [(str(pgettext_lazy("contract", "Customer")), rows(person_rows(facts.customer)))]
    if facts.agent is not None:
        title = str(_("Agent, with the customer's authorization"))
        sections.append((title, rows(person_rows(facts.agent))))
    if facts.guardian is not None:
        sections.append((str(_("Guardian")), rows(person_rows(facts.guardian))))
    sections.append((str(_("Line and services")), rows(service_rows(facts))))
    charges = [*facts.charges, (str(pgettext_lazy("contract", "Sum")), facts.total)]
    paid = tuple((name, money(amount)) for name, amount in charges)
    sections.append((str(_("Paid on signing")), paid))
    return Sheet(
        title=str(_("Mobile service agreement")),
        operator=facts.operator,
        sections=tuple(sections),
        terms_title=str(_("Terms")),
        terms=tuple(str(text) for text in terms_of(facts)),
    )


def person_rows(person: PartyFacts) -> list[tuple[Text, str]]:
    """Return what is said of a person, in the clear."""
    kinds = {kind.code: kind for kind in customers.document_kinds()}
    rows: list[tuple[Text, str]] = [
        (pgettext_lazy("contract", "Name"), str.__str__(person.name)),
        (pgettext_lazy("contract", "Contact number"), str.__str__(person.phone)),
        (pgettext_lazy("contract", "Document"), named(kinds[person.document_kind])),
        (pgettext_lazy("contract", "Document number"), str.__str__(person.document)),
        (pgettext_lazy("contract", "Address"), str.__str__(person.address)),
    ]
    return [(label, value) for label, value in rows if value]


def service_rows(facts: ContractFacts) -> list[tuple[Text, str]]:
    """Return what is said of the line and its services."""
    rows: list[tuple[Text, str]] = [
        (pgettext_lazy("contract", "Mobile number"), number(facts.number)),
        (pgettext_lazy("contract", "SIM card (ICCID)"), facts.iccid),
        (pgettext_lazy("contract", "Grade of the number"), facts.grade),
    ]
    if facts.monthly_floor:
        rows.append(
            (pgettext_lazy("contract", "Minimum spending a month"), money(facts.monthly_floor))
        )
    rows += [
        (pgettext_lazy("contract", "Plan"), facts.plan),
        (pgettext_lazy("contract", "Monthly fee"), money(facts.monthly_fee)),
    ]
    rows += [
        (pgettext_lazy("contract", "Add-on, a month"), f"{name}  {money(fee)}")
        for name, fee in facts.add_ons
    ]
    return [(label, value) for label, value in rows if value]


_TERMS: Final[tuple[Text, ...]] = (
    _(
        "The customer has shown the documents named above and confirms that all data are true. "
        "Service to a line whose data turn out to be false may be stopped."
    ),
    _(
        "At most five lines can be opened on one document in the province. Number and SIM card are "
        "for the customer's own use: they may not be sold, lent, rented or given to others."
    ),
    _(
        "The monthly fee falls due from the day of activation. When the balance is used up, "
        "service may be suspended until it is topped up."
    ),
    _(
        "What is paid in advance stands on the line's balance and is used up by its fees. What is "
        "left at the end of the line is paid back on request."
    ),
    _(
        "A new SIM card, another number or the end of the line are available at any outlet on "
        "showing the document. A number that was given up rests for 90 days."
    ),
    _(
        "Personal data, pictures and this signature serve the identification that the law demands "
        "and this agreement only. They are stored encrypted, and every look at them is recorded."
    ),
)
_FLOOR: Final[Text] = _(
    "The number belongs to a grade with a minimum spending: less than the amount above in a month "
    "is made up to it."
)
_AGENT: Final[Text] = _("The agent acts in the customer's name and answers for the authorization.")
_GUARDIAN: Final[Text] = _(
    "The customer is a minor: the guardian agrees to this agreement and answers for its fees."
)


def terms_of(facts: ContractFacts) -> list[Text]:
    """Return the terms that hold for these facts."""
    terms = list(_TERMS)
    if facts.monthly_floor:
        terms.insert(3, _FLOOR)
    if facts.agent is not None:
        terms.append(_AGENT)
    if facts.guardian is not None:
        terms.append(_GUARDIAN)
    return terms
