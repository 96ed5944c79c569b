"""What a kiosk holds, on disk: a power cut changes nothing of it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec

from simulators.kiosk.faults import Faults

NOTES: Final = (1, 5, 10, 20, 50, 100)
"""Faces that the unit knows, in yuan."""

KEPT: Final = 2_000
"""Intakes and payments that are remembered."""


class Intake(msgspec.Struct):
    """The notes of one customer, from the first to where they went."""

    id: str
    limit: int | None = None
    """Yuan in all that are taken."""
    notes: list[int] = []
    state: Literal["taking", "held", "stored", "returned", "stuck"] = "taking"
    transaction: str = ""
    """The payment to which they are bound."""
    wanted: Literal["", "stored", "returned"] = ""
    """Of what is stuck: where it was going."""

    @property
    def total(self) -> int:
        return sum(self.notes)


class CardPayment(msgspec.Struct):
    """A payment by card, by its id."""

    transaction: str
    card: str
    fen: int
    state: Literal["authorised", "captured", "released", "refunded", "declined"]
    code: str = ""


class Card(msgspec.Struct):
    """A bank card, in somebody's pocket or in the terminal."""

    number: Annotated[str, msgspec.Meta(pattern="^[0-9]{12,19}$")]
    balance: int = 100_000
    """Fen."""
    token: str = ""
    """While it is in the terminal."""


class Kiosk(msgspec.Struct):
    """One kiosk."""

    intakes: dict[str, Intake] = {}
    payments: dict[str, CardPayment] = {}
    spent: dict[str, bool] = {}
    """Ids of payments in notes that will never be: refused, or given up before they came."""
    cards: dict[str, Card] = {}
    inside: str = ""
    """Number of the card that is in the terminal."""
    box: dict[int, int] = {}
    """Notes in the cash box: face → how many."""
    tray: list[int] = []
    """Notes that were given back, and wait to be taken."""
    document: str = ""
    """Number of the identity card on the reader."""
    printed: list[str] = []
    faults: Faults = Faults()


class Books:
    """All kiosks, each in a file of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.kiosks: dict[str, Kiosk] = {
            path.stem: msgspec.json.decode(path.read_bytes(), type=Kiosk)
            for path in sorted(folder.glob("*.json"))
        }

    def of(self, name: str) -> Kiosk:
        """Return a kiosk; one that nobody has asked for yet stands there, empty."""
        return self.kiosks.setdefault(name, Kiosk())

    def keep(self, name: str) -> None:
        """Write a kiosk down, whole or not at all."""
        kiosk = self.kiosks[name]
        for known in (kiosk.intakes, kiosk.payments, kiosk.spent):
            for oldest in list(known)[:-KEPT]:
                known.pop(oldest)
        kiosk.printed = kiosk.printed[-100:]
        path = self._folder / f"{name}.json"
        fresh = path.with_suffix(".new")
        with fresh.open("wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(kiosk)))
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
