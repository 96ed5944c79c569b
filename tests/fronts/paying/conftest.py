"""A web hall whose customers pay at a real acquirer process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from pytest_django.fixtures import Settings

from qudao.domain.catalog import queries as catalog
from tests.acquirer_process import AcquirerProcess, acquirer, acquirer_process
from tests.fronts.paying.buying import Buying
from tests.journeys.paying.hall import assert_all_sound, open_hall
from tests.province import Province, committed_province, province

__all__ = ["acquirer", "acquirer_process", "committed_province", "province"]


@pytest.fixture
def buying(province: Province, acquirer: AcquirerProcess, settings: Settings) -> Iterator[Buying]:
    with _buying(province, acquirer, settings) as opened:
        yield opened


@pytest.fixture
def committed_buying(
    committed_province: Province, acquirer: AcquirerProcess, settings: Settings
) -> Iterator[Buying]:
    """Committed: for threads, which see only that."""
    with _buying(committed_province, acquirer, settings) as opened:
        yield opened


@contextmanager
def _buying(province: Province, acquirer: AcquirerProcess, settings: Settings) -> Iterator[Buying]:
    """Now, for pages look at the clock."""
    settings.ACQUIRER_URL = acquirer.url
    settings.ACQUIRER_KEY, settings.ACQUIRER_SECRET = acquirer.key, acquirer.secret
    settings.PAYMENT_RETURN_URL = "http://testserver/payments/{payment}"
    settings.PAYMENT_MEANS = {
        name: f"qudao.gateways.acquirer.gateway.{name}" for name in ("bound", "page")
    }
    catalog.forget()
    hall = open_hall(province, "web_hall")
    hall.at = datetime.now(UTC)
    yield Buying(hall, acquirer)
    assert_all_sound()
    catalog.forget()
