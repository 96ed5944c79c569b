"""
Paying at a kiosk, as checkout wants it: notes that are in escrow, a bank card in the terminal.

The charge's token says which notes or which card. Everything after that goes by the payment's id,
which the kiosk keeps on disk: it acts once under it, and can be asked after a power cut.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

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
)
from qudao.gateways.kiosk_devices.host import Done, Host, Silent, host


class Cash:
    """Notes: held in escrow, then stored in the box, or given back."""

    def __init__(self, kiosks: Callable[[], Host]) -> None:
        self._kiosks = kiosks

    def authorise(self, charge: Charge) -> State:
        """Bind what is in escrow to the payment, if it is the amount exactly."""
        if not charge.token:
            return Declined("no-cash")
        return self._command(
            charge,
            "CashAcceptor.CashInHold",
            intake=str.__str__(charge.token),
            amount=charge.amount.minor,
        )

    def capture(self, charge: Charge) -> State:
        """Store the notes."""
        return self._command(charge, "CashAcceptor.CashInEnd")

    def void(self, charge: Charge) -> State:
        """Give the notes back."""
        return self._command(charge, "CashAcceptor.CashInRollback")

    def refund(self, charge: Charge) -> State:
        """A kiosk pays nothing out: what is in its box is given back by people."""
        return Declined("no-notes-back", "notes in a kiosk's box are paid back at a hall")

    def ask(self, charge: Charge) -> State:
        """Ask where the notes are."""
        return self._command(charge, "CashAcceptor.CashInStatus")

    def _command(self, charge: Charge, name: str, **more: Any) -> State:
        answer = self._kiosks().command(
            charge.hall, "cashacceptor", name, transaction=str(charge.payment), **more
        )
        if isinstance(answer, Silent):
            return _silence(answer)
        reference = str(charge.payment)
        if answer.error:
            return _cash_errors(answer)
        match answer.payload.get("status"):
            case "held":
                return Authorised(reference)
            case "ok":
                return Captured(reference)
            case "rollback":
                return Released(reference)
        return Unknown(f"{name}: {answer.payload.get('status')}")


class Card:
    """A bank card in the terminal, which holds, takes and gives back."""

    def __init__(self, kiosks: Callable[[], Host]) -> None:
        self._kiosks = kiosks

    def authorise(self, charge: Charge) -> State:
        """Hold the amount on the card that is in the terminal."""
        if not charge.token:
            return Declined("no-card")
        return self._command(
            charge,
            "CardTerminal.Authorise",
            token=str.__str__(charge.token),
            amount=charge.amount.minor,
        )

    def capture(self, charge: Charge) -> State:
        """Take what is held."""
        return self._command(charge, "CardTerminal.Capture")

    def void(self, charge: Charge) -> State:
        """Give up what is held."""
        return self._command(charge, "CardTerminal.Void")

    def refund(self, charge: Charge) -> State:
        """Give back to the card; it need not be there."""
        return self._command(charge, "CardTerminal.Refund")

    def ask(self, charge: Charge) -> State:
        """Ask the terminal how the payment stands."""
        return self._command(charge, "CardTerminal.Status")

    def _command(self, charge: Charge, name: str, **more: Any) -> State:
        answer = self._kiosks().command(
            charge.hall, "cardreader", name, transaction=str(charge.payment), **more
        )
        if isinstance(answer, Silent):
            return _silence(answer)
        if answer.error == "unknownTransaction":
            return NotFound()
        if answer.error:
            return _out_of_order(answer)
        return _card_state(str(charge.payment), answer.payload)


_CARD_STATES: Final[Mapping[str, type[Authorised | Captured | Released | Refunded]]] = {
    "authorised": Authorised,
    "captured": Captured,
    "released": Released,
    "refunded": Refunded,
}


def _card_state(reference: str, payload: Mapping[str, Any]) -> State:
    status = payload.get("status")
    if status == "declined":
        code = payload.get("code")
        return Declined(code if isinstance(code, str) and code else "declined")
    state = _CARD_STATES.get(status) if isinstance(status, str) else None
    return Unknown(f"the terminal says {status}") if state is None else state(reference)


def _cash_errors(answer: Done) -> State:
    match answer.error:
        case "noCashInActive":
            return Declined("no-cash")
        case "amountDiffers":
            return Declined("wrong-amount")
        case "unknownIntake":
            return NotFound()
    return _out_of_order(answer)


def _out_of_order(answer: Done) -> State:
    if answer.error == "deviceNotReady":
        return NotReached("the device is not there")
    return Unknown(answer.error)


def _silence(answer: Silent) -> State:
    return Unknown(answer.problem) if answer.arrived else NotReached(answer.problem)


def cash() -> Cash:
    """Return notes as a means, for the settings."""
    return Cash(host)


def card() -> Card:
    """Return cards as a means, for the settings."""
    return Card(host)
