"""A customer's visit at a kiosk, from the first touch until it is forgotten."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.contrib.sessions.models import Session

from qudao.fronts.kiosk.visit import PATIENCE
from qudao.kernel.money import Money
from tests import stocked
from tests.fronts.kiosk.stand import PASSWORD, Stand
from tests.journeys.shop import Shop
from tests.stocked import load_numbers, person, resident_id


def balance(stand: Stand) -> str:
    """Look a balance up; return the number."""
    msisdn = stand.customer()
    stand.begin()
    stand.touch("Balance")
    assert stand.heading == "Which number is it about?"
    stand.type(msisdn)
    assert stand.heading == "Your service password, please."
    stand.type(PASSWORD)
    assert stand.heading == "Done", stand.text
    return msisdn


def test_a_balance_is_told_and_the_number_is_not(stand: Stand) -> None:
    """Printed masked, too; who was proved need not prove it again."""
    msisdn = balance(stand)
    assert f"{msisdn[:3]}****{msisdn[-4:]}" in stand.text
    assert msisdn not in stand.page
    stand.touch("Print a slip")
    (slip,) = stand.slips
    assert "****" in slip and msisdn not in slip and stand.kiosk.node in slip
    stand.touch("Other services")
    stand.touch("Plan and allowances")
    assert stand.heading == "Done"


def test_a_visit_is_forgotten_when_it_is_finished(stand: Stand) -> None:
    msisdn = balance(stand)
    stand.touch("Finish")
    assert stand.visit is None
    stand.get("/kiosk/talk/")
    assert stand.offers("English"), "the idle page, whatever is asked for"
    stand.begin()
    stand.touch("Balance")
    assert stand.heading == "Which number is it about?", "the next one is somebody else"
    kept = [one.get_decoded() for one in Session.objects.all()]
    assert msisdn not in str(kept)


def test_a_visit_of_somebody_who_has_left_is_over(stand: Stand) -> None:
    msisdn = stand.boss.fresh().msisdn
    stand.begin()
    stand.touch("Top-up")
    stand.type(msisdn)
    stand.touch("Put notes in")
    stand.devices.put_in(stand.kiosk.node, 100)
    stand.wait(PATIENCE)
    stand.get("/kiosk/talk/")
    assert stand.offers("English") and stand.visit is None
    assert stand.notes == {"escrow": 0, "box": 0, "tray": 100}


def test_pages_are_asked_for_again_and_again(stand: Stand) -> None:
    """Asking for notes is no touch; browsers keep nothing; the idle page ends what was left."""
    stand.begin()
    before = stand.visit
    stand.get("/kiosk/escrow/")
    stand.get("/kiosk/card/")
    assert stand.visit == before
    assert before is not None
    stand.get("/kiosk/talk/")
    stand.forge("/kiosk/here/")
    assert stand.visit is not None and stand.visit["touched_at"] > before["touched_at"]
    stand.begin()
    response = stand.client.get("/kiosk/talk/")
    assert "no-store" in response["Cache-Control"]
    balance(stand)
    stand.get("/kiosk/")
    assert stand.visit is None


def test_the_language_goes_with_the_dialogue(stand: Stand) -> None:
    stand.begin("中文")
    assert stand.heading == "您想办理什么业务？"
    stand.touch("语言")
    stand.touch("English")
    stand.touch("Other services")
    assert stand.heading == "What would you like to do?"
    stand.touch("Finish")
    assert stand.offers("中文")


def test_an_identity_card_proves_the_line(stand: Stand) -> None:
    document, at = resident_id(), datetime.now(UTC)
    load_numbers(stand.province)
    stand.province.pay_in(stand.province.agent, Money(1_000_00))
    shop = Shop(stand.province, stocked.shelve(stand.province, stand.province.agent, at=at))
    line = shop.opened(dossier=shop.file("account_opening", who=person(document)))
    stand.begin()
    stand.touch("Choose a number")
    stand.type(line)
    stand.touch("Or lay your identity card")
    assert "There is no identity card on the reader." in stand.text
    stand.devices.document(stand.kiosk.node, resident_id())
    stand.touch("Or lay your identity card")
    assert "tries left" in stand.text, "somebody else's"
    stand.type(line)
    stand.devices.document(stand.kiosk.node, document)
    stand.touch("Or lay your identity card")
    assert stand.heading not in ("Which number is it about?", "Your service password, please.")
    (kept,) = Session.objects.all()
    assert document not in str(kept.get_decoded()) and document not in stand.page


def test_what_is_touched_twice_or_never_shown_does_nothing(stand: Stand) -> None:
    """A button of a page before, and what no keypad sends."""
    stand.begin()
    page = stand.page
    stand.touch("Top-up")
    stand.page = page
    path, _words, fields = next(one for one in stand.buttons if "text" in one[2])
    stand.post(path, **fields)  # the second touch was for a page before
    assert stand.heading == "For which mobile number?"
    for text in ("9" * 5_000, "\x00\x1b[2J", "<script>", ""):
        stand.begin()
        stand.touch("Top-up")
        stand.type(text)
        assert stand.status == 200 and stand.heading == "For which mobile number?", text
        assert "<script>" not in stand.page.partition("<main")[2].partition("</main>")[0]
    for step in ("x", "-1", "9" * 30, "١"):
        stand.forge("/kiosk/talk/", step=step, text="1")
        assert stand.status == 200


def test_too_many_touches_are_too_many(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qudao.fronts.kiosk.door.TOUCHES_PER_MINUTE", 2)
    stand.begin()
    page = stand.page
    for _touch in range(8):  # at the turn of a minute it begins anew
        stand.page = page
        stand.forge("/kiosk/talk/", text="1")
    assert stand.status == 429


def test_who_speaks_chinese_is_called_back_and_types_no_words(stand: Stand) -> None:
    """There are Latin letters only."""
    for language, item, category, word in (
        ("English", "Complain", "Charges", "Please call me."),
        ("中文", "投诉", "费用", ""),
    ):
        msisdn = stand.customer()
        stand.begin(language)
        stand.touch(item)
        stand.type(msisdn)
        stand.type(PASSWORD)
        stand.touch(category)
        assert stand.typed == bool(word) == ('class="k-letters"' in stand.page)
        if word:
            stand.type(word)
        assert (word or "请就此事给我回电。") in stand.text
        stand.touch("Yes, do it" if word else "确认办理")
        assert 'class="k-step k-done"' in stand.page, stand.text
