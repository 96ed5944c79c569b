"""
The unit that takes notes: in escrow until they are stored or given back.

CashInStart → notes → CashInHold (ours: binds what is in escrow to a payment) → CashInEnd, or
CashInRollback. Each is harmless when it is asked for again.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec

from simulators.kiosk.books import NOTES, Intake, Kiosk
from simulators.kiosk.commands import Failed, Payload

STATUS = {
    "taking": "active",
    "held": "held",
    "stored": "ok",
    "returned": "rollback",
    "stuck": "unknown",
}
"""Where the notes are, as CashInStatus tells it; `held` is ours."""


def start(kiosk: Kiosk, payload: Payload) -> dict[str, Any]:
    """Open the slot. What nobody has bound to a payment, is given back first."""
    intake = payload.text("intake")
    if intake in kiosk.intakes:
        return shown(kiosk.intakes[intake])
    for other in list(kiosk.intakes.values()):
        if other.state in ("held", "stuck"):
            raise Failed("cashInActive", f"{other.id} is {other.state}")
        if other.state == "taking":
            give_back(kiosk, other)
    kiosk.intakes[intake] = Intake(intake, payload.whole("amountLimit"))
    return shown(kiosk.intakes[intake])


def status(kiosk: Kiosk, payload: Payload) -> dict[str, Any]:
    """Where the notes of an intake, or of a payment, are."""
    if payload.get("transaction") in kiosk.spent:
        return given_up(payload.get("transaction"))
    return shown(_meant(kiosk, payload))


def hold(kiosk: Kiosk, payload: Payload) -> dict[str, Any]:
    """Close the slot, and bind what is in escrow to a payment."""
    transaction = payload.text("transaction")
    bound = _of_transaction(kiosk, transaction)
    if bound is not None:
        return shown(bound)
    intake = kiosk.intakes.get(payload.text("intake"))
    if transaction in kiosk.spent or intake is None or intake.state != "taking":
        kiosk.spent[transaction] = True
        raise Failed("noCashInActive", "there is nothing in escrow")
    if intake.total * 100 != payload.number("amount"):
        kiosk.spent[transaction] = True
        raise Failed("amountDiffers", f"{intake.total} yuan are in escrow")
    intake.state, intake.transaction = "held", transaction
    return shown(intake)


def end(kiosk: Kiosk, payload: Payload) -> dict[str, Any]:
    """Store what was held for a payment."""
    intake = _meant(kiosk, payload)
    if intake.state == "held":
        _move(kiosk, intake, "stored")
    if intake.state not in ("stored", "stuck"):
        raise Failed("noCashInActive", f"the notes are {intake.state}")
    return shown(intake)


def rollback(kiosk: Kiosk, payload: Payload) -> dict[str, Any]:
    """
    Give back what is in escrow; what is held, only to who names the payment.

    A payment of which nothing is known is given up for good: it may still be on its way.
    """
    transaction = payload.get("transaction")
    if transaction and _of_transaction(kiosk, transaction) is None:
        kiosk.spent[transaction] = True
        return given_up(transaction)
    intake = _meant(kiosk, payload)
    if intake.state == "held" and not payload.get("transaction"):
        raise Failed("cashInHeld", "the notes are bound to a payment")
    give_back(kiosk, intake)
    if intake.state == "stored":
        raise Failed("noCashInActive", "the notes are stored")
    return shown(intake)


def give_back(kiosk: Kiosk, intake: Intake) -> None:
    """Return the notes of an intake, if they are in escrow."""
    if intake.state in ("taking", "held"):
        _move(kiosk, intake, "returned")


def insert(kiosk: Kiosk, face: int) -> bool:
    """Somebody puts a note into the slot; whether it was taken."""
    intake = next((one for one in kiosk.intakes.values() if one.state == "taking"), None)
    if intake is None or face not in NOTES:
        return False
    if intake.limit is not None and intake.total + face > intake.limit:
        return False
    intake.notes = [*intake.notes, face]
    if kiosk.faults.jam == "taking":
        intake.state, intake.wanted = "stuck", "returned"
    return True


def mend(kiosk: Kiosk) -> None:
    """Somebody opens the unit and takes stuck notes to where they were going."""
    kiosk.faults = msgspec.structs.replace(kiosk.faults, jam="")
    for intake in kiosk.intakes.values():
        if intake.state == "stuck":
            _arrive(kiosk, intake)


def recover(kiosk: Kiosk) -> None:
    """After a power cut: what is bound to no payment is given back."""
    for intake in kiosk.intakes.values():
        if intake.state == "taking":
            give_back(kiosk, intake)


def shown(intake: Intake) -> dict[str, Any]:
    faces = sorted(Counter(intake.notes).items(), reverse=True)
    return {
        "intake": intake.id,
        "transaction": intake.transaction,
        "status": STATUS[intake.state],
        "total": intake.total,
        "notes": [{"value": face, "count": count} for face, count in faces],
    }


def given_up(transaction: str) -> dict[str, Any]:
    return {"transaction": transaction, "status": STATUS["returned"], "total": 0, "notes": []}


def _move(kiosk: Kiosk, intake: Intake, where: str) -> None:
    intake.wanted = "stored" if where == "stored" else "returned"
    jam = {"stored": "storing", "returned": "returning"}[intake.wanted]
    if intake.notes and kiosk.faults.jam == jam:
        intake.state = "stuck"
    else:
        _arrive(kiosk, intake)


def _arrive(kiosk: Kiosk, intake: Intake) -> None:
    if intake.wanted == "stored":
        kiosk.box = dict(Counter(kiosk.box) + Counter(intake.notes))
        intake.state = "stored"
    else:
        kiosk.tray = [*kiosk.tray, *intake.notes]
        intake.state = "returned"
    intake.wanted = ""


def _meant(kiosk: Kiosk, payload: Payload) -> Intake:
    transaction = payload.get("transaction")
    found = (
        _of_transaction(kiosk, transaction)
        if transaction
        else kiosk.intakes.get(payload.text("intake"))
    )
    if found is None:
        raise Failed("unknownIntake", "there never was such an intake")
    return found


def _of_transaction(kiosk: Kiosk, transaction: str) -> Intake | None:
    return next((one for one in kiosk.intakes.values() if one.transaction == transaction), None)
