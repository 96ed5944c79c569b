"""Notices: heard at once, heard again after a lost connection, ended cleanly."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from logging.handlers import QueueHandler
from queue import Queue

import pytest
from django.db import connection

from qudao.platform.events import notices as events
from qudao.platform.events.notices import Notices

CHANNEL, NAME = "qudao_ears", "qudao ears"
"""Counters of other tests may still run, and listen: these tests have a channel of their own."""
WAIT_S = 30


@pytest.fixture(autouse=True)
def _apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "CHANNEL", CHANNEL)
    monkeypatch.setitem(events._WATCHFUL, "application_name", NAME)


class Ears:
    """What was heard, in order; `lost` comes as a word of its own."""

    def __init__(self) -> None:
        self.heard: Queue[str] = Queue()
        self.notices = Notices(
            {
                "outlet": lambda text: self.heard.put(f"outlet {text}"),
                "catalog": self.heard.put,
                "number": lambda text: self.heard.put(f"number {int(text)}"),
            },
            lambda: self.heard.put("lost"),
        )

    def next(self) -> str:
        return self.heard.get(timeout=WAIT_S)


@pytest.fixture
def ears(transactional_db: None) -> Iterator[Ears]:
    ears = Ears()
    ears.notices.start()
    assert ears.next() == "lost"
    yield ears
    ears.notices.stop()
    assert not ears.notices.is_alive()
    # The server tells of a session for a moment after its client has closed the connection.
    deadline = time.monotonic() + WAIT_S
    while left := _sessions():
        assert time.monotonic() < deadline, left
        time.sleep(0.01)


def say(payload: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, payload])


def _sessions() -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT * FROM pg_stat_activity"
            " WHERE application_name = %s AND datname = current_database()",
            [NAME],
        )
        return list(cursor.fetchall())


def test_each_notice_reaches_the_handler_of_its_kind_in_order(ears: Ears) -> None:
    for payload in ("outlet:a", "unheard:of", "outlet:b:c", "catalog", "outlet:d"):
        say(payload)
    assert [ears.next() for _ in range(4)] == ["outlet a", "outlet b:c", "", "outlet d"]


def test_after_a_lost_connection_it_says_so_and_listens_again(ears: Ears) -> None:
    for _ in range(3):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
                " WHERE application_name = %s AND datname = current_database()",
                [NAME],
            )
        assert [ears.next(), ears.next()] == ["lost", "lost"]  # at the end, and at the beginning
        say("outlet:again")
        assert ears.next() == "outlet again"


@pytest.fixture
def warnings() -> Iterator[Queue[logging.LogRecord]]:
    records: Queue[logging.LogRecord] = Queue()
    handler = QueueHandler(records)
    logger = logging.getLogger("qudao.platform.events.notices")
    logger.addHandler(handler)
    yield records
    logger.removeHandler(handler)


def test_a_handler_that_fails_is_told_and_leaves_nobody_deaf(
    ears: Ears, warnings: Queue[logging.LogRecord]
) -> None:
    say("number:none")
    assert [ears.next(), ears.next()] == ["lost", "lost"]
    told = warnings.get(timeout=WAIT_S).getMessage()
    assert "ValueError" in told and "'none'" in told
    say("number:2")
    assert ears.next() == "number 2"


def test_it_waits_for_a_server_that_is_not_there(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch, warnings: Queue[logging.LogRecord]
) -> None:
    ears = Ears()
    with monkeypatch.context() as wrong:
        wrong.setitem(connection.settings_dict, "NAME", "no_such_database")
        ears.notices.start()
        for _ in range(2):
            assert "no_such_database" in warnings.get(timeout=WAIT_S).getMessage()
        assert not ears.notices.listening.is_set()
        assert ears.heard.empty()
    assert ears.next() == "lost"
    ears.notices.stop()


def test_it_ends_while_it_waits_for_the_server(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch, warnings: Queue[logging.LogRecord]
) -> None:
    ears = Ears()
    with monkeypatch.context() as wrong:
        wrong.setitem(connection.settings_dict, "NAME", "no_such_database")
        ears.notices.start()
        warnings.get(timeout=WAIT_S)
        ears.notices.stop()
    assert not ears.notices.is_alive()
    assert ears.heard.empty()
