"""At most five lines for one document, however many ask at the same moment."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings

from qudao.domain.customer import operations, queries
from qudao.domain.customer.models import Customer, DocumentCount, Line
from qudao.domain.customer.types import Identified, LineLimitReached
from qudao.kernel.refusals import Refusal
from tests.domain.customer import counter
from tests.invariants.test_concurrency import CLIENTS, at_once
from tests.province import Province


@pytest.fixture(autouse=True)
def vault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "VAULT_DIR", tmp_path / "vault")


def test_a_document_never_gets_a_sixth_line(committed_province: Province) -> None:
    province, who = committed_province, counter.person()
    dossiers = [counter.ready(province, who) for _ in range(CLIENTS)]
    contexts = [province.system() for _ in range(CLIENTS)]

    def submit(n: int) -> object:
        try:
            operations.submit(
                contexts[n], dossier=dossiers[n], number=f"139000000{n:02d}", order=uuid4()
            )
        except LineLimitReached as refusal:
            return refusal.code
        return "opened"

    assert Counter(at_once(submit)) == {
        "opened": 5,
        "customer.line_limit_reached": CLIENTS - 5,
    }
    assert Line.objects.unscoped("test").count() == DocumentCount.objects.get().lines == 5
    assert queries.unsound() == []


def test_lines_come_and_go_at_once(committed_province: Province) -> None:
    """Openers, and a BOSS that answers yes and no, on two documents."""
    province, people = committed_province, [counter.person(), counter.person()]
    dossiers = [counter.ready(province, people[n % 2]) for n in range(CLIENTS)]
    contexts = [[province.system() for _ in range(3)] for _ in range(CLIENTS)]

    def work(n: int) -> object:
        order, number = uuid4(), f"139000000{n:02d}"
        first, second, third = contexts[n]
        try:
            operations.submit(first, dossier=dossiers[n], number=number, order=order)
        except LineLimitReached:
            return "full"
        if n % 3 == 0:
            operations.fail(second, orders=[order])
            return "failed"
        operations.complete(second, orders=[order])
        if n % 3 == 1:
            operations.end_line(third, numbers=[number])
            return "ended"
        return "active"

    done = Counter(at_once(work))
    assert sum(done.values()) == CLIENTS
    live = Line.objects.unscoped("test").filter(state="active")
    assert live.count() == done["active"] <= 10
    assert queries.unsound() == []


def test_one_number_has_one_line(committed_province: Province) -> None:
    province = committed_province
    dossiers = [counter.ready(province) for _ in range(16)]
    contexts = [province.system() for _ in range(16)]

    def submit(n: int) -> object:
        try:
            operations.submit(contexts[n], dossier=dossiers[n], number="13911112222", order=uuid4())
        except Refusal as refusal:
            return refusal.code
        return "opened"

    assert Counter(at_once(submit, 16)) == {"opened": 1, "customer.line_exists": 15}
    assert queries.unsound() == []


def test_one_person_identified_everywhere_at_once_is_one_customer(
    committed_province: Province,
) -> None:
    province, who = committed_province, counter.person()
    dossiers = [counter.opened(province) for _ in range(CLIENTS)]
    contexts = [province.clerk() for _ in range(CLIENTS)]
    found = at_once(lambda n: counter.identify(province, dossiers[n], who, ctx=contexts[n]))
    assert len({one.customer for one in found if isinstance(one, Identified)}) == 1
    assert Customer.objects.unscoped("test").count() == 1


def test_drafts_are_given_up_while_others_identify_the_same_person(
    committed_province: Province,
) -> None:
    province, who = committed_province, counter.person()
    given_up = [counter.opened(province) for _ in range(32)]
    for dossier in given_up:
        counter.identify(province, dossier, who)
    kept = [counter.opened(province) for _ in range(32)]
    contexts = [province.clerk() for _ in range(64)]

    def work(n: int) -> object:
        if n < 32:
            operations.abandon(contexts[n], dossier=given_up[n])
            return None
        return counter.identify(province, kept[n - 32], who, ctx=contexts[n])

    found = [one for one in at_once(work) if isinstance(one, Identified)]
    assert len(found) == 32
    (only,) = Customer.objects.unscoped("test").values_list("id", flat=True)
    for dossier in kept:
        seen = queries.dossier(province.clerk(), dossier=dossier)
        assert seen.customer == only
    assert queries.unsound() == []
