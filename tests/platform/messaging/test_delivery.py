"""Messages: queued with what they tell of, delivered by a job, erased when done."""

from __future__ import annotations

import itertools
import json
import os
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from django.conf import LazySettings
from django.db import connection, transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from qudao.gateways.sms.spool import spooled
from qudao.kernel.personal import Personal, Secret
from qudao.platform.commands.models import JournalEntry
from qudao.platform.identity.roles import system_context
from qudao.platform.messaging.delivery import ABANDONED, MAX_ATTEMPTS, deliver_now
from qudao.platform.messaging.models import OutgoingMessage
from qudao.platform.messaging.operations import send
from qudao.platform.messaging.types import MessageId
from qudao.site.privacy import messages
from tests.domain.party.conftest import NOON

pytestmark = pytest.mark.django_db
_keys = itertools.count()


@pytest.fixture
def spool(settings: LazySettings, tmp_path: Path) -> Path:
    settings.SMS_SPOOL = tmp_path / "spool" / "sms"
    settings.SMS_SPOOL_ALLOWED = True
    return tmp_path / "spool" / "sms"


def queued(lifetime_s: int | None = None) -> MessageId:
    return send(
        system_context(NOON, f"message-{next(_keys)}"),
        recipient=Personal("13800138000"),
        kind="sign_in_code",
        text=Secret("Code 123456"),
        lifetime_s=lifetime_s,
    )


def test_a_message_is_delivered_and_its_text_erased(spool: Path) -> None:
    message = queued()
    assert deliver_now(message, NOON)
    assert [(note.recipient, note.text) for note in spooled(spool)] == [
        ("13800138000", "Code 123456")
    ]
    row = OutgoingMessage.objects.get()
    assert (row.state, row.attempts, row.text, row.sent_at) == ("sent", 1, None, NOON)
    assert deliver_now(message, NOON + timedelta(hours=1))
    assert len(spooled(spool)) == 1


def test_a_developer_reads_when_it_was_in_the_markets_time(spool: Path) -> None:
    spool.mkdir(parents=True)
    note = {"at": "2026-11-20T18:30:00+00:00", "to": "13800138000", "text": "Code 123456"}
    (spool / "1.json").write_text(json.dumps(note))
    shown = CliRunner().invoke(messages, [])
    assert shown.output == "2026-11-21 02:30:00  13800138000  Code 123456\n"


def test_neither_number_nor_text_is_readable_in_the_database(spool: Path) -> None:
    queued()
    with connection.cursor() as cursor:
        cursor.execute("SELECT recipient, text FROM messaging_outgoing_message")
        stored = b"".join(bytes(value) for value in cursor.fetchone())
    jobs = str(list(ProcrastinateJob.objects.values()))
    journal = str(list(JournalEntry.objects.values()))
    for secret in ("13800138000", "123456"):
        assert secret.encode() not in stored
        assert secret not in jobs and secret not in journal


def test_the_spool_is_its_owners_alone(spool: Path) -> None:
    deliver_now(queued(), NOON)
    (file,) = spool.glob("*.json")
    assert os.stat(file).st_mode & 0o777 == 0o600
    assert os.stat(spool).st_mode & 0o777 == 0o700
    assert json.loads(file.read_text("utf-8"))["to"] == "13800138000"


def test_the_job_belongs_to_the_transaction() -> None:
    class Undone(Exception):
        pass

    before = ProcrastinateJob.objects.count()
    with pytest.raises(Undone), transaction.atomic():
        queued()
        assert ProcrastinateJob.objects.count() == before + 1
        raise Undone
    assert ProcrastinateJob.objects.count() == before
    assert not OutgoingMessage.objects.exists()


def test_a_spool_that_others_can_reach_is_refused(spool: Path, settings: LazySettings) -> None:
    settings.SMS_SPOOL_ALLOWED = False
    message = queued()
    for attempt in range(1, MAX_ATTEMPTS):
        assert not deliver_now(message, NOON + timedelta(minutes=attempt))
        row = OutgoingMessage.objects.get()
        assert (row.state, row.attempts) == ("queued", attempt)
    assert deliver_now(message, NOON + timedelta(hours=1))
    row = OutgoingMessage.objects.get()
    assert (row.state, row.text) == ("failed", None)
    assert "QUDAO_SMS_SPOOL" in row.problem
    assert not spool.exists()


def test_an_expired_message_is_not_delivered(spool: Path) -> None:
    message = queued(lifetime_s=300)
    assert deliver_now(message, NOON + timedelta(seconds=300))
    row = OutgoingMessage.objects.get()
    assert (row.state, row.text, row.attempts) == ("expired", None, 0)
    assert not spool.exists()


def test_a_try_that_died_is_taken_up_after_a_while(spool: Path) -> None:
    message = queued()
    OutgoingMessage.objects.update(state="sending", tried_at=NOON, attempts=1)
    assert deliver_now(message, NOON + ABANDONED - timedelta(seconds=1))
    assert not spool.exists()
    assert deliver_now(message, NOON + ABANDONED)
    assert len(spooled(spool)) == 1
