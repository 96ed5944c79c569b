"""A notice, its repetition, the customer's page and the job come at the same moment."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from django.db import connection
from django.test import Client

from qudao.domain.checkout.types import PaymentState
from qudao.domain.ordering.models import Order
from tests.fronts.paying.buying import Buying, push


def test_it_is_sold_once_whoever_comes_first(committed_buying: Buying) -> None:
    buying = committed_buying
    paid = [buying.begin() for _ in range(3)]
    for payment in paid:
        buying.acquirer.pay(payment)
    start = Barrier(6)

    def come(which: int) -> None:
        try:
            client = Client()
            start.wait()
            for payment in paid[which % 3 :] + paid[: which % 3]:
                if which % 2:
                    answer = push(client, {"payment": str(payment)})
                    assert answer.status_code in (200, 503), answer.content
                else:
                    answer = client.post(f"/payments/{payment}/check")
                    assert answer.status_code == 302
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(come, range(6)))
    buying.hall.settle()
    for payment in paid:
        assert buying.payment(payment).state == PaymentState.CAPTURED
        assert buying.done(payment) == {"hold": 1, "capture": 1}
    assert Order.objects.unscoped("all that there are").count() == 3
    assert len(buying.hall.texts()) == 3
