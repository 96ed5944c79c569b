"""Gather what a contract says from a dossier and its price: for every front that shows one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from qudao.domain.customer import queries as customers
from qudao.domain.customer.types import DossierRecord, Role
from qudao.domain.ordering.types import ItemKind
from qudao.domain.party import queries as party
from qudao.domain.resource import queries as numbers_of
from qudao.domain.saleschannel.types import OutletRecord
from qudao.domain.stock.types import UnitRecord
from qudao.fronts.design.templatetags.design import babel_locale, named
from qudao.fronts.receipts.contract.words import ContractFacts
from qudao.journeys.opening import Quote
from qudao.kernel.money import Money
from qudao.platform.commands.context import Context


@dataclass(frozen=True, slots=True)
class Part:
    """A line of the price."""

    label: str
    note: str
    amount: Money


def parts_of(quote: Quote) -> list[Part]:
    """Return the lines of the price, worded."""
    add_ons = iter(quote.add_ons)
    words: dict[str, Callable[[], tuple[str, str]]] = {
        ItemKind.NUMBER: lambda: (_("Prepayment for the number"), quote.number),
        ItemKind.SIM: lambda: (_("SIM card"), named_unit(quote.sim)),
        ItemKind.PLAN: lambda: (pgettext("tariff", "Plan"), named(quote.plan)),
        ItemKind.ADD_ON: lambda: (pgettext("offer", "Add-on"), named(next(add_ons))),
        ItemKind.PREPAY: lambda: (_("Prepayment onto the line"), ""),
    }
    return [Part(*words[item.kind](), item.amount) for item in quote.items]


def named_unit(unit: UnitRecord) -> str:
    """Return the name of what a unit is, in the active language."""
    return unit.item_name_en if babel_locale().startswith("en") else unit.item_name_zh


def facts_of(
    ctx: Context,
    *,
    outlet: OutletRecord,
    record: DossierRecord,
    quote: Quote,
    signature: bytes = b"",
) -> ContractFacts:
    """
    Return what the contract says, persons in the clear; unsigned without a signature.

    :raises NotPermitted: without `customer.sign`.
    :raises DossierClosed: if the dossier is no draft any more.
    """
    persons = customers.parties_to(ctx, dossier=record.id)
    above = {row.kind: row for row in party.ancestors(ctx, outlet.outlet)}
    grades = {grade.code: grade for grade in numbers_of.grades(ctx, outlet=outlet.outlet)}
    grade = grades.get(quote.grade)
    fee = quote.plan.attributes.get("monthly_fee", 0)
    return ContractFacts(
        agreement=record.agreement,
        operator=named(above.get("province")),
        outlet=named(outlet),
        outlet_code=outlet.node_code,
        clerk=party.names_of_users(ctx, [ctx.actor]).get(ctx.actor, ""),
        signed_at=ctx.at,
        customer=persons[Role.CUSTOMER],
        number=quote.number,
        iccid=quote.sim.serial,
        grade=named(grade) if quote.monthly_floor else "",
        monthly_floor=quote.monthly_floor,
        plan=named(quote.plan),
        monthly_fee=Money(fee if isinstance(fee, int) else 0),
        add_ons=tuple((named(one), one.price or Money(0)) for one in quote.add_ons),
        charges=tuple((part.label, part.amount) for part in parts_of(quote) if part.amount),
        total=quote.total,
        agent=persons.get(Role.AGENT),
        guardian=persons.get(Role.GUARDIAN),
        signature=signature,
    )
