"""Contacts: written in sets, once, masked, and counted by the hour."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection

from qudao.domain.care import operations, queries
from qudao.domain.care.models import HourlyContacts, Interaction
from qudao.domain.care.operations.interactions import ContactInvalid
from qudao.domain.care.types import ContactFigure, InteractionSearch, PlaceUnknown
from qudao.kernel.page import PageRequest
from qudao.kernel.period import business_date
from qudao.kernel.refusals import Refusal
from qudao.platform.commands.command import KeyReused
from qudao.platform.commands.context import NotPermitted
from qudao.platform.commands.models import JournalEntry
from tests.domain.care.desk import LINE, OTHER, contact
from tests.platform.commands.test_budgets import Statements
from tests.province import NOON, Province

pytestmark = pytest.mark.django_db

record = operations.record_interactions


def journalled() -> list[JournalEntry]:
    return list(JournalEntry.objects.filter(command="care.record_interactions").order_by("id"))


def rows() -> int:
    return Interaction.objects.unscoped("test").count()


def test_a_contact_is_kept_and_found_by_its_number(province: Province) -> None:
    order = uuid4()
    made = record.one(province.system(), contact(province, order=order, reason="question"))
    record.one(province.system(), contact(province, msisdn=str.__str__(OTHER)))
    record.one(province.system(), contact(province, msisdn=""))
    found = queries.interactions(
        province.system(), search=InteractionSearch(msisdn=LINE), page=PageRequest()
    )
    assert found.total == 1
    (one,) = found.items
    assert (one.id, one.order, one.msisdn_masked) == (made, order, "138****8000")
    assert (one.channel, one.item, one.outcome, one.reason) == (
        "worker",
        "balance",
        "done",
        "question",
    )
    assert (one.direction, one.language) == ("inbound", "zh-hans")
    assert one.ended_at - one.started_at == timedelta(seconds=42)
    everyone = queries.interactions(
        province.system(), search=InteractionSearch(), page=PageRequest()
    )
    masked = sorted(row.msisdn_masked for row in everyone.items)
    assert masked == ["", "138****8000", "139****9000"]


def test_nothing_personal_lies_open(province: Province) -> None:
    record.one(province.system(), contact(province))
    (entry,) = journalled()
    assert str.__str__(LINE) not in str(entry.arguments)
    assert entry.arguments["msisdn"] == "•••"
    with connection.cursor() as cursor:
        cursor.execute("SELECT i::text FROM care_interaction i")
        ((stored,),) = cursor.fetchall()
        digits = str.__str__(LINE)
        assert digits not in stored and digits.encode().hex() not in stored


def test_it_lies_in_its_month_and_at_its_home(province: Province) -> None:
    for at in (NOON, NOON + timedelta(days=40)):
        record.one(province.system(at), contact(province, place=province.agent))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tableoid::regclass::text, period::text, home FROM care_interaction ORDER BY id"
        )
        found = cursor.fetchall()
        cursor.execute(
            "SELECT period::text, home FROM commands_journal"
            " WHERE command = 'care.record_interactions' ORDER BY id"
        )
        assert cursor.fetchall() == [row[1:] for row in found]
    assert [row[1:] for row in found] == [("2026-11-01", "4101"), ("2026-12-01", "4101")]
    assert found[0][0] != found[1][0]


def test_the_same_request_is_done_once(province: Province) -> None:
    ctx, said = province.system(), contact(province)
    first = record.one(ctx, said)
    assert record.one(ctx, said) == first
    assert record([(ctx, said), (ctx, said)]) == [first, first]
    other = record([(ctx, contact(province, item="bill"))])[0]
    assert isinstance(other, KeyReused)
    assert rows() == len(journalled()) == 1


def test_a_key_is_known_across_the_end_of_a_month(province: Province) -> None:
    last = NOON.replace(day=30, hour=15, minute=59)  # in Henan a minute before December
    ctx, said = province.system(last), contact(province)
    first = record.one(ctx, said)
    later = province.system(last + timedelta(minutes=2)).with_key(ctx.request_key)
    assert business_date(later.at).month == 12
    assert record.one(later, said) == first
    assert rows() == 1


def test_a_bad_one_does_not_hurt_its_neighbours(province: Province) -> None:
    ctx = province.system
    far = province.context(
        "auditor", province.organizations["4103"], more=["care.record_interactions"]
    )
    nobody = province.context("outlet_clerk", province.agent)
    late = NOON - timedelta(days=2)
    answers = record(
        [
            (ctx(), contact(province)),
            (ctx(), contact(province, place=uuid4())),
            (far, contact(province)),
            (nobody, contact(province)),
            (ctx(), contact(province, direction="sideways")),
            (ctx(), contact(province, started_at=NOON)),
            (ctx(), contact(province, started_at=late)),
            (ctx(), contact(province, msisdn="no number")),
            (ctx(), contact(province, language="fr")),
            (ctx(), contact(province, item="x" * 65)),
            (ctx(), contact(province, outcome="")),
            (ctx(), contact(province, msisdn="+8637155551234")),
        ]
    )
    refused = [answer for answer in answers if isinstance(answer, Refusal)]
    assert len(refused) == 10 and rows() == 2
    assert [type(answer) for answer in refused[:3]] == [PlaceUnknown, PlaceUnknown, NotPermitted]
    assert [answer.field for answer in refused[3:] if isinstance(answer, ContactInvalid)] == [
        "direction",
        "ended_at",
        "ended_at",
        "msisdn",
        "language",
        "item",
        "outcome",
    ]


def test_a_set_takes_two_statements(province: Province) -> None:
    record.one(province.system(), contact(province))
    pairs = [(province.system(), contact(province)) for _ in range(200)]
    with Statements() as statements:
        answers = record(pairs)
    assert len(statements.work) == 2
    assert len(set(answers)) == 200 and rows() == 201


def test_who_may_not_look_is_told_so(province: Province) -> None:
    clerk = province.clerk()
    with pytest.raises(NotPermitted):
        queries.interactions(clerk, search=InteractionSearch(), page=PageRequest())
    with pytest.raises(NotPermitted):
        queries.contact_figures(clerk, first=NOON.date(), last=NOON.date())


def test_another_branch_sees_nothing(province: Province) -> None:
    record.one(province.system(), contact(province))
    near, far = (
        province.context("branch_supervisor", province.organizations[code])
        for code in ("4101", "4103")
    )
    assert queries.interactions(near, search=InteractionSearch(), page=PageRequest()).total == 1
    assert queries.interactions(far, search=InteractionSearch(), page=PageRequest()).total == 0


def test_the_relay_counts_each_contact_once(committed_province: Province) -> None:
    province = committed_province
    system = province.system()
    early = NOON - timedelta(hours=3)
    wanted = [
        contact(province),
        contact(province, order=uuid4()),
        contact(province, item="bill", outcome="refused"),
        contact(province, place=province.far, started_at=early, ended_at=early),
    ]
    first = [(province.system(), one) for one in wanted]
    record(first)
    province.relay()
    record(first)  # repeated
    record([(province.system(), contact(province))])
    province.relay()
    day = NOON.date()

    def figures(by: queries.Grain, below: str = "") -> list[tuple[str, int, int, int]]:
        found = queries.contact_figures(system, first=day, last=day, by=by, below=below)
        return [(one.key, one.contacts, one.seconds, one.orders) for one in found]

    assert figures("all") == [("", 5, 168, 1)]
    assert figures("hour") == [("09", 1, 0, 0), ("11", 4, 168, 1)]
    assert figures("item") == [("balance", 4, 126, 1), ("bill", 1, 42, 0)]
    assert figures("outcome") == [("done", 4, 126, 1), ("refused", 1, 42, 0)]
    assert figures("channel") == [("worker", 5, 168, 1)]
    assert figures("day") == [("2026-11-20", 5, 168, 1)]
    assert figures("all", below="000.41.4103") == [("", 1, 0, 0)]
    far = province.context("branch_supervisor", province.organizations["4103"])
    assert queries.contact_figures(far, first=day, last=day) == (ContactFigure("", 1, 0, 0),)
    assert HourlyContacts.objects.unscoped("test").count() == 3
