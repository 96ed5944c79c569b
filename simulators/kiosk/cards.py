"""The card terminal with its PIN pad, the reader of identity cards, the printer."""

from __future__ import annotations

import base64
import binascii
import secrets
from typing import Any

from simulators.kiosk.books import Card, CardPayment, Kiosk
from simulators.kiosk.commands import Failed, Payload


def read(kiosk: Kiosk, payload: Payload) -> dict[str, Any]:
    """The card in the terminal, once its PIN was entered."""
    if not kiosk.inside:
        return {"status": "notPresent"}
    card = kiosk.cards[kiosk.inside]
    return {"status": "present", "token": card.token, "shown": f"**** {card.number[-4:]}"}


def move(kiosk: Kiosk, payload: Payload) -> dict[str, Any]:
    """Give the card back."""
    if kiosk.inside:
        kiosk.cards[kiosk.inside].token = ""
        kiosk.inside = ""
    return {}


def present(kiosk: Kiosk, card: Card) -> None:
    """Somebody puts a card in and enters its PIN."""
    known = kiosk.cards.setdefault(card.number, card)
    known.token = secrets.token_hex(16)
    kiosk.inside = card.number


def authorise(kiosk: Kiosk, payload: Payload) -> dict[str, Any]:
    """Hold an amount on the card that is in the terminal."""
    transaction, fen = payload.text("transaction"), payload.number("amount")
    if transaction in kiosk.payments:
        return shown(kiosk.payments[transaction])
    card = kiosk.cards.get(kiosk.inside)
    if card is None or card.token != payload.get("token"):
        return _noted(kiosk, CardPayment(transaction, "", fen, "declined", "no-card"))
    held = sum(
        one.fen
        for one in kiosk.payments.values()
        if one.card == card.number and one.state == "authorised"
    )
    enough = card.balance - held >= fen
    code = kiosk.faults.card_declines or ("" if enough else "insufficient-funds")
    if code:
        return _noted(kiosk, CardPayment(transaction, card.number, fen, "declined", code))
    return _noted(kiosk, CardPayment(transaction, card.number, fen, "authorised"))


def capture(kiosk: Kiosk, payload: Payload) -> dict[str, Any]:
    """Take what is held."""
    payment = _payment(kiosk, payload)
    if payment.state == "authorised":
        payment.state = "captured"
        kiosk.cards[payment.card].balance -= payment.fen
    if payment.state != "captured":
        raise Failed("notAuthorised", f"it is {payment.state}")
    return shown(payment)


def void(kiosk: Kiosk, payload: Payload) -> dict[str, Any]:
    """Give up what is held; or what nothing is known of, for good: it may be on its way."""
    transaction = payload.text("transaction")
    if transaction not in kiosk.payments:
        return _noted(kiosk, CardPayment(transaction, "", 0, "released"))
    payment = kiosk.payments[transaction]
    if payment.state == "authorised":
        payment.state = "released"
    if payment.state not in ("released", "declined"):
        raise Failed("notAuthorised", f"it is {payment.state}")
    return shown(payment)


def refund(kiosk: Kiosk, payload: Payload) -> dict[str, Any]:
    """Give back what was taken."""
    payment = _payment(kiosk, payload)
    if payment.state == "captured":
        payment.state = "refunded"
        kiosk.cards[payment.card].balance += payment.fen
    if payment.state != "refunded":
        raise Failed("notCaptured", f"it is {payment.state}")
    return shown(payment)


def status(kiosk: Kiosk, payload: Payload) -> dict[str, Any]:
    """How a payment stands."""
    return shown(_payment(kiosk, payload))


def shown(payment: CardPayment) -> dict[str, Any]:
    return {
        "transaction": payment.transaction,
        "status": payment.state,
        "code": payment.code,
        "amount": payment.fen,
    }


def read_document(kiosk: Kiosk, payload: Payload) -> dict[str, Any]:
    """The identity card that lies on the reader."""
    if not kiosk.document:
        return {"status": "notPresent"}
    return {"status": "present", "number": kiosk.document}


def print_raw(kiosk: Kiosk, payload: Payload) -> dict[str, Any]:
    """Print lines of text, and cut the slip off."""
    if kiosk.faults.paper_out:
        raise Failed("paperOut", "there is no paper")
    try:
        text = base64.b64decode(payload.text("data"), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise Failed("invalidData", str(error)) from error
    kiosk.printed = [*kiosk.printed, text]
    return {}


def _noted(kiosk: Kiosk, payment: CardPayment) -> dict[str, Any]:
    kiosk.payments[payment.transaction] = payment
    return shown(payment)


def _payment(kiosk: Kiosk, payload: Payload) -> CardPayment:
    found = kiosk.payments.get(payload.text("transaction"))
    if found is None:
        raise Failed("unknownTransaction", "there never was such a payment")
    return found
