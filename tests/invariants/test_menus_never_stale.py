"""
A hall never shows a menu that was replaced more than a second before: in another process, with
notices and without a single one.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from queue import Queue
from threading import Thread

import pytest

from qudao.domain.echannel import operations, ports, queries
from qudao.domain.echannel.types import Content, Entry
from tests.domain.echannel.conftest import Items
from tests.invariants.menu_reader import microseconds
from tests.province import Province

ROUNDS = 3
WAIT_S = 60


@pytest.fixture(autouse=True)
def items(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(ports, "_known", [Items()])
    yield
    queries.forget()


@contextmanager
def reader(mode: str, environment: dict[str, str]) -> Iterator[Queue[tuple[int, int]]]:
    """A hall in a process of its own; what it was shown, as it comes."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.invariants.menu_reader", mode],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )
    told: Queue[tuple[int, int]] = Queue()

    def take() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            told.put(tuple(json.loads(line)))

    thread = Thread(target=take, daemon=True)
    thread.start()
    try:
        yield told
    finally:
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(WAIT_S) == 0
        thread.join(WAIT_S)


def next_of(told: Queue[tuple[int, int]]) -> tuple[int, int]:
    return told.get(timeout=WAIT_S)


def publish(province: Province) -> tuple[int, int]:
    """Publish another version; return its number, and the moment at which that was committed."""
    now = datetime.now(UTC)
    item = "bill" if now.microsecond % 2 else "top_up"
    saved = operations.save_draft(
        province.system(now), front="ussd", content=Content((Entry(item=item),))
    )
    operations.publish(
        province.system(now), front="ussd", number=saved.number, edition=1, valid_from=now
    )
    return saved.number, microseconds(datetime.now(UTC))


@pytest.mark.usefixtures("committed_province")
def test_without_notices_a_menu_is_at_most_a_second_old(
    committed_province: Province, server_environment: dict[str, str]
) -> None:
    second = timedelta(seconds=1) // timedelta(microseconds=1)
    with reader("ignore", server_environment) as told:
        assert next_of(told)[1] == 0
        known = 0
        for _ in range(ROUNDS):
            number, committed = publish(committed_province)
            while True:
                at, version = next_of(told)
                assert version in (known, number)
                if at >= committed + second:
                    assert version == number, f"{at - committed} µs after it was published"
                    break
            known = number


@pytest.mark.usefixtures("committed_province")
def test_a_notice_alone_brings_the_new_menu(
    committed_province: Province, server_environment: dict[str, str]
) -> None:
    """The reader always asks at the moment at which it began: time alone renews nothing."""
    with reader("heed", server_environment) as told:
        assert next_of(told)[1] == 0
        # A version that began before the reader did: so it is what holds at the reader's moment.
        late = time.monotonic() + WAIT_S
        hour_ago = datetime.now(UTC) - timedelta(hours=1)
        for _ in range(ROUNDS):
            saved = operations.save_draft(
                committed_province.system(hour_ago),
                front="ussd",
                content=Content((Entry(item="bill"),)),
            )
            operations.publish(
                committed_province.system(hour_ago), front="ussd", number=saved.number, edition=1
            )
            while next_of(told)[1] != saved.number:
                assert time.monotonic() < late, "no notice was heard"
