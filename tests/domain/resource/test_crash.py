"""Whoever is killed while picking numbers: no hold that was told is lost, none is doubled."""

import subprocess
import sys
import threading

import pytest
from django.db import connection

from qudao.domain.resource import queries
from qudao.domain.resource.models import Change, Number
from tests.domain.resource.conftest import ZHENGZHOU, Numbers


def no_backend_works() -> None:
    """What the killed asked the database for last is done, or given up."""
    pause = threading.Event()
    for _ in range(600):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
                " AND state <> 'idle'"
            )
            if cursor.fetchone() == (0,):
                return
        pause.wait(0.05)
    raise AssertionError("a backend of a killed process does not end")


@pytest.mark.django_db(transaction=True)
def test_nothing_told_is_lost_when_the_counter_is_killed(
    committed_numbers: Numbers, server_environment: dict[str, str]
) -> None:
    agent = committed_numbers.province.agent
    path = committed_numbers.province.paths[agent]
    told: list[tuple[str, str, str]] = []
    for seed in ("one", "two", "three"):
        picker = subprocess.Popen(
            [
                *(sys.executable, "-m", "tests.domain.resource.picker"),
                *(str(agent), path, ZHENGZHOU, seed),
            ],
            env=server_environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert picker.stdout is not None
        killer = threading.Timer(8, picker.kill)  # when all 20 holds are taken it says nothing
        try:
            assert picker.stdout.readline() == "ready\n"
            killer.start()
            for place, line in enumerate(picker.stdout):
                if place == 40:
                    picker.kill()  # it goes on until the signal meets it
                if not line.endswith("\n"):
                    break  # it was killed while it spoke
                what, number, hold = line.split()
                told.append((what, number, hold))
        finally:
            picker.kill()
            picker.wait()
            killer.cancel()
    no_backend_works()
    held = {hold: number for what, number, hold in told if what == "held"}
    releasing = {hold for what, _, hold in told if what == "releasing"}
    assert len(held) >= 15 and releasing
    stored = {
        str(row.hold): str(row.number)
        for row in Number.objects.unscoped("test").filter(state="reserved")
    }
    # What was told and not given back is there, under the same number.
    for hold in held.keys() - releasing:
        assert stored[hold] == held[hold]
    assert len(stored) == len(set(stored.values())) <= 20
    # Every hold that was told left a step, and no number was reserved while it was.
    steps = Change.objects.order_by("number", "id").values_list("number", "was", "state")
    assert sum(state == "reserved" for _, _, state in steps) >= len(held)
    assert {(was, state) for _, was, state in steps} == {("free", "reserved"), ("reserved", "free")}
    assert queries.unsound() == []
