"""The branch behind the outlet: goods in its store, and a keeper who answers and sends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from qudao.domain.stock import operations as stock
from qudao.domain.stock import queries
from qudao.domain.stock.types import Goods, RequisitionId, RequisitionRecord, Terms
from qudao.kernel.money import Money
from qudao.platform.commands.context import Context
from tests.domain.stock.stand import Stand
from tests.province import Province


@dataclass
class Branch:
    """What happens at the other end, through operations."""

    province: Province

    def __post_init__(self) -> None:
        stock.load_reference(self.province.system())
        self.stand = Stand(self.province)

    def keeper(self) -> Context:
        return self.province.context(
            "stock_keeper", self.province.organizations["4101"], at=datetime.now(UTC)
        )

    def clerk(self) -> Context:
        return self.province.clerk(at=datetime.now(UTC))

    def send(
        self,
        sims: int = 0,
        cases: int = 0,
        *,
        terms: str = Terms.CONSIGNMENT,
        goods: Sequence[Goods] = (),
    ) -> tuple[RequisitionId, list[str]]:
        """Ask for goods as the clerk, accept all and dispatch; return it and the SIMs' serials."""
        serials = self.stand.sims(sims) if sims else []
        if cases:
            self.stand.count("ACC-CASE", cases, Money(8_00 * cases))
        wanted = [*goods]
        if sims:
            wanted.append(Goods("SIM3IN1", serials=tuple(serials)))
        if cases:
            wanted.append(Goods("ACC-CASE", quantity=cases))
        asked = {one.item: len(one.serials) or one.quantity for one in wanted}
        requisition = stock.ask(
            self.clerk(), place=self.province.agent, goods=asked, terms=terms, note="for today"
        )
        self.decide(requisition, asked)
        stock.dispatch(self.keeper(), requisition=requisition, goods=tuple(wanted))
        return requisition, serials

    def decide(
        self, requisition: RequisitionId, accepted: Mapping[str, int], reason: str = ""
    ) -> None:
        stock.decide(self.keeper(), requisition=requisition, accepted=dict(accepted), reason=reason)

    def stocked(self, sims: int = 0, cases: int = 0) -> list[str]:
        """Goods that lie at the outlet."""
        requisition, serials = self.send(sims, cases)
        stock.receive(self.clerk(), requisition=requisition, everything=True)
        return serials

    def state(self, serial: str, kind: str = "sim") -> str:
        return queries.unit(self.province.system(), kind=kind, serial=serial).state

    def record(self, requisition: RequisitionId) -> RequisitionRecord:
        return queries.requisition(self.province.system(), requisition=requisition)
