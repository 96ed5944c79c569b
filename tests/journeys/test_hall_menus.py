"""What was arranged for a hall, as a dialogue takes it: shortcuts, notices, items' own words."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qudao.domain.echannel import operations, queries, rules
from qudao.domain.echannel.types import Content, Entry, MenuEntry, Pair
from qudao.journeys import hall_menus
from qudao.journeys.dialogue.menus import meant
from qudao.journeys.hall_menus import Items, arranged
from qudao.journeys.menu.item import items
from qudao.kernel.refusals import Refusal
from tests.province import NOON, Province

SMS = queries.limits_of("sms")
KNOWN = Items().items()


def test_the_items_of_the_menu_are_known_by_both_names_in_their_order() -> None:
    assert queries.items() == KNOWN
    assert list(KNOWN) == sorted(items, key=lambda code: items[code].position)
    assert KNOWN["top_up"].name == ("充值", "Top-up")
    assert "CZ" in KNOWN["top_up"].keywords


@pytest.mark.parametrize("front", sorted(queries.front_limits()))
@pytest.mark.parametrize("item", sorted(KNOWN))
def test_every_item_can_stand_on_every_front(front: str, item: str) -> None:
    queries.check(Content((Entry(item=item),)), queries.limits_of(front), KNOWN)


def test_all_of_them_together_can_stand_on_the_sms_hall() -> None:
    queries.check(Content(tuple(Entry(item=code) for code in KNOWN)), SMS, KNOWN)


@pytest.mark.django_db
class TestArranged:
    def put(self, province: Province, content: Content) -> None:
        saved = operations.save_draft(province.system(), front="sms", content=content)
        operations.publish(
            province.system(), front="sms", number=saved.number, edition=saved.edition
        )

    def test_nothing_arranged_is_the_standard_menu(self, province: Province) -> None:
        assert arranged("sms", "000.41.4101", "", NOON) is None

    def test_what_was_published_is_the_dialogue_s_menu(self, province: Province) -> None:
        self.put(
            province,
            Content(
                (
                    Entry(item="top_up", digit="3", keywords=("GIVE",), label=Pair("给钱", "Give")),
                    Entry(item="bill", off=Pair("夜间暂停", "Not at night")),
                ),
                greeting=Pair("您好", "Hello"),
            ),
        )
        menu = arranged("sms", "000.41.4101", "", NOON)
        assert menu is not None and menu.greeting == ("您好", "Hello") and not any(menu.shut)
        first, second = menu.entries
        assert (first.item, first.digit, first.keywords) == ("top_up", "3", ("GIVE",))
        assert first.label == ("给钱", "Give")
        assert second.off == ("夜间暂停", "Not at night")
        assert second.keywords == items["bill"].keywords
        found = meant(menu, ("GIVE50",), keys=True)
        assert found is not None and (found.entry, found.path) == (first, ("50",))

    def test_what_is_off_says_so(self, province: Province) -> None:
        notice = Pair("系统维护", "Under repair")
        operations.switch_off(province.system(), front="sms", message=notice)
        menu = arranged("sms", "", "", NOON)
        assert menu is not None and menu.shut == notice
        operations.switch_on(province.system(), front="sms")
        assert arranged("sms", "", "", NOON) is None

    def test_outside_the_hours_it_is_shut(self, province: Province) -> None:
        closed = Pair("已下班", "Closed")
        hours = {"fri": [["08:00", "13:00"]]}
        self.put(province, Content((Entry(item="bill"),), hours=hours, closed=closed))
        open_menu = arranged("sms", "", "", NOON)
        assert open_menu is not None and not any(open_menu.shut)
        later = arranged("sms", "", "", NOON + timedelta(hours=1))
        assert later is not None and later.shut == closed


@st.composite
def contents(draw: st.DrawFn) -> Content:
    """Menus that may or may not be taken; with keywords that are likely to be alike."""
    words = st.text("ab12充", min_size=1, max_size=4)
    made = [
        Entry(
            item=code,
            digit=draw(st.sampled_from(["", *SMS.digits])),
            keywords=tuple(draw(st.lists(words, max_size=2))),
        )
        for code in draw(st.permutations(sorted(KNOWN)))[: draw(st.integers(1, 6))]
    ]
    cut = draw(st.integers(0, len(made)))
    inner = tuple(made[cut:])
    if not inner:
        return Content(tuple(made))
    digit = draw(st.sampled_from(["", *SMS.digits]))
    return Content(
        (*made[:cut], Entry(label=Pair("其他", "More"), digit=digit, entries=inner)),
    )


@given(contents(), st.text("0123456789", min_size=1, max_size=4))
def test_in_a_menu_that_was_taken_no_shortcut_leads_astray(content: Content, answer: str) -> None:
    try:
        queries.check(content, SMS, KNOWN)
    except Refusal:
        return
    shown = rules.menu_from(content, ("sms", "", ""), 1, KNOWN)
    menu = hall_menus._menu(shown)

    def item(*words: str) -> tuple[str, tuple[str, ...]] | None:
        found = meant(menu, words, keys=True)
        return None if found is None else (found.entry.item, found.path)

    def look(entries: tuple[MenuEntry, ...], above: tuple[str, ...]) -> None:
        for one in entries:
            for keyword in one.keywords:
                assert item(keyword) == (one.item, ())
                assert item(keyword, answer) == (one.item, (answer,))
                assert item(keyword + answer) in ((one.item, (answer,)), None)
            path = (*above, one.digit)
            assert item(*path) == (one.item, ())
            if one.item:
                assert item(*path, answer) == (one.item, (answer,))
            look(one.entries, (*above, one.digit))

    look(shown.entries, ())
