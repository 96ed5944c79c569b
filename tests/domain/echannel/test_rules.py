"""What fits, what leads where, what differs: without a database."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qudao.domain.echannel import rules
from qudao.domain.echannel.fronts import fronts
from qudao.domain.echannel.types import (
    Content,
    DigitNotPossible,
    DigitTaken,
    DocumentOfAnotherFront,
    DocumentUnreadable,
    Entry,
    EntryInvalid,
    EntryTwice,
    FrontLimits,
    HoursInvalid,
    ItemUnknown,
    KeywordAmbiguous,
    KeywordNotPossible,
    KeywordTaken,
    MenuEntry,
    Pair,
    Room,
    Standing,
    TextMissing,
    TextTooLong,
    TooDeep,
    TooManyEntries,
)
from qudao.kernel.refusals import Refusal
from tests.domain.echannel.conftest import ITEMS

SMS, USSD, WEB = fronts["sms"], fronts["ussd"], fronts["web"]
FOLDER = Pair("套餐", "Plans")
AT = datetime(2026, 11, 20, 4, tzinfo=UTC)
"""A Friday, noon in Henan."""


def entry(item: str, digit: str = "", *keywords: str, **more: Any) -> Entry:
    return Entry(item=item, digit=digit, keywords=keywords, **more)


def refused(content: Content, limits: FrontLimits = SMS) -> Refusal:
    with pytest.raises(Refusal) as caught:
        rules.check(content, limits, ITEMS)
    return caught.value


GOOD = Content(
    entries=(
        entry("balance", "1", "CXYE", "余额"),
        entry("top_up", "2", "CZ", "充值"),
        Entry(
            label=FOLDER,
            digit="3",
            entries=(entry("plan_change", "1", "BG"), entry("add_on", "2", "LL")),
        ),
        entry("agent", "9", off=Pair("夜间暂停", "Not at night")),
    ),
    greeting=Pair("您好", "Welcome"),
    advertising=Pair("流量包八折", "Data packs: 20% off"),
    hours={"fri": [["08:00", "18:00"]]},
    closed=Pair("请于工作时间再来", "Come back in our hours"),
)


@pytest.mark.parametrize("code", sorted(fronts))
def test_what_nobody_arranged_fits_every_front(code: str) -> None:
    limits = fronts[code]
    assert limits.front == code
    whole = rules.everything(limits, ITEMS)
    rules.check(whole, limits, ITEMS)
    assert [one.item for one in whole.entries] == list(ITEMS)


def test_a_good_menu_is_taken() -> None:
    rules.check(GOOD, SMS, ITEMS)
    without = replace(GOOD, entries=tuple(replace(one, keywords=()) for one in GOOD.entries[:2]))
    rules.check(without, USSD, ITEMS)


CASES: list[tuple[Callable[[], Content], type[Refusal], dict[str, object]]] = [
    (lambda: Content((entry("magic"),)), ItemUnknown, {"item": "magic"}),
    (lambda: Content((entry("bill"), entry("bill"))), EntryTwice, {"item": "bill"}),
    (lambda: Content((Entry(label=FOLDER),)), EntryInvalid, {"where": "套餐|Plans"}),
    (lambda: Content((Entry(entries=(entry("bill"),)),)), EntryInvalid, {"where": "|"}),
    (
        lambda: Content((entry("bill", entries=(entry("top_up"),)),)),
        EntryInvalid,
        {"where": "bill"},
    ),
    (
        lambda: Content((entry("bill", "1"), entry("top_up", "1"))),
        DigitTaken,
        {"digit": "1", "where": "top_up", "other": "bill"},
    ),
    (lambda: Content((entry("bill", "0"),)), DigitNotPossible, {"digit": "0"}),
    (lambda: Content((entry("bill", "12"),)), DigitNotPossible, {"digit": "12"}),
    (
        lambda: Content((entry("bill", "", "ＣＺ"), entry("top_up", "", "cz "))),
        KeywordTaken,
        {"keyword": "cz ", "other": "bill"},
    ),
    (
        lambda: Content((entry("bill", "", "CZ5"), entry("top_up", "", "CZ"))),
        KeywordAmbiguous,
        {"keyword": "CZ", "other": "bill"},
    ),
    (
        lambda: Content((entry("bill", "", "A3"), entry("top_up", "", "a30"))),
        KeywordAmbiguous,
        {"keyword": "a30", "other": "bill"},
    ),
    (lambda: Content((entry("bill", "", "帮助"),)), KeywordNotPossible, {"keyword": "帮助"}),
    (lambda: Content((entry("bill", "", "７"),)), KeywordNotPossible, {"keyword": "７"}),
    (lambda: Content((entry("bill", "", "301"),)), KeywordNotPossible, {"keyword": "301"}),
    (lambda: Content((entry("bill", "", "a-b"),)), KeywordNotPossible, {"keyword": "a-b"}),
    (lambda: Content((entry("bill", "", " "),)), KeywordNotPossible, {"keyword": " "}),
    (lambda: Content((entry("bill", "", "c z"),)), KeywordNotPossible, {"keyword": "c z"}),
    (lambda: Content((entry("bill", "", "x" * 17),)), KeywordNotPossible, {}),
    (lambda: Content(greeting=Pair("您好", "")), TextMissing, {"text": "greeting"}),
    (
        lambda: Content((entry("bill", label=Pair("账单", " ")),)),
        TextMissing,
        {"text": "label", "where": "bill"},
    ),
    (
        lambda: Content(greeting=Pair("您" * 71, "Hello")),
        TextTooLong,
        {"text": "greeting", "length": 71, "limit": 70},
    ),
    (
        lambda: Content((entry("bill", label=Pair("账单", "b" * 41)),)),
        TextTooLong,
        {"text": "label", "length": 41, "limit": 40},
    ),
    (lambda: Content(hours={"fri": [["18:00", "08:00"]]}), HoursInvalid, {}),
    (lambda: Content(hours={"fri": [["08:00", "18:00"]]}), TextMissing, {"text": "closed"}),
]


@pytest.mark.parametrize(("made", "kind", "fields"), CASES)
def test_what_is_refused(
    made: Callable[[], Content], kind: type[Refusal], fields: dict[str, object]
) -> None:
    refusal = refused(made())
    assert type(refusal) is kind
    assert {name: getattr(refusal, name) for name in fields} == fields


def test_the_same_digit_may_stand_in_two_folders() -> None:
    rules.check(GOOD, SMS, ITEMS)
    again = Entry(label=Pair("其他", "More"), digit="4", entries=(entry("bill", "1"),))
    rules.check(replace(GOOD, entries=(*GOOD.entries, again)), SMS, ITEMS)


def test_a_front_has_so_many_entries_and_levels() -> None:
    deep = Content((Entry(label=FOLDER, entries=(Entry(label=FOLDER, entries=(entry("bill"),)),)),))
    assert refused(deep).limit == 2  # type: ignore[attr-defined]
    assert isinstance(refused(deep), TooDeep)
    rules.check(deep, replace(SMS, depth=3), ITEMS)
    few = replace(SMS, entries=7)
    assert isinstance(refused(rules.everything(SMS, ITEMS), few), TooManyEntries)
    rules.check(rules.everything(SMS, ITEMS), replace(SMS, entries=8), ITEMS)


def test_an_item_without_other_keywords_has_its_own() -> None:
    menu = rules.menu_from(Content((entry("language"),)), ("sms", "", ""), 1, ITEMS)
    assert menu.entries[0].keywords == ("YY", "LANG")
    taken = Content((entry("language"), entry("bill", "", "yy")))
    assert isinstance(refused(taken), KeywordTaken)
    rules.check(replace(taken, entries=(entry("language", "", "LG"), taken.entries[1])), SMS, ITEMS)


def test_a_front_without_keywords_and_digits_has_none() -> None:
    assert isinstance(refused(Content((entry("bill", "", "ZD"),)), USSD), KeywordNotPossible)
    assert isinstance(refused(Content((entry("bill", "1"),)), WEB), DigitNotPossible)


@pytest.mark.parametrize(
    ("text", "length", "wide"),
    [
        ("Hello", 5, False),
        ("", 0, False),
        ("[10€]", 8, False),
        ("您好", 2, True),
        ("Hi 您", 4, True),
        ("`", 1, True),
        ("😀", 2, True),
    ],
)
def test_texts_are_measured_as_they_are_sent(text: str, length: int, wide: bool) -> None:
    assert rules.measure(text) == (length, wide)


def test_a_room_is_smaller_for_chinese() -> None:
    room = Room(182, 80)
    assert rules.fits("a" * 182, room) and not rules.fits("a" * 183, room)
    assert rules.fits("字" * 80, room) and not rules.fits("字" + "a" * 80, room)


@st.composite
def contents(draw: st.DrawFn) -> Content:
    """Menus that may or may not be taken; with keywords that are likely to be alike."""
    words = st.text("ab12充", min_size=1, max_size=4)
    codes = draw(st.permutations(sorted(ITEMS)))
    made: list[Entry] = []
    for code in codes[: draw(st.integers(1, 8))]:
        made.append(
            Entry(
                item=code,
                digit=draw(st.sampled_from(["", *SMS.digits])),
                keywords=tuple(draw(st.lists(words, max_size=2))),
            )
        )
    cut = draw(st.integers(0, len(made)))
    inner = tuple(made[cut:])
    if not inner:
        return Content(tuple(made))
    folder = Entry(label=FOLDER, digit=draw(st.sampled_from(["", *SMS.digits])), entries=inner)
    return Content((*made[:cut], folder))


# ------------------------------------------------------------------ documents


@given(contents())
def test_a_document_says_the_same(content: Content) -> None:
    text = rules.write_document(content, "sms")
    assert rules.read_document(text.encode(), "sms") == content
    assert rules.content_of(rules.stored(content)) == content


def test_a_document_is_readable_and_strict() -> None:
    text = rules.write_document(GOOD, "sms")
    made = json.loads(text)
    assert made["format"] == "qudao/front-menu/1" and "充值" in text
    assert rules.read_document(b"\xef\xbb\xbf" + text.encode(), "sms") == GOOD
    for wrong in (
        b"",
        b"[]",
        b"\xff\xfe",
        json.dumps({**made, "format": "else"}).encode(),
        json.dumps({**made, "colour": "red"}).encode(),
        json.dumps({**made, "entries": [{"item": 5}]}).encode(),
        b'{"entries":' + b'[{"entries":' * 5000,
        b" " * (1 << 20),
    ):
        with pytest.raises(DocumentUnreadable):
            rules.read_document(wrong, "sms")
    with pytest.raises(DocumentOfAnotherFront):
        rules.read_document(text.encode(), "ussd")


# ------------------------------------------------------------------ differences, preview


def test_what_differs_is_told_by_entry() -> None:
    assert rules.differences(GOOD, GOOD) == ()
    balance, top_up, folder, agent = GOOD.entries
    after = replace(
        GOOD,
        greeting=Pair("早上好", "Good morning"),
        entries=(
            top_up,
            replace(balance, digit="5", keywords=("CXYE",)),
            replace(folder, entries=folder.entries[:1]),
            entry("bill", "6"),
        ),
    )
    found = {
        (one.where, one.what): (one.before, one.after) for one in rules.differences(GOOD, after)
    }
    assert found.pop(("", "greeting")) == ("您好 | Welcome", "早上好 | Good morning")
    assert found.pop(("balance", "place")) == ("1", "2")
    assert found.pop(("balance", "digit")) == ("1", "5")
    assert found.pop(("balance", "keywords")) == ("CXYE, 余额", "CXYE")
    assert found.pop(("top_up", "place")) == ("2", "1")
    assert found.pop(("套餐|Plans / add_on", "entry")) == ("2 LL", "")
    assert found.pop(("agent", "entry")) == ("9", "")
    assert found.pop(("bill", "entry")) == ("", "6")
    assert found == {}


def labels_of(entries: tuple[MenuEntry, ...]) -> list[Pair]:
    return [label for one in entries for label in (one.label, *labels_of(one.entries))]


@given(contents(), st.sampled_from(sorted(fronts)), st.sampled_from(["zh-hans", "en"]))
def test_a_preview_keeps_to_the_limits(content: Content, code: str, language: str) -> None:
    limits = fronts[code]
    menu = rules.menu_from(content, (code, "", ""), 1, ITEMS)
    screens = rules.preview(menu, limits, language)
    for screen in screens:
        text = "\n".join(screen.lines)
        assert limits.page is None or rules.fits(text, limits.page)
        assert limits.lines is None or len(screen.lines) <= limits.lines
        assert (screen.used, screen.room is None) == (rules.measure(text)[0], limits.page is None)
    shown = [line for screen in screens for line in screen.lines]
    labels = [label.of(language) for label in labels_of(menu.entries)]
    assert len(shown) == len(labels)
    assert all(any(label in line for line in shown) for label in labels)


def test_a_small_screen_turns_the_page() -> None:
    small = replace(USSD, page=Room(31, 12))
    content = Content(
        (entry("balance", "1"), entry("bill", "2"), entry("top_up", "3")),
        greeting=Pair("您好", "Hello"),
    )
    menu = rules.menu_from(content, ("ussd", "", ""), 1, ITEMS)
    chinese = rules.preview(menu, small, "zh-hans")
    assert [one.lines for one in chinese] == [
        ("您好", "1.话费余额"),
        ("2.账单查询", "3.充值"),
    ]
    assert [(one.used, one.room) for one in chinese] == [(9, 12), (11, 12)]
    (english,) = rules.preview(menu, small, "en")
    assert english.lines == ("Hello", "1.Balance", "2.Bill", "3.Top-up")


# ------------------------------------------------------------------ what holds when


def snapshot(**more: Any) -> rules.MenuSnapshot:
    return rules.MenuSnapshot(
        revision=1,
        published=more.get("published", {}),
        switches=more.get("switches", {}),
        items=ITEMS,
    )


def span(number: int, content: Content = GOOD) -> list[rules.Span]:
    return [rules.Span(AT, None, rules.Published(number, content))]


def test_the_most_specific_is_taken_whole() -> None:
    always = replace(GOOD, hours={})
    made = snapshot(
        published={
            ("sms", "", ""): span(1, always),
            ("sms", "", "vip"): span(2, always),
            ("sms", "4101", ""): span(3, always),
            ("sms", "4101", "vip"): span(4, always),
            ("ussd", "", ""): span(5, always),
        }
    )

    def version(path: str, group: str) -> int:
        return made.menu(SMS, path, group, AT).version

    assert version("", "") == version("000.41.4103", "") == version("000.41.4103", "young") == 1
    assert version("", "vip") == version("000.41.4103.410305.FAR", "vip") == 2
    assert version("000.41.4101", "") == version("000.41.4101.410102.X", "young") == 3
    assert version("000.41.4101", "vip") == 4
    assert made.menu(SMS, "000.41.4101", "", AT).branch == "4101"
    before = AT.replace(hour=3)
    assert made.menu(SMS, "", "", before).version == 0
    assert [one.item for one in made.menu(SMS, "", "", before).entries] == list(ITEMS)


def test_a_switch_holds_for_all_below() -> None:
    notice = Pair("维护中", "Under repair")
    until = AT.replace(hour=6)
    made = snapshot(
        published={("sms", "4101", "vip"): span(1)},
        switches={("sms", "", ""): rules.Switch(AT, until, notice)},
    )
    for path, group in (("", ""), ("000.41.4101", "vip"), ("000.41.4103", "")):
        menu = made.menu(SMS, path, group, AT)
        assert (menu.standing, menu.notice) == (Standing.OFF, notice)
        assert made.menu(SMS, path, group, until).standing is not Standing.OFF
    assert made.menu(USSD, "", "", AT).standing is Standing.OPEN


def test_hours_are_those_of_the_market() -> None:
    made = snapshot(published={("sms", "", ""): span(1)})
    assert made.menu(SMS, "", "", AT).standing is Standing.OPEN
    evening = made.menu(SMS, "", "", AT.replace(hour=10))
    assert (evening.standing, evening.notice) == (Standing.CLOSED, GOOD.closed)
    assert evening.entries == made.menu(SMS, "", "", AT).entries


def test_an_entry_without_a_digit_has_a_number_that_is_free() -> None:
    content = Content((entry("bill", "2"), entry("top_up"), entry("agent", "1"), entry("balance")))
    menu = rules.menu_from(content, ("sms", "", ""), 1, ITEMS)
    assert [one.digit for one in menu.entries] == ["2", "3", "1", "4"]
    (screen,) = rules.preview(menu, USSD, "en")
    assert screen.lines == ("2.Bill", "3.Top-up", "1.Talk to us", "4.Balance")
    (page,) = rules.preview(menu, WEB, "en")
    assert page.lines == ("Bill", "Top-up", "Talk to us", "Balance")


def test_an_item_that_a_release_took_away_is_not_shown() -> None:
    fewer = {code: name for code, name in ITEMS.items() if code not in ("plan_change", "add_on")}
    menu = rules.menu_from(GOOD, ("sms", "", ""), 1, fewer)
    assert [one.item for one in menu.entries] == ["balance", "top_up", "agent"]
