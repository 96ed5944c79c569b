"""Charges as requests to the acquirer, and its answers as states of a payment."""

from __future__ import annotations

import json
import logging
from typing import Any, Final
from uuid import UUID

from qudao.domain.checkout.ports import (
    Authorised,
    Captured,
    CardsUnavailable,
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
from qudao.gateways.acquirer.link import Silence
from qudao.gateways.outgoing.wire import Answer

logger = logging.getLogger(__name__)

LONGEST: Final = 200
"""Characters of a text."""
SHUT: Final = frozenset({401, 403, 404, 405, 413, 429})
"""The door was shut: a wrong address, a wrong key, too many at once; nothing was done."""


def path(charge: Charge, act: str = "") -> str:
    """Return where a payment is, or what is done with it."""
    return f"/payments/{charge.payment}{f'/{act}' if act else ''}"


def request(charge: Charge, method: str) -> bytes:
    """Return the body that asks for an amount; `method` is `bound` or `page`."""
    said = {
        "method": method,
        "amount": charge.amount.minor,
        "currency": charge.amount.currency,
        "msisdn": charge.msisdn,
        "merchant": charge.hall[:LONGEST],
        "description": charge.what[:LONGEST],
        "return_to": charge.return_to,
        "language": _language(charge.language),
    }
    return json.dumps(said, ensure_ascii=False).encode()


def card(msisdn: str) -> str:
    """Return where the card is that is bound to a line."""
    return f"/cards/{msisdn}"


def binding(request: UUID, msisdn: str, language: str) -> tuple[str, bytes]:
    """Return where a link for binding a card is asked for, and the body."""
    said = {"msisdn": msisdn, "language": _language(language)}
    return f"/bindings/{request}", json.dumps(said).encode()


def of_line(msisdn: str, answer: Answer | Silence, name: str) -> str:
    """
    Return a text of an answer about a line.

    :raises CardsUnavailable: if it is no such answer.
    """
    if isinstance(answer, Answer) and answer.status == 200:
        said = _read(answer.body)
        if said.get("msisdn") == msisdn and isinstance(said.get(name), str):
            return _text(said, name)
    problem = answer.problem if isinstance(answer, Silence) else str(answer.status)
    logger.warning("The acquirer does not tell of a card: %s", problem)
    raise CardsUnavailable


def state(charge: Charge, status: int, body: bytes) -> State:
    """Return how a payment stands, by an answer to whatever was asked."""
    said = _read(body)
    code, problem = _text(said, "code"), f"{status} {_text(said, 'code')}".strip()
    if status == 404 and code == "payment_unknown":
        return NotFound()
    if status in SHUT:
        return NotReached(problem)
    if status in (400, 422) and code:
        # It was read and is impossible: nothing was done, and never will be as it is.
        return Declined(code, _text(said, "reason"))
    if status not in (200, 201, 409):
        return Unknown(problem)
    return _as_said(charge, said) or Unknown(f"{problem}: the answer is not about the payment")


def _as_said(charge: Charge, said: dict[str, Any]) -> State | None:
    """A payment as the acquirer describes it, where that is the payment that was asked for."""
    reference, now = _text(said, "reference"), _text(said, "state")
    if said.get("id") != str(charge.payment) or not reference:
        return None
    if now == "voided":  # what was given up before it came has no amount
        return Released(reference)
    if (said.get("amount"), said.get("currency")) != (charge.amount.minor, charge.amount.currency):
        return None
    match now:
        case "pending" if url := _text(said, "url"):
            return Waiting(reference, url)
        case "authorised":
            return Authorised(reference)
        case "captured":
            return Captured(reference)
        case "refunded":
            return Refunded(reference)
        case "declined":
            return Declined(_text(said, "code") or "declined", _text(said, "reason"))
    return None


def _language(language: str) -> str:
    return "en" if language.startswith("en") else "zh-hans"


def _read(body: bytes) -> dict[str, Any]:
    try:
        said = json.loads(body)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _text(said: dict[str, Any], name: str) -> str:
    value = said.get(name)
    return value if isinstance(value, str) else ""
