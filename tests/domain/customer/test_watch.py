"""The blacklist; what is masked, and what is shown for a reason."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.conf import settings

from qudao.domain.customer import operations, queries
from qudao.domain.customer.models import BlacklistEntry, Customer
from qudao.domain.customer.types import (
    Blacklisted,
    CustomerUnknown,
    DossierClosed,
    DossierUnknown,
    PersonalField,
    ReasonTooShort,
    Role,
)
from qudao.kernel.page import PageRequest
from qudao.kernel.personal import Personal
from qudao.kernel.scope import Scope
from qudao.platform.commands.codec import MASK
from qudao.platform.commands.context import Context, NotPermitted
from qudao.platform.commands.models import JournalEntry
from qudao.platform.vault.types import FileNotFound
from tests.domain.customer import counter
from tests.province import NOON, Province

pytestmark = pytest.mark.django_db

PAGE = PageRequest()


@pytest.fixture(autouse=True)
def vault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "VAULT_DIR", tmp_path / "vault")


@pytest.fixture
def service(province: Province) -> Context:
    return province.context("customer_service", province.organizations["41"])


def again(province: Province, days: int = 0) -> Context:
    return province.context(
        "customer_service", province.organizations["41"], at=NOON + timedelta(days=days)
    )


def test_nothing_is_done_for_who_is_on_the_blacklist(province: Province, service: Context) -> None:
    number = counter.resident()
    entry = operations.blacklist(
        service,
        kind="resident_id",
        number=Personal(number),
        reason="numbers sold on",
        since=date(2026, 11, 21),
        until=date(2026, 11, 30),
    )
    who = counter.person(number, kind="temporary_id", valid_until=date(2027, 1, 1))
    for days, role, listed in (
        (0, Role.CUSTOMER, False),
        (1, Role.CUSTOMER, True),
        (1, Role.AGENT, True),
        (10, Role.GUARDIAN, True),
        (11, Role.CUSTOMER, False),
    ):
        at = NOON + timedelta(days=days)
        dossier = operations.open_dossier(
            province.clerk(at=at), outlet=province.agent, purpose="cancellation"
        )
        if not listed:
            counter.identify(province, dossier, who, role, ctx=province.clerk(at=at))
            continue
        with pytest.raises(Blacklisted) as caught:
            counter.identify(province, dossier, who, role, ctx=province.clerk(at=at))
        assert (caught.value.reason, caught.value.until) == (
            "numbers sold on",
            date(2026, 11, 30),
        )
    operations.unblacklist(again(province, 1), entry=entry, reason="mixed up")
    dossier = counter.opened(province)
    counter.identify(province, dossier, who, ctx=province.clerk(at=NOON + timedelta(hours=1)))
    with pytest.raises(operations.BlacklistEntryUnknown):
        operations.unblacklist(again(province, 1), entry=entry, reason="mixed up")
    row = BlacklistEntry.objects.get()
    assert (row.lift_reason, row.lifted_by) == ("mixed up", again(province).actor)


def test_the_blacklist_is_seen_masked(province: Province, service: Context) -> None:
    for reason in ("one", "another"):
        operations.blacklist(
            again(province),
            kind="passport",
            number=Personal("E12345678"),
            country="USA",
            reason=reason,
        )
    operations.blacklist(
        again(province),
        kind="resident_id",
        number=Personal(counter.resident()),
        reason="third",
        until=date(2026, 11, 20),
    )
    seen = queries.blacklist(service, page=PAGE)
    assert {one.reason for one in seen.items} == {"third", "another", "one"}
    masked = {one.reason: one.document_masked for one in seen.items}
    assert masked["one"] == masked["another"] == "*******78"
    assert queries.blacklist(again(province, 1), page=PAGE).total == 2
    assert queries.blacklist(again(province, 1), live=False, page=PAGE).total == 3
    found = queries.blacklist(
        service, kind="passport", number=Personal("e12345678"), country="usa", page=PAGE
    )
    assert found.total == 2
    with pytest.raises(NotPermitted):
        queries.blacklist(province.clerk(), page=PAGE)
    told = JournalEntry.objects.filter(command="customer.blacklist").first()
    assert told is not None and told.arguments["number"] == MASK


def test_entries_are_checked(province: Province, service: Context) -> None:
    def add(**changed: object) -> None:
        values = {
            "kind": "resident_id",
            "number": Personal(counter.resident()),
            "reason": "numbers sold on",
        }
        operations.blacklist(again(province), **{**values, **changed})  # type: ignore[arg-type]

    add()
    with pytest.raises(ReasonTooShort):
        add(reason=" x ")
    with pytest.raises(operations.PeriodInvalid):
        add(until=date(2026, 11, 19))
    with pytest.raises(operations.PeriodInvalid):
        add(since=date(2026, 12, 2), until=date(2026, 12, 1))
    with pytest.raises(queries.customers.DocumentNumberInvalid):
        add(number=Personal("110105194912310021"))


def test_a_customer_is_masked_and_revealed_for_a_reason(
    province: Province, service: Context
) -> None:
    dossier = counter.opened(province)
    number = counter.resident(date(1990, 1, 2), 77)
    who = counter.person(number, "王小明", phone="13700009999")
    customer = counter.identify(province, dossier, who).customer
    seen = queries.dossier(province.clerk(), dossier=dossier).persons["customer"]
    assert (seen.name_masked, seen.phone_masked) == ("王*明", "137****9999")
    assert seen.document_masked == f"4101**********{number[-4:]}"
    assert seen.address_masked == "河南省郑州市******"
    assert queries.customer(service, customer=customer) == seen
    supervisor = province.context("branch_supervisor", province.organizations["4101"])
    shown = operations.reveal(
        supervisor, customer=customer, field=PersonalField.DOCUMENT, reason="complaint 17"
    )
    assert str.__str__(shown.value) == number
    told = JournalEntry.objects.get(command="customer.reveal")
    assert (told.subject, told.actor) == (customer, supervisor.actor)
    assert told.answer["value"] == MASK
    assert told.events == [
        [
            "customer.PersonalDataRevealed",
            {"customer": str(customer), "field": "document", "reason": "complaint 17"},
        ]
    ]
    far = province.context("branch_supervisor", province.organizations["4103"])
    reveal = operations.reveal
    with pytest.raises(CustomerUnknown):
        reveal(far, customer=customer, field=PersonalField.NAME, reason="complaint 17")
    with pytest.raises(CustomerUnknown):
        queries.customer(far, customer=customer)
    with pytest.raises(ReasonTooShort):
        reveal(again(province), customer=customer, field=PersonalField.NAME, reason="")
    with pytest.raises(NotPermitted):
        reveal(province.clerk(), customer=customer, field=PersonalField.NAME, reason="curious")


def test_a_dossier_of_the_branch_makes_its_persons_visible_there(province: Province) -> None:
    number = counter.resident()
    customer = counter.identify(province, counter.opened(province), counter.person(number)).customer
    far = province.context("branch_supervisor", province.organizations["4103"])
    clerk = province.context("outlet_clerk", province.far)
    dossier = operations.open_dossier(clerk, outlet=province.far, purpose="sim_swap")
    clerk = province.context("outlet_clerk", province.far)
    who = counter.person(name="李四")
    counter.identify(province, dossier, who, ctx=clerk)
    with pytest.raises(CustomerUnknown):
        queries.customer(far, customer=customer)
    clerk = province.context("outlet_clerk", province.far)
    counter.identify(province, dossier, counter.person(number), Role.AGENT, ctx=clerk)
    assert queries.customer(far, customer=customer).customer == customer
    nobody = replace(far, scope=Scope())
    with pytest.raises(CustomerUnknown):
        queries.customer(nobody, customer=customer)


def test_what_is_not_known_cannot_be_revealed(province: Province, service: Context) -> None:
    customer = counter.identify(province, counter.opened(province)).customer
    with pytest.raises(operations.NotKnown):
        operations.reveal(
            service, customer=customer, field=PersonalField.PHONE, reason="complaint 17"
        )


def test_pictures_are_revealed_for_a_reason(province: Province, service: Context) -> None:
    dossier = counter.ready(province)
    file = operations.reveal_file(service, dossier=dossier, kind="front", reason="complaint 17")
    assert queries.revealed_file(service, file=file).startswith(b"\xff\xd8")
    contract = operations.reveal_file(
        again(province), dossier=dossier, kind="contract", reason="complaint 17"
    )
    assert queries.revealed_file(service, file=contract) == counter.CONTRACT
    rows = JournalEntry.objects.filter(command="customer.reveal_file", subject=dossier)
    assert [row.events[0][1]["kind"] for row in rows.order_by("id")] == ["front", "contract"]
    with pytest.raises(FileNotFound):
        operations.reveal_file(
            again(province), dossier=dossier, kind="kinship", reason="complaint 17"
        )
    far = province.context("branch_supervisor", province.organizations["4103"])
    with pytest.raises(DossierUnknown):
        operations.reveal_file(far, dossier=dossier, kind="front", reason="complaint 17")
    with pytest.raises(FileNotFound):
        queries.revealed_file(far, file=file)
    with pytest.raises(NotPermitted):
        queries.revealed_file(province.clerk(), file=file)


def test_persons_in_the_clear_are_for_the_contract_and_the_boss_only(province: Province) -> None:
    dossier = counter.ready(province, counter.person(name="王小明"))
    facts = queries.parties_to(province.clerk(), dossier=dossier)
    assert facts["customer"].name == "王小明"
    customer = queries.dossier(province.clerk(), dossier=dossier).customer
    assert customer is not None
    with pytest.raises(NotPermitted):
        queries.parties_of(province.clerk(), customers=[customer])
    assert queries.party_of(province.system(), customer=customer) == facts["customer"]
    operations.abandon(province.clerk(), dossier=dossier)
    with pytest.raises(DossierClosed):
        queries.parties_to(province.clerk(), dossier=dossier)
    with pytest.raises(CustomerUnknown):
        queries.party_of(province.system(), customer=customer)


def test_the_parties_of_many_orders_are_one_statement(
    province: Province, django_assert_num_queries: Callable[[int], AbstractContextManager[object]]
) -> None:
    found = [counter.identify(province, counter.opened(province)).customer for _ in range(5)]
    with django_assert_num_queries(1):
        parties = queries.parties_of(province.system(), customers=[*found, *found])
    assert set(parties) == set(found)


def test_customers_are_found_by_what_is_whole(province: Province, service: Context) -> None:
    number = counter.resident()
    who = counter.person(number, "王小明", phone="13700009999")
    counter.submitted(province, who)
    by = [
        {"kind": "resident_id", "number": Personal(number)},
        {"kind": "temporary_id", "number": Personal(number.lower())},
        {"name": Personal("王小明"), "phone": Personal("137 0000 9999")},
    ]
    for wanted in by:
        found = queries.find(service, page=PAGE, **wanted)  # type: ignore[arg-type]
        assert found.total == 1 and found.items[0].name_masked == "王*明"
    assert queries.find(service, name=Personal("王小"), page=PAGE).total == 0
    far = province.context("branch_supervisor", province.organizations["4103"])
    assert queries.find(far, name=Personal("王小明"), page=PAGE).total == 0
    (line,) = queries.lines(service, customer=found.items[0].customer)
    assert line.state == "pending"
    with pytest.raises(CustomerUnknown):
        queries.lines(far, customer=found.items[0].customer)


def test_nothing_about_a_person_stands_in_the_tables(province: Province) -> None:
    counter.identify(province, counter.opened(province), counter.person(name="王小明"))
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT to_jsonb(customer)::text FROM customer_customer customer")
        (row,) = cursor.fetchall()
    for secret in ("王小明", "1990-01-01", "建设西路", "41010219900101"):
        assert secret not in row[0]
        assert secret.encode().hex() not in row[0]
    assert Customer.objects.unscoped("test").get().birth_date == "1990-01-01"
