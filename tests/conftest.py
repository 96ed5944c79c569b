"""What all tests share."""

import os
from collections.abc import Iterator

import pytest
from django.test import TransactionTestCase
from hypothesis import HealthCheck, settings
from pytest_django import DjangoDbBlocker

from tests import database

pytest_plugins = ["tests.lakes", "tests.province"]

# How long an example takes says how busy the machine is, not whether the code is right.
settings.register_profile(
    "patient", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("patient")


def pytest_configure(config: pytest.Config) -> None:
    database.set_up(config)
    # Django would empty all tables and make permissions anew, a second each time.
    TransactionTestCase._fixture_teardown = lambda _self: database.clear()


def pytest_unconfigure(config: pytest.Config) -> None:
    database.tear_down(config)


LONG = (
    "tests/invariants/test_counter_crash.py",
    "tests/halls/test_equality.py",
    "tests/site/test_run.py",
    "tests/site/bench/",
)
"""Long tests that would come last: one worker would go on alone when the others are done."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Groups keep a worker's tests together; a runner that ignores them does so in silence."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONG))
    if not getattr(config.option, "loadgroup", False):
        return
    for item in items:
        if item.get_closest_marker("xdist_group") and "@" not in item.nodeid:
            raise pytest.UsageError(f"{item.nodeid} is in a group, which pytest-xdist ignores")


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """In the place of pytest-django's own: a copy of the migrated database."""
    from tests import stocked

    with django_db_blocker.unblock(), database.copy():
        if database.may_skip_triggers():
            stocked.keep()
        with django_db_blocker.block():
            yield


@pytest.fixture
def server_environment(db: None) -> dict[str, str]:
    """The environment that puts a child process (web server, worker) on this test's database.

    What the test wants the child to see must be committed: use `transaction=True`.
    """
    return {
        **os.environ,
        "DATABASE_URL": database.dsn(),
        "DJANGO_SETTINGS_MODULE": "qudao.site.settings",
    }
