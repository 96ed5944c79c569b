"""The devices of one kiosk, as its pages use them."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any, Final

from qudao.domain.terminal.ports import DeviceFails, Devices
from qudao.domain.terminal.types import BankCard, Escrow, EscrowState, Part, ReadDocument
from qudao.gateways.kiosk_devices.host import Done, Host, Silent, host
from qudao.kernel.money import Money
from qudao.kernel.personal import Personal, Secret

_SERVICES: Final[Mapping[Part, str]] = {
    Part.CASH: "cashacceptor",
    Part.CARD: "cardreader",
    Part.DOCUMENT: "idreader",
    Part.PRINTER: "printer",
}
_ESCROW: Final[Mapping[str, EscrowState]] = {
    "active": EscrowState.TAKING,
    "held": EscrowState.HELD,
    "ok": EscrowState.STORED,
    "rollback": EscrowState.RETURNED,
    "unknown": EscrowState.STUCK,
}


class KioskDevices:
    """`domain.terminal.ports.Devices` over commands."""

    def __init__(self, kiosks: Host, kiosk: str) -> None:
        self._kiosks, self._kiosk = kiosks, kiosk

    def working(self) -> frozenset[Part]:
        found = set()
        for part, service in _SERVICES.items():
            answer = self._kiosks.command(self._kiosk, service, "Common.Status")
            if isinstance(answer, Silent):
                break  # one computer: where it does not answer for one, it does for none
            if not answer.error and answer.payload.get("device") == "online":
                found.add(part)
        return frozenset(found)

    def take_notes(self, intake: str, at_most: Money | None = None) -> Escrow:
        limit = None if at_most is None else at_most.minor // 100
        return self._cash("CashAcceptor.CashInStart", intake, amountLimit=limit)

    def escrow(self, intake: str) -> Escrow:
        return self._cash("CashAcceptor.CashInStatus", intake)

    def give_back(self, intake: str) -> Escrow:
        return self._cash("CashAcceptor.CashInRollback", intake)

    def card(self) -> BankCard | None:
        payload = self._command(Part.CARD, "CardReader.ReadRawData")
        if payload.get("status") != "present":
            return None
        return BankCard(
            Secret(_text(Part.CARD, payload, "token")), _text(Part.CARD, payload, "shown")
        )

    def eject_card(self) -> None:
        self._command(Part.CARD, "CardReader.Move", to="exit")

    def document(self) -> ReadDocument | None:
        payload = self._command(Part.DOCUMENT, "CardReader.ReadRawData")
        if payload.get("status") != "present":
            return None
        return ReadDocument(Personal(_text(Part.DOCUMENT, payload, "number")))

    def print_slip(self, lines: Sequence[str]) -> None:
        data = base64.b64encode("\n".join(lines).encode()).decode()
        self._command(Part.PRINTER, "Printer.PrintRaw", data=data)

    def _cash(self, name: str, intake: str, **more: Any) -> Escrow:
        answer = self._kiosks.command(self._kiosk, "cashacceptor", name, intake=intake, **more)
        if isinstance(answer, Done) and answer.error == "unknownIntake":
            return Escrow(EscrowState.NONE)
        if isinstance(answer, Done) and answer.error in ("noCashInActive", "cashInHeld"):
            return self.escrow(intake)  # it has gone where it was to go already
        if isinstance(answer, Done) and answer.payload.get("status") in _ESCROW:
            return _escrow(answer.payload)
        raise DeviceFails(Part.CASH, _problem(answer))

    def _command(self, part: Part, name: str, **payload: Any) -> Mapping[str, Any]:
        answer = self._kiosks.command(self._kiosk, _SERVICES[part], name, **payload)
        if isinstance(answer, Silent) or answer.error:
            raise DeviceFails(part, _problem(answer))
        return answer.payload


def devices(kiosk: str) -> Devices:
    """Return the devices of the kiosk with this node code, for the settings."""
    return KioskDevices(host(), kiosk)


def _escrow(payload: Mapping[str, Any]) -> Escrow:
    try:
        notes = tuple(
            (Money(int(one["value"]) * 100), int(one["count"])) for one in payload["notes"]
        )
        total = Money(int(payload["total"]) * 100)
    except (KeyError, TypeError, ValueError) as error:
        raise DeviceFails(Part.CASH, f"unreadable: {error!r}") from error
    return Escrow(_ESCROW[payload["status"]], total, notes)


def _text(part: Part, payload: Mapping[str, Any], name: str) -> str:
    value = payload.get(name)
    if not isinstance(value, str) or not value:
        raise DeviceFails(part, f"`{name}` is missing")
    return value


def _problem(answer: Done | Silent) -> str:
    return answer.problem if isinstance(answer, Silent) else answer.error
