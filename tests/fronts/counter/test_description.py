"""The counter against its own description, and that against the HTTP API's."""

from __future__ import annotations

import pytest
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, openapi
from schemathesis.specs.openapi.checks import positive_data_acceptance

from tests.counter_process import CounterProcess
from tests.fronts.api.conftest import Shop

pytestmark = pytest.mark.django_db(transaction=True)

EXAMPLES = 4
"""Generated requests for each operation; the HTTP API's own test sends more to the same ones."""


def test_both_descriptions_agree(client: Client, counter: CounterProcess) -> None:
    own = counter.request("GET", "/api/v1/openapi.json").document
    other = client.get("/api/v1/openapi.json").json()
    streams = {path for path in own["paths"] if path not in other["paths"]}
    assert streams == {"/api/v1/orders/events", "/api/v1/outlets/{outlet}/orders/events"}
    for path in streams:
        del own["paths"][path]
    del own["components"]["schemas"]["OrderEvent"]
    assert own == other


def test_every_answer_is_described(committed_shop: Shop, boss_counter: CounterProcess) -> None:
    counter = boss_counter
    till = committed_shop.terminal()
    sold = counter.sell(till.secret, "k-1")
    assert sold.status == 201
    begun = till.post("/dossiers", {"purpose": "account_opening"}).json()
    known = {
        "order": sold.document["order"],
        "number": sold.document["number"],
        "dossier": begun["id"],
    }
    operations = [
        one.ok()
        for one in openapi.from_url(
            f"http://127.0.0.1:{counter.port}/api/v1/openapi.json"
        ).get_all_operations()
    ]
    tried = set()
    for operation in operations:
        if operation.path.endswith("/events"):
            continue  # it does not end

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def check(case: Case) -> None:
            for name, value in known.items():
                if name in (case.path_parameters or {}):
                    case.path_parameters[name] = value
            answer = case.call_and_validate(
                headers={"Authorization": f"Bearer {till.secret}"},
                excluded_checks=[positive_data_acceptance],
            )
            tried.add(answer.status_code)

        check()
    assert {200, 400, 404, 409} <= tried and 500 not in tried
    assert "ERROR" not in counter.log.read_text()
