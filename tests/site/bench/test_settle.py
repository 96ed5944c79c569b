"""The steps of `bench settle` settle a month: each is done as its process does it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from qudao.domain.commission.queries import conservation
from qudao.domain.commission.queries import settlements as queries
from qudao.site.bench import settle, settle_run, stand
from qudao.site.reference import load

pytestmark = pytest.mark.django_db

OUTLETS = 18


@pytest.fixture
def seeded() -> None:
    """What the test stand has."""
    assert dict(load())
    with connection.cursor() as cursor:
        cursor.execute("ALTER SEQUENCE saleschannel_outlet_number RESTART")  # the month's are 1, 2…
        for script in (*stand.fill(OUTLETS), settle._script(OUTLETS)):
            cursor.execute(script)


def test_a_month_goes_through_all_steps(seeded: None, settings: Any, tmp_path: Path) -> None:
    settings.LAKE_FOLDER = str(tmp_path / "lake")
    settings.LAKE_ENGINE = "duckdb://?threads=1&memory=512MiB"
    made = settle_run.make(facts=3_000, outlets=OUTLETS, branches=("4101",))
    assert made["facts"] > 100
    found = {name: getattr(settle_run, name)() for name, _shown in settle.STEPS}
    row = queries.settlement_of(settle_run._province(), settle_run.month())
    assert row is not None
    assert (row.state, row.running) == ("closed", "")
    assert found["compute"] == {"lines": row.lines} and row.lines > 100
    assert found["statements"] == {"statements": row.statements} and row.statements > 0
    assert found["check"] == {"findings": 0}
    assert found["post"] == {"fen": row.net.minor, "points": row.points} and row.net.minor > 0
    assert found["payout"]["files"] == 1 and found["payout"]["payments"] > 0
    assert found["read"]["lines"] == row.lines
    assert found["read"]["statements"] == row.statements
    assert found["close"] == {"faults": 0}
    assert conservation.unsound() == []
