"""The contract of an opening: on the screen, and as the PDF that is signed."""

from __future__ import annotations

from qudao.domain.customer import queries as customers
from qudao.domain.customer.types import DossierId, Role
from qudao.domain.party import queries as party
from qudao.domain.resource import queries as numbers_of
from qudao.fronts.design.templatetags.design import named
from qudao.fronts.portal.desk import Desk
from qudao.fronts.receipts.contract import ContractFacts
from qudao.journeys.opening import Quote
from qudao.kernel.money import Money


def facts(
    desk: Desk,
    dossier: DossierId,
    agreement: str,
    quote: Quote,
    charges: tuple[tuple[str, Money], ...],
    signature: bytes = b"",
) -> ContractFacts:
    """Gather what the contract says, persons in the clear; unsigned without a signature."""
    persons = customers.parties_to(desk.ctx, dossier=dossier)
    above = {row.kind: row for row in party.ancestors(desk.ctx, desk.id)}
    grades = {grade.code: grade for grade in numbers_of.grades(desk.ctx, outlet=desk.id)}
    grade = grades.get(quote.grade)
    fee = quote.plan.attributes.get("monthly_fee", 0)
    return ContractFacts(
        agreement=agreement,
        operator=named(above.get("province")),
        outlet=named(desk.outlet),
        outlet_code=desk.outlet.node_code,
        clerk=party.names_of_users(desk.ctx, [desk.ctx.actor]).get(desk.ctx.actor, ""),
        signed_at=desk.ctx.at,
        customer=persons[Role.CUSTOMER],
        number=quote.number,
        iccid=quote.sim.serial,
        grade=named(grade) if quote.monthly_floor else "",
        monthly_floor=quote.monthly_floor,
        plan=named(quote.plan),
        monthly_fee=Money(fee if isinstance(fee, int) else 0),
        add_ons=tuple((named(one), one.price or Money(0)) for one in quote.add_ons),
        charges=charges,
        total=quote.total,
        agent=persons.get(Role.AGENT),
        guardian=persons.get(Role.GUARDIAN),
        signature=signature,
    )
