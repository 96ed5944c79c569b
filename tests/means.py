"""
A way of paying whose money lies in a folder: what an acquirer or a device does, with faults.

It keeps the promises of the port: acts at most once under a payment's id, answers `Unknown` when
it may or may not have acted. The folder is shared by processes and outlives them.
"""

from __future__ import annotations

import json
import os
import signal
import tempfile
import threading
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from qudao.domain.checkout.ports import (
    Authorised,
    Captured,
    Charge,
    Declined,
    NotFound,
    NotReached,
    Refunded,
    Released,
    State,
    Unknown,
    Waiting,
)
from qudao.domain.checkout.types import CheckoutId

FOLDER: Final = "QUDAO_TEST_MEANS"
"""Environment variable that names the folder."""

ANSWERS: Final[dict[str, type]] = {
    "authorised": Authorised,
    "captured": Captured,
    "released": Released,
    "refunded": Refunded,
}


class Died(BaseException):
    """Whoever called is gone, as if its process had been killed."""


@dataclass
class Scripted:
    """Whoever holds the customers' money."""

    folder: Path
    faults: deque[str] = field(default_factory=deque)
    """
    Of the next calls, one each: "" none; `lost`: nothing is done, and nobody knows; `deaf`: it is
    done, and nobody knows; `down`: nothing is done, as everybody knows; `declined`: never.
    `dies-before`, `dies-after` end whoever calls, `killed-before`, `killed-after` its process.
    """
    page: bool = False
    """The customer pays on a page."""
    calls: list[str] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    """What devices gave, call by call."""

    def authorise(self, charge: Charge) -> State:
        return self._do(charge, "authorise")

    def capture(self, charge: Charge) -> State:
        return self._do(charge, "capture")

    def void(self, charge: Charge) -> State:
        return self._do(charge, "void")

    def refund(self, charge: Charge) -> State:
        return self._do(charge, "refund")

    def ask(self, charge: Charge) -> State:
        return self._do(charge, "ask")

    def held(self, payment: CheckoutId) -> str:
        """Return how a payment really stands: `authorised`, `captured`, …; empty: unheard of."""
        return self._read(payment)

    def pay(self, payment: CheckoutId) -> None:
        """The customer pays on the page."""
        assert self._read(payment) == "waiting"
        self._write(payment, "authorised")

    def leave(self, payment: CheckoutId) -> None:
        """The customer cancels on the page."""
        assert self._read(payment) == "waiting"
        self._write(payment, "declined")

    def reset_to(self, payment: CheckoutId, state: str) -> None:
        """It stands otherwise than anybody here knows."""
        self._write(payment, state)

    def everything(self) -> dict[str, str]:
        """Return how all payments stand, by id."""
        return {one.stem: json.loads(one.read_text())["state"] for one in self.folder.iterdir()}

    def _do(self, charge: Charge, what: str) -> State:
        self.calls.append(what)
        self.tokens.append(str.__str__(charge.token))
        fault = self.faults.popleft() if self.faults else ""
        self._end(fault, "before")
        if fault == "down":
            return NotReached("no connection")
        if fault == "lost":
            return Unknown("no answer in time")
        if fault == "declined" and what == "refund" and self._read(charge.payment) != "refunded":
            # What went back already is not declined: it is said to be back.
            return Declined("no-notes-back", "notes in a box")
        if fault == "declined" and what == "authorise":
            self._write(charge.payment, "declined")
        elif what != "ask":
            self._act(charge, what)
        self._end(fault, "after")
        return Unknown("no answer in time") if fault == "deaf" else self._answer(charge)

    def _end(self, fault: str, when: str) -> None:
        if fault == f"killed-{when}":
            os.kill(os.getpid(), signal.SIGKILL)
        if fault == f"dies-{when}":
            raise Died

    def _act(self, charge: Charge, what: str) -> None:
        state = self._read(charge.payment)
        match what, state:
            case "authorise", "":
                self._write(charge.payment, "waiting" if self.page else "authorised")
            case "capture", "authorised":
                self._write(charge.payment, "captured")
            case "void", "" | "waiting" | "authorised":
                # What is given up before it arrived stays given up.
                self._write(charge.payment, "released")
            case "refund", "captured":
                self._write(charge.payment, "refunded")

    def _answer(self, charge: Charge) -> State:
        state, reference = self._read(charge.payment), f"R{str(charge.payment)[-8:]}"
        match state:
            case "":
                return NotFound()
            case "waiting":
                return Waiting(reference, f"https://pay.example/{charge.payment}")
            case "declined":
                return Declined("insufficient-funds", "not enough")
        answer: State = ANSWERS[state](reference)
        return answer

    def _path(self, payment: CheckoutId) -> Path:
        return self.folder / f"{payment}.json"

    def _read(self, payment: CheckoutId) -> str:
        path = self._path(payment)
        return str(json.loads(path.read_text())["state"]) if path.exists() else ""

    def _write(self, payment: CheckoutId, state: str) -> None:
        fresh = self._path(payment).with_suffix(f".{os.getpid()}-{threading.get_ident()}")
        fresh.write_text(json.dumps({"state": state}))
        fresh.rename(self._path(payment))


SCRIPTED: Final = Scripted(Path(os.environ.get(FOLDER) or tempfile.mkdtemp(prefix="qudao-test-")))


def at_once() -> Scripted:
    """A way of paying while the customer waits."""
    return SCRIPTED


def on_a_page() -> Scripted:
    """A way of paying on a page."""
    return PAGES


PAGES: Final = Scripted(SCRIPTED.folder, page=True)

MEANS: Final = {
    "bound": "tests.means.at_once",
    "card": "tests.means.at_once",
    "cash": "tests.means.at_once",
    "page": "tests.means.on_a_page",
}
"""As `PAYMENT_MEANS`."""


def reset() -> None:
    """Forget everything."""
    for one in SCRIPTED.folder.iterdir():
        one.unlink()
    for means in (SCRIPTED, PAGES):
        means.faults.clear()
        means.calls.clear()
        means.tokens.clear()
