"""What all tests share."""

import os
from collections.abc import Iterator

import pytest
from pytest_django import DjangoDbBlocker

from tests import database

pytest_plugins = ["tests.province"]


def pytest_configure(config: pytest.Config) -> None:
    database.set_up(config)


def pytest_unconfigure(config: pytest.Config) -> None:
    database.tear_down(config)


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """In the place of pytest-django's own: a copy of the migrated database."""
    with django_db_blocker.unblock(), database.copy(), django_db_blocker.block():
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
