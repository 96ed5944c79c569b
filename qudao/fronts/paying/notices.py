"""The door for the acquirer's notices: signed, small, not old; and never believed."""

from __future__ import annotations

import json
import logging
import time
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.request import UnreadablePostError
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from qudao.domain.checkout.queries import PaymentUnknown
from qudao.domain.checkout.types import CheckoutId
from qudao.fronts.web.clients import client_ip
from qudao.fronts.web.limits import over_limit
from qudao.journeys import paying
from qudao.kernel.personal import Secret
from qudao.kernel.refusals import Refusal
from qudao.kernel.signatures import SharedKey

LARGEST: Final = 16_384
"""Octets of a notice."""
WRONG_PER_MINUTE: Final = 30
"""Notices with a wrong signature from one address."""

log = logging.getLogger(__name__)


@csrf_exempt
@require_POST
def notice(request: HttpRequest) -> HttpResponse:
    """
    Take a notice: 200 when it need not come again.

    It says only that something has happened. The payment's state is asked for, so a notice that
    comes twice, late or in the wrong order does no harm.
    """
    body = _body(request)
    if body is None:
        return _answer(413, "too_large")
    key = SharedKey(settings.ACQUIRER_KEY, Secret(settings.ACQUIRER_SECRET), "Acquirer")
    if not key.signed("POST", request.get_full_path(), body, request.headers, time.time()):
        wait_s = over_limit("payment-notices", f"ip:{client_ip(request)}", WRONG_PER_MINUTE)
        return _answer(429, "too_many") if wait_s else _answer(401, "unauthorized")
    payment = _payment(body)
    if payment is None:
        return _answer(400, "malformed")
    try:
        paid = paying.noticed(payment, at=datetime.now(UTC))
    except PaymentUnknown:
        # Ours are written down before the acquirer hears of them: it will never be known here.
        log.warning("A notice about %s, which is no payment of ours", payment)
        return _answer(200, "unknown")
    except Refusal as refusal:
        log.warning("The payment %s of a notice could not be concluded: %s", payment, refusal.code)
        return _answer(503, "later")
    return _answer(200, paid.state)


def _body(request: HttpRequest) -> bytes | None:
    try:
        body = request.read(LARGEST + 1)
    except (RequestDataTooBig, UnreadablePostError):
        return None
    return body if len(body) <= LARGEST else None


def _payment(body: bytes) -> CheckoutId | None:
    try:
        said = json.loads(body)
        return CheckoutId(UUID(said["payment"]))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def _answer(status: int, state: str) -> HttpResponse:
    return JsonResponse({"state": state}, status=status)
