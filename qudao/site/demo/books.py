"""The BOSS simulator's side of the history: written into its books by a process of its own."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime
from multiprocessing import get_context
from pathlib import Path
from sqlite3 import Connection
from types import TracebackType

from qudao.domain.ordering.ports import BossOrder
from qudao.domain.ordering.types import ItemKind
from simulators.boss import answers, history, orders, rules, store
from simulators.boss.lines import LINES_PER_DOCUMENT
from simulators.boss.orders import Holder, Parts
from simulators.boss.parts import document_digest
from simulators.commit import connect


@dataclass(frozen=True, slots=True)
class Work:
    """One order as the BOSS got it."""

    external_id: str
    business: str
    msisdn: str
    amount: int
    at: datetime
    product: str
    outlet: str
    refused: str
    parts: Parts | None = None
    """Of work whose effect is to be in the books as well."""


def work_of(order: BossOrder, at: datetime, refused: str) -> Work:
    """What the BOSS got of an order that moves more than money."""
    codes: dict[str, list[str]] = {}
    for item in order.items:
        codes.setdefault(item.kind, []).append(item.code)
    imsi = [item.attributes.get("imsi", "") for item in order.items if item.kind == ItemKind.SIM]
    in_advance = (ItemKind.NUMBER, ItemKind.PREPAY)
    card = next((item for item in order.items if item.kind == ItemKind.CARD), None)
    party = order.party
    return Work(
        external_id=str(order.order),
        business=order.business,
        msisdn=order.msisdn or (card.code if card else ""),
        amount=order.amount.minor or (card.amount.minor if card else 0),
        at=at,
        product=codes.get(ItemKind.PLAN, [order.product_code])[0],
        outlet=order.outlet_code,
        refused=refused,
        parts=Parts(
            number=codes.get(ItemKind.NUMBER, [""])[0],
            iccid=codes.get(ItemKind.SIM, [""])[0],
            imsi=imsi[0] if imsi else "",
            add_ons=tuple(codes.get(ItemKind.ADD_ON, ())),
            credit=sum(item.amount.minor for item in order.items if item.kind in in_advance),
            holder=Holder(
                str.__str__(party.name),
                document_digest(party.document_kind, str.__str__(party.document)),
            )
            if party
            else None,
            card=card.code if card else "",
            value=card.amount.minor if card else 0,
        ),
    )


def reference(business: str, number: int) -> str:
    """The BOSS's own id of the work that is the so-many-eth in its books."""
    return answers.work_id(orders.api_of(business), number)


class Books:
    """Takes work in the order in which the BOSS did it; nothing is written without a folder."""

    def __init__(self, folder: Path | None, seed: int, customers: int, today: date) -> None:
        self._folder = folder
        self._seed = seed
        self._customers = customers
        self._today = today
        self._waiting: list[Work] = []
        self._pool: ProcessPoolExecutor | None = None
        self._futures: list[Future[int]] = []
        self.next_number = 1
        if folder is not None:
            path = store.books(folder)
            store.prepare(path, seed, customers, today)
            db = connect(path)
            self.next_number = store.next_sequence(db)
            db.close()

    def __enter__(self) -> Books:
        if self._folder is not None:
            self._pool = ProcessPoolExecutor(1, mp_context=get_context("spawn"))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._pool is not None:
            if kind is None:
                self._send()
                for future in self._futures:
                    future.result()
            self._pool.shutdown(cancel_futures=True)

    def add(self, work: Sequence[Work]) -> None:
        """Add work, numbered from `next_number` on."""
        self.next_number += len(work)
        if self._pool is None:
            return
        self._waiting += work
        if len(self._waiting) >= 5_000:
            self._send()

    def _send(self) -> None:
        assert self._pool is not None and self._folder is not None
        if self._waiting:
            self._futures.append(
                self._pool.submit(
                    _load, self._folder, self._waiting, self._customers, self._seed, self._today
                )
            )
            self._waiting = []


def _load(folder: Path, work: list[Work], customers: int, seed: int, today: date) -> int:
    """Put work into the books; what moves more than money has its effect there, too."""
    path = store.books(folder)
    store.prepare(path, seed, customers, today)
    db = connect(path)
    try:
        db.execute("BEGIN IMMEDIATE")
        loaded = history.insert(
            db,
            (
                history.Past(
                    external_id=one.external_id,
                    business=one.business,
                    msisdn=one.msisdn,
                    amount=one.amount,
                    at=one.at,
                    product=one.product,
                    outlet=one.outlet,
                    refused=one.refused,
                )
                for one in work
            ),
        )
        for one in work:
            if one.parts is not None and not one.refused:
                _carry_out(db, one, one.parts)
        db.execute("COMMIT")
    finally:
        db.close()
    return loaded


def _carry_out(db: Connection, one: Work, parts: Parts) -> None:
    order = orders.Order(
        api=orders.api_of(one.business),
        external_id=one.external_id,
        body={},
        digest=b"",
        business=one.business,
        msisdn=one.msisdn,
        amount=one.amount,
        product=one.product,
        outlet=one.outlet,
        parts=parts,
    )
    outcome = rules.carry_out(db, order, one.at, LINES_PER_DOCUMENT)
    assert not isinstance(outcome, orders.Rejected), (one, outcome)
