"""Customers at the back office: masked, searched by whole values, looked at for a reason."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from qudao.domain.customer.models import BlacklistEntry, Customer, Dossier
from qudao.domain.party import operations as party
from qudao.kernel.personal import Personal
from qudao.platform.commands.models import JournalEntry
from tests.fronts.backoffice.conftest import Enter, do, now, page, text
from tests.province import PASSWORD, Province
from tests.stocked import CONTRACT, dossier, person, resident_id

pytestmark = pytest.mark.django_db

NAME, NUMBER = "欧阳明月", resident_id()
WRONG = NUMBER[:-1] + ("1" if NUMBER[-1] != "1" else "2")


@pytest.fixture
def filed(province: Province) -> Dossier:
    made = dossier(province, province.clerk(at=now()), province.agent, who=person(NUMBER, NAME))
    return Dossier.objects.unscoped("test").get(pk=made)


@pytest.fixture
def service(filed: Dossier, enter: Enter) -> Client:
    return enter("auditor")


def test_everything_is_masked(filed: Dossier, enter: Enter) -> None:
    client = enter("province")
    for address in (
        reverse("admin:customer_customer_changelist"),
        reverse("admin:customer_customer_change", args=[filed.customer_id]),
        reverse("admin:customer_dossier_changelist"),
        reverse("admin:customer_dossier_change", args=[filed.pk]),
    ):
        answer = client.get(address)
        assert answer.status_code == 200, address
        body = answer.content.decode()
        assert NAME not in body and NUMBER not in body and "建设路" not in body
    assert "Front of the document" in text(page(client, "customer_dossier", filed.pk))


def test_found_by_whole_values_only(filed: Dossier, enter: Enter) -> None:
    client = enter("supervisor")
    address = reverse("admin:customer_customer_changelist")
    for whole in (NAME, NUMBER, NUMBER.lower()):
        assert "Nothing found" not in text(client.get(address, {"q": whole})), whole
    for part in (NAME[:2], NUMBER[:10], "x"):
        assert "Nothing found" in text(client.get(address, {"q": part})), part
    listed = client.get(reverse("admin:customer_dossier_changelist"), {"q": filed.agreement})
    assert filed.agreement in text(listed)


def test_a_value_is_shown_once_for_a_reason(filed: Dossier, service: Client) -> None:
    key = filed.customer_id
    data = {"field": "document"}
    assert do(service, "customer_customer", "reveal", key, reason="", **data).status_code == 422
    shown = do(service, "customer_customer", "reveal", key, reason="complaint 7", **data)
    assert shown.status_code == 200 and NUMBER in text(shown)
    again = do(service, "customer_customer", "reveal", key, reason="complaint 7", **data)
    assert NUMBER not in text(again), "masked when it is asked for again"
    (entry,) = JournalEntry.objects.filter(command="customer.reveal")
    assert entry.arguments["reason"] == "complaint 7" and NUMBER not in str(entry.answer)


def test_a_picture_is_shown_for_a_reason(filed: Dossier, service: Client) -> None:
    link = reverse("admin:dossier_file", args=[filed.pk])
    assert link in page(service, "customer_dossier", filed.pk).content.decode()
    form = service.get(link)
    assert form.status_code == 200 and "data:image" not in form.content.decode()
    data = {"request_key": "p1", "kind": "front", "reason": ""}
    assert service.post(link, data).status_code == 422
    shown = service.post(link, {**data, "reason": "suspected fraud"})
    assert shown.status_code == 200
    assert "data:image/jpeg;base64," in shown.content.decode()
    assert "no-store" in shown.headers["Cache-Control"]
    paper = service.post(
        link, {"request_key": "p2", "kind": "contract", "reason": "suspected fraud"}
    )
    assert paper.headers["Content-Type"] == "application/pdf" and paper.content == CONTRACT
    other = service.post(link, {"request_key": "p3", "kind": "agent_front", "reason": "curious"})
    assert other.status_code == 422
    looked = JournalEntry.objects.filter(command="customer.reveal_file")
    assert looked.count() == 2
    assert "suspected fraud" in text(page(service, "customer_dossier", filed.pk))


def test_who_may_not_look_finds_no_way(filed: Dossier, enter: Enter) -> None:
    client = enter("keeper")
    link = reverse("admin:dossier_file", args=[filed.pk])
    assert link not in page(client, "customer_dossier", filed.pk).content.decode()
    assert client.get(link).status_code == 403
    far = enter("luoyang")
    assert page(far, "customer_dossier", filed.pk).status_code == 404
    assert page(far, "customer_customer", filed.customer_id).status_code == 404


def test_the_blacklist(province: Province, filed: Dossier, enter: Enter) -> None:
    party.admit_member(
        province.system(now()),
        organization=province.organizations["41"],
        role="customer_service",
        username="service",
        name=Personal("测试客服"),
        password=PASSWORD,
    )
    client = enter("service")
    data = {"kind": "resident_id", "number": NUMBER, "reason": "forged papers", "country": ""}
    wrong = do(client, "customer_blacklistentry", "add", **{**data, "number": WRONG})
    assert wrong.status_code == 422 and "Refused" in text(wrong)
    early = {**data, "since": "2026-12-01", "until": "2026-11-01"}
    assert do(client, "customer_blacklistentry", "add", key="k2", **early).status_code == 422
    made = do(client, "customer_blacklistentry", "add", key="k3", **data)
    assert made.status_code == 302, text(made)
    entry = BlacklistEntry.objects.get()
    assert made.url.endswith(f"{entry.pk}/")
    listed = client.get(reverse("admin:customer_blacklistentry_changelist"), {"q": NUMBER})
    assert "forged papers" in text(listed) and NUMBER not in text(listed)
    assert "In force" in text(page(client, "customer_blacklistentry", entry.pk))
    lifted = do(client, "customer_blacklistentry", "lift", entry.pk, key="k4", reason="mistaken")
    assert lifted.status_code == 302
    assert "Lifted" in text(page(client, "customer_blacklistentry", entry.pk))
    for name in ("marketing", "keeper"):
        other = enter(name)
        assert other.get(reverse("admin:customer_blacklistentry_changelist")).status_code == 403


def test_a_mistyped_name(province: Province, filed: Dossier, enter: Enter) -> None:
    client = enter("supervisor")
    may = (
        "customer.correct_name"
        in province.context("branch_supervisor", province.organizations["4101"]).grants
    )
    sent = do(
        client,
        "customer_customer",
        "correct-name",
        filed.customer_id,
        name="欧阳明日",
        reason="mistyped",
    )
    assert sent.status_code == (302 if may else 403)
    assert Customer.objects.unscoped("test").get().name == ("欧阳明日" if may else NAME)
