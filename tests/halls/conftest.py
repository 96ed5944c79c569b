"""What halls are tested with."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django import DjangoDbBlocker

from tests.acquirer_process import AcquirerProcess, acquirer_process
from tests.boss_process import BossProcess, boss_process
from tests.halls import world as worlds
from tests.halls.driver import World

__all__ = ["acquirer_process", "boss_process"]


@pytest.fixture(scope="module")
def made(
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    boss_process: BossProcess,
    acquirer_process: AcquirerProcess,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[World, str]]:
    """A world, and the name of its database, which is only copied from."""
    with (
        django_db_blocker.unblock(),
        worlds.made(boss_process, acquirer_process, tmp_path_factory) as found,
    ):
        yield found
