"""
One menu, many fronts: each item does the same wherever a customer does it.

Every hall is driven at its protocol in a copy of one world. What is left of each item there in
orders, postings and journal is compared with what is left of it when the menu is carried through
in this process, without any front; and what the customer reads has every fact of the receipt.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

import pytest
from django.db import connection
from django.utils import translation

from qudao.domain.credential.types import Caller
from qudao.journeys import callers
from qudao.journeys.dialogue import menus, talking
from qudao.journeys.dialogue.types import Message, Screen, ScreenKind, Talk
from qudao.journeys.halls import Hall, halls
from qudao.journeys.menu.item import Kind, Pays, items
from qudao.journeys.menu.parts import PAYS
from qudao.journeys.proving import ByPassword
from tests.halls import world as worlds
from tests.halls.cases import CASES, Books, Case, Left
from tests.halls.driver import Driver, World, drivers

# Whoever made the world, and knows what the menu leaves in it, tries all fronts.
pytestmark = pytest.mark.xdist_group("halls")

DRIVERS = drivers()
_numbers = itertools.count()


ENGLISH: Final = ("balance", "top_up")
"""Items that are done once more in the other language."""
TWICE: Final = "top_up"
"""What is paid once more where there is a second way to pay."""


@dataclass(frozen=True)
class Turn:
    """An item that a customer does."""

    case: Case
    way: Pays | None = None
    """How it is paid; None: as the hall's customers mostly do."""
    language: str = "zh-hans"


@dataclass(frozen=True)
class Done:
    """What is left of an item, and what the customer was told."""

    left: Left
    facts: Mapping[str, str]


def test_every_item_has_a_case() -> None:
    assert {case.item for case in CASES} == set(items)


@pytest.mark.parametrize("front", DRIVERS)
def test_a_front_does_what_the_menu_does(made: tuple[World, str], front: str) -> None:
    world, database = made
    with worlds.copied(world, database, f"_{front}") as there, DRIVERS[front](there) as driver:
        hall, books = _hall(driver), Books()
        turns = _turns(there, hall)
        books.look()
        shown = []
        for turn in turns:
            case = turn.case
            if case.before is not None:
                case.before(there)
                books.look()
            _in_another_minute()
            told = driver.use(
                case.item,
                case.answered(there) | {"means": _means(turn.way or _mostly(hall), turn.language)},
                msisdn=case.line(there),
                password=there.password,
                language=turn.language,
            )
            shown.append((told, books.look()))
    expected = _expected(world, database, hall, turns)
    for turn, (told, left), wanted in zip(turns, shown, expected, strict=True):
        item = turn.case.item
        assert told.kind in ("", ScreenKind.DONE), f"{item}: {told.text}"
        assert left.orders == wanted.left.orders, turn
        assert left.postings == wanted.left.postings, turn
        assert _journal(left, turn) == _journal(wanted.left, turn), turn
        assert set(items[item].receipt) <= set(wanted.facts)
        facts = {**wanted.facts, **turn.case.varies}
        if left.receipts:
            (facts["receipt"],) = left.receipts
        for code in items[item].receipt:
            assert _in(facts[code], told.text), (turn, code, facts[code], told.text)
    assert turns, "a front that offers nothing is none"


def _in_another_minute() -> None:
    """Forget how often somebody asked: no customer does all items in one minute."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM web_rate")


def _hall(driver: Driver) -> Hall:
    """A customer's hall: what it asks in Chinese, it may be less than in English."""
    hall = halls[driver.front]
    asks = hall.front.asks - getattr(driver, "not_asked", frozenset())
    return replace(hall, front=replace(hall.front, asks=asks))


def _turns(world: World, hall: Hall) -> tuple[Turn, ...]:
    """All that this front may offer; then some of it in another language, or paid otherwise."""
    cases = _offered(world, hall)
    known = {case.item: case for case in cases}
    return (
        *map(Turn, cases),
        *(Turn(known[item], language="en") for item in ENGLISH if item in known),
        *(Turn(known[TWICE], way) for way in Pays if way in hall.front.pays - {_mostly(hall)}),
    )


def _journal(left: Left, turn: Turn) -> tuple[Any, ...]:
    """What was done; on a page of payment one pays at leisure: then without how that went."""
    apart = ("checkout.", "paying.") if turn.way is Pays.PAGE else ()
    return tuple(row for row in left.journal if not row[0].startswith(apart))


def _mostly(hall: Hall) -> Pays:
    """How its customers pay: by the bound card where they can."""
    return Pays.BOUND if Pays.BOUND in hall.front.pays else Pays.CARD


def _means(way: Pays, language: str) -> str:
    """A way to pay, as the screen says it."""
    with translation.override(language):
        return str(PAYS[way])


# ---- the menu itself -----------------------------------------------------------------------------


def _talk(world: World, hall: Hall, caller: Caller, language: str = "zh-hans") -> Talk:
    return hall.talk(
        hall.place(),
        at=datetime.now(UTC),
        key=f"menu:{next(_numbers)}",
        caller=caller,
        language=language,
        identify=ByPassword(world.msisdn),
    )


def _caller(hall: Hall, msisdn: str) -> Caller:
    ctx = hall.context(hall.place(), at=datetime.now(UTC), key="menu")
    return callers.identify_by_network(ctx, msisdn=msisdn)


def _offered(world: World, hall: Hall) -> list[Case]:
    """The cases of all items that this front may offer."""
    talk = _talk(world, hall, _caller(hall, world.msisdn))
    return [case for case in CASES if menus.offered(talk, items[case.item], talk.caller)]


_known: dict[tuple[object, ...], list[Done]] = {}
"""What the menu leaves of several turns: halls that offer the same are compared with the same."""


def _expected(world: World, database: str, hall: Hall, turns: tuple[Turn, ...]) -> list[Done]:
    same = (database, tuple(replace(turn, way=None) for turn in turns), hall.front.asks)
    if same not in _known:
        with worlds.copied(world, database, f"_menu_{hall.front.code}") as there:
            _known[same] = _done(there, hall, same[1])
    return _known[same]


def _done(world: World, hall: Hall, turns: Iterable[Turn]) -> list[Done]:
    """What is left of the items when they are done with no front between."""
    # On a screen as large as can be; and whatever holds the customer's money here, a bound card.
    bound = frozenset({Pays.BOUND})
    front = replace(hall.front, fits=None, most_choices=None, sole=False, pays=bound)
    plain = replace(hall, front=front)
    books, found = Books(), []
    for turn in turns:
        case = turn.case
        if case.before is not None:
            case.before(world)
        books.look()
        caller = _caller(hall, case.line(world))
        screen = talking.start(_talk(world, plain, caller, turn.language), Message(case.item_word))
        for _step in range(20):
            if not screen.goes_on:
                break
            text = _answer(screen, case.answered(world), world)
            message = Message(text, f"{next(_numbers)}", screen.step)
            talk = _talk(world, plain, caller, turn.language)
            screen = talking.step(talk, message, screen.dialogue)
        assert screen.kind is ScreenKind.DONE, f"{case.item}: {screen.text}"
        found.append(Done(books.look(), screen.facts))
    return found


def _answer(screen: Screen, answers: Mapping[str, str], world: World) -> str:
    if screen.kind is ScreenKind.CONFIRM:
        return screen.choices[0].key
    assert screen.wanted is not None
    if screen.wanted.code == "password":
        return world.password
    wanted = answers[screen.wanted.code]
    if screen.wanted.kind is Kind.CHOICE:
        return next(one.key for one in screen.choices if one.label.startswith(wanted))
    return wanted


def _in(fact: str, text: str) -> bool:
    """Whether a text tells a fact, however it is laid out; a number may be masked."""
    told = "".join(text.split())
    masked = (f"{fact[:3]}{dots * 4}{fact[-4:]}" for dots in "*•")
    return any(one in told for one in ("".join(fact.split()), *masked))
