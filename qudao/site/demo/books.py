"""The BOSS simulator's side of the history: written into its books by a process of its own."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime
from multiprocessing import get_context
from pathlib import Path
from types import TracebackType

from simulators.boss import answers, history, orders, store


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
            db = store.connect(path)
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
    rows = (
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
    )
    return history.load(folder, rows, customers=customers, seed=seed, today=today)
