"""schemathesis against our own description: no server error, no undocumented answer."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, settings
from pytest_django.fixtures import Settings
from schemathesis import Case
from schemathesis.openapi import from_wsgi
from schemathesis.specs.openapi.checks import positive_data_acceptance

from tests.boss_process import BossProcess
from tests.fronts.api.conftest import Shop

EXAMPLES = 8
"""Generated requests for each operation, besides those that cover each parameter's edges."""


class Known:
    """What really exists, so that not every generated request ends at `not found`."""

    def __init__(self, shop: Shop, boss: BossProcess) -> None:
        till = shop.terminal()
        self.secret = till.secret
        self.msisdn = boss.fresh(lambda one: bool(one.bills)).msisdn
        sold = [till.sell(amount, msisdn=self.msisdn).json() for amount in (1000, 2000)]
        shop.complete(sold[0]["order"])
        self.order, self.number = sold[0]["order"], sold[0]["number"]
        begun = till.post("/dossiers", {"purpose": "account_opening"})
        self.dossier = begun.json()["id"]


@pytest.fixture
def known(shop: Shop, live_boss: BossProcess, settings: Settings) -> Iterator[Known]:
    settings.API_REQUESTS_PER_MINUTE = 0
    known = Known(shop, live_boss)
    # As Django's own test client does: the test's transaction outlives the requests.
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield known
    for signal in signals:
        signal.connect(close_old_connections)


schema = from_wsgi("/api/v1/openapi.json", WSGIHandler())


@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@pytest.mark.django_db
def test_every_answer_is_described(case: Case, known: Known) -> None:
    _make_real(case, known)
    case.call_and_validate(
        headers={"Authorization": f"Bearer {known.secret}"},
        # A well-formed request may still be refused: an amount that the offer does not take.
        excluded_checks=[positive_data_acceptance],
    )


def _make_real(case: Case, known: Known) -> None:
    """Put what exists into every other well-formed request."""
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    if int(case.id.encode().hex(), 16) % 2:
        return
    for name, value in (
        ("order", known.order),
        ("dossier", known.dossier),
        ("number", known.number),
        ("msisdn", known.msisdn),
    ):
        if name in (case.path_parameters or {}):
            case.path_parameters[name] = value
    if isinstance(case.body, dict) and "offering" in case.body:
        case.body.update(offering="TOPUP", msisdn=known.msisdn, amount_fen=1000)
        case.body.pop("outlet", None)
