"""Contacts, complaints, appointments and who waits for a person, at the back office."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

import qudao
from qudao.domain.care import operations
from qudao.domain.care.admin.interactions import OUTCOMES
from qudao.domain.care.models import AgentRequest, Appointment, Complaint, Desk
from qudao.domain.care.queries import slots
from qudao.domain.saleschannel.models import Outlet
from qudao.fronts.backoffice.looks import look
from qudao.journeys.dialogue.contacts import _OUTCOMES
from qudao.journeys.menu.item import items
from qudao.kernel.period import MARKET_ZONE
from qudao.platform.commands.models import JournalEntry
from qudao.platform.messaging.models import OutgoingMessage
from tests.domain.care.desk import LINE, WORDS, complain, contact, open_desk
from tests.fronts.backoffice.conftest import Enter, do, now, page, text
from tests.province import Province

pytestmark = pytest.mark.django_db

NUMBER = str.__str__(LINE)


def listed(client: Client, screen: str, **query: str) -> str:
    return text(client.get(reverse(f"admin:{screen}_changelist"), query))


def code_of(outlet: object) -> str:
    return Outlet.objects.unscoped("test").get(pk=outlet).node_code


def test_a_complaint_is_taken_answered_and_closed(province: Province, enter: Enter) -> None:
    client = enter("supervisor")
    data = {
        "msisdn": NUMBER,
        "category": "billing",
        "text": WORDS,
        "place": "4101",
        "language": "zh-hans",
    }
    elsewhere = do(client, "care_complaint", "open", **{**data, "place": "4103"})
    assert elsewhere.status_code == 422
    sent = do(client, "care_complaint", "open", key="k0", **data)
    assert sent.status_code == 302, text(sent)
    row = Complaint.objects.unscoped("test").get()
    assert sent.url.endswith(f"{row.pk}/")
    shown = text(page(client, "care_complaint", row.pk))
    assert WORDS in shown and NUMBER not in shown and "Waiting" in shown
    early = do(client, "care_complaint", "answer", row.pk, answer="已退还")
    assert early.status_code == 409 and "waits for somebody" in text(early)
    assert do(client, "care_complaint", "take", row.pk, key="k2").status_code == 302
    note = do(client, "care_complaint", "note", row.pk, key="k3", text="call back")
    assert note.status_code == 302
    sent = do(client, "care_complaint", "answer", row.pk, key="k4", answer="已退还")
    assert sent.status_code == 302
    assert OutgoingMessage.objects.get().text == f"您的投诉 {row.number} 答复如下：已退还"
    assert do(client, "care_complaint", "close", row.pk, key="k5").status_code == 302
    shown = text(page(client, "care_complaint", row.pk))
    assert "call back" in shown and "已退还" in shown and "Closed" in shown
    again = do(client, "care_complaint", "reopen", row.pk, key="k6", text="没有收到")
    assert again.status_code == 302
    row.refresh_from_db()
    assert (row.state, row.times_reopened) == ("acknowledged", 1)


def test_the_list_of_complaints(province: Province, enter: Enter) -> None:
    opened = complain(province, ctx=province.system(now()))
    late = complain(province, ctx=province.system(now() - timedelta(days=9)), category="network")
    client = enter("supervisor")
    everything = listed(client, "care_complaint")
    assert everything.index(late.number) < everything.index(opened.number), "due first"
    assert NUMBER not in everything and "138****8000" in everything
    for found in (opened.number, f"{opened.number[:4]} {opened.number[4:]}"):
        assert late.number not in listed(client, "care_complaint", q=found)
        assert opened.number in listed(client, "care_complaint", q=found)
    assert opened.number in listed(client, "care_complaint", q=NUMBER)
    assert opened.number not in listed(client, "care_complaint", q=NUMBER[:10])
    assert opened.number not in listed(client, "care_complaint", late="yes")
    assert late.number in listed(client, "care_complaint", late="yes")
    assert late.number not in listed(client, "care_complaint", category="billing")
    assert "投诉" in listed(enter("supervisor", "zh-hans"), "care_complaint")
    far = enter("luoyang")
    assert opened.number not in listed(far, "care_complaint")
    assert page(far, "care_complaint", opened.complaint).status_code == 404


def test_a_number_is_shown_once_for_a_reason(province: Province, enter: Enter) -> None:
    complaint = complain(province, ctx=province.system(now())).complaint
    client = enter("auditor")
    blank = do(client, "care_complaint", "reveal", complaint, reason="")
    assert blank.status_code == 422
    shown = do(client, "care_complaint", "reveal", complaint, key="k2", reason="call back")
    assert shown.status_code == 200 and NUMBER in text(shown)
    again = do(client, "care_complaint", "reveal", complaint, key="k2", reason="call back")
    assert NUMBER not in text(again)
    other = do(enter("province"), "care_complaint", "reveal", complaint, key="k3", reason="why")
    assert other.status_code == 403
    assert JournalEntry.objects.filter(command="care.reveal_number").count() == 1


def test_desks_and_appointments(province: Province, enter: Enter) -> None:
    open_desk(province, province.hall)
    node_code = code_of(province.hall)
    client = enter("supervisor")
    desk = {"outlet": node_code, "seats": "3", "minutes": "20"}
    assert do(client, "care_desk", "set", **desk).status_code == 302
    row = Desk.objects.unscoped("test").get()
    assert (row.seats, row.minutes) == (3, 20)
    assert "Outlet HALL" in listed(client, "care_desk", q=node_code)
    ctx = province.system(now())
    free = slots(ctx, outlet=province.hall, purpose="sim_swap", first=ctx.at.date(), days=14)
    begins = [f"{slot.starts_at.astimezone(MARKET_ZONE):%Y-%m-%dT%H:%M}" for slot in free]
    data = {
        "msisdn": NUMBER,
        "purpose": "sim_swap",
        "outlet": node_code,
        "starts_at": begins[-1],
        "language": "en",
    }
    sent = do(client, "care_appointment", "book", key="k2", **data)
    assert sent.status_code == 302, text(sent)
    made = Appointment.objects.unscoped("test").get()
    twice = do(client, "care_appointment", "book", key="k3", **data)
    assert twice.status_code == 409 and "already" in text(twice)
    shown = text(page(client, "care_appointment", made.pk))
    assert "SIM swap" in shown and NUMBER not in shown
    moved = do(
        client,
        "care_appointment",
        "move",
        made.pk,
        key="k4",
        outlet=node_code,
        starts_at=begins[-2],
    )
    assert moved.status_code == 302, text(moved)
    teller = enter("teller")
    assert "138****8000" in listed(teller, "care_appointment")
    assert do(teller, "care_appointment", "cancel", made.pk, key="k5").status_code == 302
    made.refresh_from_db()
    assert (made.state, made.starts_at) == ("cancelled", free[-2].starts_at)
    message = OutgoingMessage.objects.get()
    assert message.text is not None and message.text.startswith("Your appointment of")
    assert do(teller, "care_desk", "set", key="k6", **desk).status_code == 403


def test_who_waits_is_talked_with(province: Province, enter: Enter) -> None:
    def ask(**more: Any) -> object:
        ctx = province.system(now())
        return operations.request_agent(ctx, place=province.organizations["4101"], **more)

    mine, nobody = ask(msisdn=LINE, item="bill"), ask()
    client = enter("supervisor")
    shown = listed(client, "care_agentrequest")
    assert "138****8000" in shown and "Waiting" in shown
    assert "138****8000" in listed(client, "care_agentrequest", q=f"+86 {NUMBER}")
    taken = do(client, "care_agentrequest", "next")
    assert taken.status_code == 200 and NUMBER in text(taken)
    assert NUMBER not in text(do(client, "care_agentrequest", "next")), "the same form again"
    assert do(client, "care_agentrequest", "take", nobody, key="k2").status_code == 200
    empty = do(client, "care_agentrequest", "next", key="k3")
    assert empty.status_code == 409 and "Nobody waits" in text(empty)
    done = do(client, "care_agentrequest", "finish", mine, key="k4", reason="explained the bill")
    assert done.status_code == 302
    assert "explained the bill" in text(page(client, "care_agentrequest", mine))
    left = do(client, "care_agentrequest", "abandon", nobody, key="k5")
    assert left.status_code == 302
    states = AgentRequest.objects.unscoped("test").order_by("asked_at")
    assert list(states.values_list("state", flat=True)) == ["done", "abandoned"]
    assert do(enter("teller"), "care_agentrequest", "next", key="k6").status_code == 403


SENT = re.compile(r'\bsend\((?:[^()]|\([^()]*\))*?kind="(\w+)"')


def test_all_contacts_and_messages_have_words() -> None:
    root = Path(qudao.__file__).parent
    sent = {kind for path in root.rglob("*.py") for kind in SENT.findall(path.read_text())}
    assert "service_password_set" in sent
    wordless = [
        (field, code)
        for field, codes in {
            "menu_item": items,
            "contact_outcome": OUTCOMES,
            "message_kind": sent,
        }.items()
        for code in codes
        if look(field, code).text == code
    ]
    assert not wordless and {*_OUTCOMES.values(), "left"} <= set(OUTCOMES)


def test_contacts_are_masked_and_found_by_whole_numbers(province: Province, enter: Enter) -> None:
    made = operations.record_interactions.one(province.system(now()), contact(province))
    client = enter("supervisor")
    assert "138****8000" in listed(client, "care_interaction")
    assert "138****8000" in listed(client, "care_interaction", q=NUMBER)
    assert "138****8000" not in listed(client, "care_interaction", q=NUMBER[:10])
    assert str(items["balance"].name) in listed(client, "care_interaction"), "the item by its name"
    shown = text(page(client, "care_interaction", made))
    assert "From the customer" in shown and NUMBER not in shown
    assert page(enter("luoyang"), "care_interaction", made).status_code == 404
    assert enter("keeper").get(reverse("admin:care_interaction_changelist")).status_code == 403
