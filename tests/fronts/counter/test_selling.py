"""Sales over the counter."""

import pytest

from qudao.domain.ordering.models import Order
from tests.counter_process import CounterProcess
from tests.fronts.api.conftest import Shop
from tests.province import assert_sound

pytestmark = pytest.mark.django_db(transaction=True)


def orders() -> int:
    return Order.objects.unscoped("test").count()


def test_a_sale_is_sold_once(committed_shop: Shop, counter: CounterProcess) -> None:
    till = committed_shop.terminal()
    first = counter.sell(till.secret, "k-1")
    assert first.status == 201, first
    assert first.document["balance_fen"] == 100_000 - first.document["debit_fen"]
    assert first.headers["Location"] == f"/api/v1/orders/{first.document['order']}"
    assert counter.sell(till.secret, "k-1").document == first.document
    assert till.sell(key="k-1").json() == first.document, "the HTTP API knows the key, too"
    other = counter.sell(till.secret, "k-1", 6000)
    assert (other.status, other.document["code"]) == (409, "commands.key_reused")
    assert orders() == 1
    assert_sound()
