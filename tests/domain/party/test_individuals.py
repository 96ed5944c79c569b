"""Persons: encrypted at rest, found by hash, masked on screens, revealed for a reason."""

from __future__ import annotations

import pytest
from django.db import connection

from qudao.domain.party import operations as party
from qudao.domain.party import queries
from qudao.domain.party.types import IndividualId, OrganizationId, PersonalField
from qudao.kernel.page import PageRequest
from qudao.kernel.personal import Personal
from qudao.platform.commands.command import NotPermitted
from qudao.platform.commands.models import JournalEntry
from tests.domain.party.conftest import acting, system

Tree = dict[str, OrganizationId]
DOCUMENT = "11010519491231002X"
"""The example of GB 11643."""


def register(tree: Tree, **changes: Personal) -> IndividualId:
    known = {
        "name": Personal("张小三"),
        "document": Personal(DOCUMENT),
        "address": Personal("郑州市中原区建设西路 10 号"),
        "phone": Personal("13812345678"),
    }
    return party.register_individual(system(), organization=tree["A00001"], **{**known, **changes})


def test_nothing_readable_reaches_the_table_or_the_journal(tree: Tree) -> None:
    register(tree)
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, document, address, phone FROM party_individual")
        stored = b"".join(bytes(value) for value in cursor.fetchone())
        cursor.execute("SELECT arguments::text || coalesce(answer::text, '') FROM commands_journal")
        journal = "".join(row[0] for row in cursor.fetchall())
    for secret in ("张小三", DOCUMENT, "建设西路", "13812345678"):
        assert secret.encode() not in stored
        assert secret not in journal


def test_a_person_is_found_by_whole_values_and_shown_masked(tree: Tree) -> None:
    person = register(tree)
    ctx = acting("auditor", "000.41.4101")
    for search in (
        {"document": Personal(DOCUMENT.lower())},
        {"name": Personal(" 张小三 ")},
        {"phone": Personal("13812345678")},
    ):
        found = queries.find_individuals(ctx, PageRequest(), **search).items
        assert [row.id for row in found] == [person]
    assert found[0].name_masked == "张*三"
    assert found[0].document_masked == "1101**********002X"
    assert found[0].phone_masked == "138****5678"
    assert found[0].address_masked == "郑州市中原区******"
    assert queries.find_individuals(ctx, PageRequest(), name=Personal("张小")).items == ()


def test_unmasking_is_journalled_with_its_reason(tree: Tree) -> None:
    person = register(tree)
    ctx = acting("customer_service", "000.41.4101")
    seen = party.reveal(ctx, individual=person, field=PersonalField.DOCUMENT, reason="复核身份")
    assert str.__str__(seen.value) == DOCUMENT
    entry = JournalEntry.objects.latest("id")
    assert (entry.command, entry.subject, entry.actor) == ("party.reveal", person, ctx.actor)
    assert entry.arguments["reason"] == "复核身份"
    assert entry.answer["value"] == "•••"
    assert DOCUMENT not in str(entry.events)


def test_unmasking_needs_a_reason_a_grant_and_the_scope(tree: Tree) -> None:
    person = register(tree)
    before = JournalEntry.objects.count()
    with pytest.raises(party.ReasonMissing):
        party.reveal(
            acting("auditor", "000.41"), individual=person, field=PersonalField.NAME, reason=" "
        )
    with pytest.raises(party.IndividualNotFound):
        party.reveal(
            acting("auditor", "000.41.4103"),
            individual=person,
            field=PersonalField.NAME,
            reason="curious",
        )
    with pytest.raises(NotPermitted):
        party.reveal(
            acting("outlet_clerk", "000.41"),
            individual=person,
            field=PersonalField.NAME,
            reason="curious",
        )
    assert JournalEntry.objects.count() == before
    assert queries.individual(acting("auditor", "000.41.4103"), person) is None


def test_impossible_and_double_documents_are_refused(tree: Tree) -> None:
    register(tree)
    for number in ("110105194912310021", "12", "张", "110105194913310021"):
        with pytest.raises(party.InvalidDocument):
            register(tree, document=Personal(number))
    with pytest.raises(party.DocumentRegistered):
        register(tree, document=Personal(DOCUMENT))
    with pytest.raises(party.InvalidContactPhone):
        register(tree, document=Personal("E12345678"), phone=Personal("12345"))
    with pytest.raises(party.InvalidName):
        register(tree, document=Personal("E12345678"), name=Personal(" "))


def test_a_correction_changes_what_is_given_and_nothing_else(tree: Tree) -> None:
    person = register(tree)
    party.correct_individual(
        acting("outlet_owner", "000.41.4101.410102.A00001"),
        individual=person,
        name=Personal("李四"),
    )
    ctx = acting("auditor", "000.41")
    row = queries.individual(ctx, person)
    assert row is not None and (row.name_masked, row.phone_masked) == ("李*", "138****5678")
    assert queries.find_individuals(ctx, PageRequest(), name=Personal("张小三")).items == ()
    assert queries.find_individuals(ctx, PageRequest(), name=Personal("李四")).items == (row,)
