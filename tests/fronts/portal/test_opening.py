"""Opening an account through plain forms."""

from __future__ import annotations

import pytest

from tests.fronts.portal.conftest import Shop
from tests.fronts.portal.things import Counter


@pytest.fixture
def counter(shop: Shop) -> Counter:
    return Counter(shop)


def test_four_steps(counter: Counter) -> None:
    dossier = counter.begin()
    step = counter.get("opening_number", dossier)
    assert step.status_code == 200
    held = counter.pick(dossier)
    assert held.url.endswith("/number/")
    print(counter.get("opening_number", dossier).content.decode()[:200])
    assert counter.sim(dossier).url.endswith("/plan/")
    assert counter.get("opening_plan", dossier).status_code == 200
    assert counter.plan(dossier).url.endswith("/customer/")
    assert counter.get("opening_customer", dossier).status_code == 200
    known = counter.person("opening_customer", dossier)
    assert known.status_code == 302, known.content.decode()
    page = counter.get("opening_customer", dossier)
    assert "0 of 5 lines used, 5 left" in page.content.decode()
    kept = counter.pictures("opening_customer", dossier)
    assert kept.status_code == 302, kept.content.decode()
    contract = counter.contract(dossier)
    assert contract.status_code == 302, contract.content.decode()
    order = counter.client.get(contract.url)
    assert order.status_code == 200
