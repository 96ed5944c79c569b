"""What every item of the menu must be, whoever adds it."""

from __future__ import annotations

import re

import pytest
from django.utils import translation

from qudao.domain.catalog.businesses import businesses
from qudao.domain.credential.types import Need
from qudao.journeys.dialogue.saying import said
from qudao.journeys.dialogue.types import Keys
from qudao.journeys.menu.item import Audience, Input, Item, Kind, Text, items

ITEMS = [pytest.param(item, id=code) for code, item in items.items()]
INPUTS = [
    pytest.param(one, id=f"{code}.{one.code}")
    for code, item in items.items()
    for one in item.inputs
]
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def in_both(text: Text) -> None:
    with translation.override("en"):
        assert (english := said(text)) and english[-1] != " "
    with translation.override("zh-hans"):
        assert CHINESE.search(said(text)), f"not in Chinese: {english}"


def test_there_are_items() -> None:
    assert {"balance", "bill", "plan", "top_up", "bill_payment", "card_recharge"} <= set(items)


@pytest.mark.parametrize("item", ITEMS)
def test_it_says_what_it_is_in_both_languages(item: Item) -> None:
    assert item.code == item.code.lower() and item.code.isidentifier()
    in_both(item.name)
    in_both(item.about)
    assert item.audiences and item.receipt
    assert item.business is None or item.business in businesses


@pytest.mark.parametrize("item", ITEMS)
def test_money_is_for_who_can_pay_and_is_confirmed(item: Item) -> None:
    assert not item.paid_by or (item.confirm and item.at_place and item.business)


@pytest.mark.parametrize("item", ITEMS)
def test_what_is_a_subscriber_s_is_not_told_to_anybody(item: Item) -> None:
    if Audience.SUBSCRIBER in item.audiences and Audience.ANYONE not in item.audiences:
        assert item.needs is not Need.NOTHING


@pytest.mark.parametrize("question", INPUTS)
def test_a_question_is_asked_and_helped_with_in_both_languages(question: Input) -> None:
    in_both(question.prompt)
    in_both(question.help)
    assert question.kind in Kind and 0 < question.shortest <= question.longest
    assert question.kind is not Kind.CHOICE or question.choices is not None


def test_places_and_keywords_are_an_item_s_own() -> None:
    places = [item.position for item in items.values()]
    words = [word.casefold() for item in items.values() for word in item.keywords]
    assert len(set(places)) == len(places) and len(set(words)) == len(words)
    keys = Keys()
    moves = {*keys.back, *keys.menu, *keys.cancel, *keys.help, *keys.more, *keys.previous}
    assert not moves & set(words), "a keyword would never be understood"
    for item in items.values():
        assert all(not word[-1].isdigit() for word in item.keywords), "CZ50 is CZ and 50"
        assert len({one.code for one in item.inputs}) == len(item.inputs)
