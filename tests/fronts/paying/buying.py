"""Customers who buy at the web hall and pay at the acquirer."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Any

from django.test import Client

from qudao.domain.checkout import queries as payments
from qudao.domain.checkout.types import CheckoutId, PaymentRecord
from qudao.journeys import paying
from qudao.kernel.personal import Secret
from qudao.kernel.signatures import SharedKey
from tests.acquirer_process import AcquirerProcess
from tests.journeys.paying.hall import MSISDN, PaidHall

NOTICES = "/payments/notices"
KEY = SharedKey(AcquirerProcess.key, Secret(AcquirerProcess.secret), "Acquirer")


@dataclass
class Buying:
    """A hall, its acquirer, and what one does there."""

    hall: PaidHall
    acquirer: AcquirerProcess

    def begin(self, amount: int = 50_00) -> CheckoutId:
        """A customer is sent to the page of payment."""
        page = paying.begin_page(
            self.hall.context(), sale=self.hall.sale(amount), payer=MSISDN, what="话费充值"
        )
        assert page.url.startswith(self.acquirer.url)
        return page.payment

    def payment(self, payment: CheckoutId) -> PaymentRecord:
        return payments.payment(payment=payment)

    def done(self, payment: CheckoutId) -> dict[str, int]:
        """What the acquirer did, how often."""
        return dict(self.acquirer.audit(payment)["payments"][str(payment)]["effects"])


def push(client: Client, said: Any, *, at: float | None = None, **headers: str) -> Any:
    """A notice arrives; the answer."""
    body = said if isinstance(said, bytes) else json.dumps(said).encode()
    signed = KEY.headers("POST", NOTICES, body, time.time() if at is None else at)
    return client.post(
        NOTICES, body, content_type="application/json", headers={**signed, **headers}
    )
