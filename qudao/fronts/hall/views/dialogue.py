"""An item from its link to its end: each question is a form, each screen a page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from qudao.fronts.hall import looks, tiles
from qudao.fronts.hall.door import Visit, at_hall, posted
from qudao.fronts.hall.tiles import Tile
from qudao.journeys.dialogue import renewing, talking
from qudao.journeys.dialogue.saying import said
from qudao.journeys.dialogue.types import (
    DialogueUnknown,
    Line,
    Menu,
    Message,
    Role,
    Screen,
    ScreenKind,
)
from qudao.journeys.menu.item import Item, Kind, items
from qudao.journeys.proving import CODE, NUMBER, PASSWORD
from qudao.platform.commands.arguments import printable

PROOFS: Final = (CODE.code, PASSWORD.code)
GIVEN: Final = "a."
"""Stands before the names of answers that came with a link."""
LONGEST: Final = 1_000
LONGEST_NUMBER: Final = 20


@require_safe
@at_hall
def offer(visit: Visit, item: str) -> HttpResponse:
    """What a link to an item shows: what it is, and the answers that the link brings along."""
    menu = tiles.menu_of(visit.talk())
    tile = tiles.tile_of(menu, item)
    if tile is None:
        return _not_offered(visit, menu)
    given = _given(items[item], visit.request.GET)
    labels = {one.code: said(one.prompt) for one in items[item].inputs}
    return visit.page(
        "offer",
        tile=tile,
        given=[(f"{GIVEN}{code}", labels[code], answer) for code, answer in given.items()],
    )


@at_hall
@posted("home")
def begin(visit: Visit) -> HttpResponse:
    """Begin an item, by a tile or by what was searched for."""
    form, talk = visit.request.POST, visit.talk()
    menu = tiles.menu_of(talk)
    tile = tiles.tile_of(menu, form.get("item", ""))
    if tile is None:
        return _not_offered(visit, menu)
    answers = {
        code.removeprefix(GIVEN): text for code, text in form.dict().items() if GIVEN in code
    }
    text = printable(form.get("text", ""), LONGEST) or tile.begins
    return _moved(visit, _begun(visit, tile, text, answers))


@at_hall
@posted("home")
def resume(visit: Visit) -> HttpResponse:
    """Go on with what was begun in another hall."""
    talk, dialogue = visit.talk(), _id(visit.request.POST.get("dialogue", ""))
    talking.resume(talk, dialogue)
    visit.visitor.take(dialogue)
    return _moved(visit, renewing.renew(talk, dialogue))


@require_http_methods(["GET", "HEAD", "POST"])
@at_hall
def dialogue(visit: Visit, dialogue: UUID) -> HttpResponse:
    """Show where a dialogue stands; answer its question."""
    talk = visit.talk()
    try:
        _demand_own(visit, dialogue)
        if visit.request.method == "POST":
            return _answered(visit, dialogue)
        screen = talking.look(talk, dialogue)
        if screen.goes_on and screen.language != visit.language:
            screen = renewing.renew(talk, dialogue)
    except (DialogueUnknown, Http404):
        visit.visitor.drop(dialogue)
        return _begun_anew(visit) or visit.nowhere()
    return _shown(visit, screen)


@at_hall
@posted("dialogue")
def again(visit: Visit, dialogue: UUID) -> HttpResponse:
    """Put the question anew: with another code, or the other way of proving who it is."""
    _demand_own(visit, dialogue)
    by = visit.request.POST.get("by", "")
    if by in PROOFS:
        visit.visitor.note(by=by)
    return _moved(visit, renewing.renew(visit.talk(), dialogue))


def _begun(visit: Visit, tile: Tile, text: str, answers: Mapping[str, str]) -> Screen:
    """Begin an item with answers that are given as soon as they are asked for."""
    screen = talking.start(visit.talk(), Message(text))
    visit.visitor.take(screen.dialogue, _given(items[tile.item], answers))
    return _carried_on(visit, screen)


def _begun_anew(visit: Visit) -> HttpResponse | None:
    """
    Somebody has typed for longer than a dialogue or a visit lasts: begin the item anew, with what
    was typed. None: nothing was, or nothing that may be kept.
    """
    form = visit.request.POST
    tile = tiles.tile_of(tiles.menu_of(visit.talk()), form.get("item", ""))
    typed = {form.get("asked", ""): form.get("text", "")}
    if tile is None or not _given(items[tile.item], typed):
        return None
    screen = _begun(visit, tile, tile.begins, typed)
    messages.info(
        visit.request,
        _("You were away for too long, so this begins anew. What you had written is kept."),
    )
    return visit.load(visit.url("dialogue", screen.dialogue))


def _not_offered(visit: Visit, menu: Menu) -> HttpResponse:
    if shut := said(menu.shut):
        return visit.refused(shut, 503)
    return visit.refused(_("This is not offered here just now."), 404)


def _answered(visit: Visit, dialogue: UUID) -> HttpResponse:
    form, talk = visit.request.POST, visit.talk()
    step = form.get("step", "")
    message = Message(
        form.get("text", ""), step=int(step) if step.isdecimal() and len(step) < 9 else -1
    )
    screen = talking.step(talk, message, dialogue)
    if form.get("asked") == NUMBER.code:
        visit.visitor.note(number=printable(message.text, LONGEST_NUMBER))
    # What was proved in the dialogue is kept for the next one.
    if form.get("asked") in PROOFS:
        caller = renewing.caller(talk, dialogue)
        if caller != visit.visitor.caller:
            visit.visitor.adopt(caller, dialogue)
            _carried_on(visit, screen)
            return visit.load(visit.url("dialogue", dialogue))
    screen = _carried_on(visit, screen)
    wanted, wrong = screen.wanted, any(line.role is Role.PROBLEM for line in screen.lines)
    if wrong and wanted and wanted.code == form.get("asked") and not wanted.secret:
        # What was not understood stands where it was typed.
        return _shown(visit, screen, printable(message.text, LONGEST))
    return _moved(visit, screen)


def _carried_on(visit: Visit, screen: Screen) -> Screen:
    """Give the answers that a link brought along, as soon as they are asked for."""
    rest = dict(visit.visitor.known.dialogues.get(str(screen.dialogue), {}))
    while (
        screen.kind is ScreenKind.QUESTION
        and screen.wanted is not None
        and not screen.wanted.secret
        and screen.wanted.code in rest
    ):
        answer = Message(rest.pop(screen.wanted.code), step=screen.step)
        visit.visitor.take(screen.dialogue, rest)
        screen = talking.step(visit.talk(), answer, screen.dialogue)
    return screen


def _moved(visit: Visit, screen: Screen) -> HttpResponse:
    """After something was sent: show where the dialogue stands now, under its own address."""
    if screen.kind is ScreenKind.MENU:
        visit.visitor.drop(screen.dialogue)
        for line in screen.lines:
            if line.role is Role.PROBLEM:
                messages.info(visit.request, line.text)
        return visit.load(visit.url("home"))
    if screen.order is not None:
        visit.visitor.bought(screen.order)
    target = visit.url("dialogue", screen.dialogue)
    if screen.kind is ScreenKind.DONE and screen.language != visit.language:
        response = visit.load(target)  # the reader has chosen another language
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, screen.language, samesite="Lax")
        return response
    if visit.by_htmx and visit.request.path == target:
        return _shown(visit, screen)
    return visit.go(target)


def _shown(visit: Visit, screen: Screen, typed: str = "") -> HttpResponse:
    if screen.kind is ScreenKind.MENU:
        return visit.go(visit.url("home"))
    item, wanted = items.get(screen.item), screen.wanted
    own = {one.code for one in item.inputs} if item is not None else set()
    with translation.override(screen.language):
        name = said(item.name) if item is not None else ""
    return visit.page(
        "dialogue",
        screen=screen,
        name=name,
        icon=looks.icon_of(screen.item),
        parts=_parts(screen),
        proving=wanted is not None and wanted.code in PROOFS and wanted.code not in own,
        typed=typed
        or (visit.visitor.known.number if wanted is not None and wanted.code not in own else ""),
        acted=item is not None and item.confirm,
        headline=_headline(screen) if item is not None and not item.confirm else None,
        long_text=wanted is not None and wanted.kind is Kind.TEXT and wanted.longest > 60,
        back=next((one for one in screen.moves if one.value == "back"), None),
        keys=visit.hall.front.keys,
    )


def _parts(screen: Screen) -> dict[str, Any]:
    """A screen's lines by what they are."""

    def of(role: Role) -> list[str]:
        return [line.text for line in screen.lines if line.role is role]

    return {
        "problems": of(Role.PROBLEM),
        "prompts": of(Role.PROMPT),
        "notices": of(Role.NOTICE),
        "texts": of(Role.TEXT),
        "facts": [line for line in screen.lines if line.role is Role.FACT],
        "price": next((line for line in screen.lines if line.role is Role.PRICE), None),
    }


def _headline(screen: Screen) -> Line | None:
    """Of what was asked for, the sum that one wants to know first."""
    if screen.kind is not ScreenKind.DONE:
        return None
    sums = (line for line in screen.lines if line.text.startswith(("¥", "-¥")))
    return next(sums, None)


def _given(item: Item, answers: Mapping[str, str]) -> dict[str, str]:
    """Of what a link brings along, what answers a question that is no secret."""
    return {
        one.code: text
        for one in item.inputs
        if one.kind is not Kind.PIN and (text := printable(answers.get(one.code, ""), LONGEST))
    }


def _demand_own(visit: Visit, dialogue: UUID) -> None:
    """Another browser's dialogue is none: whoever has its id has nothing."""
    if str(dialogue) not in visit.visitor.known.dialogues:
        raise Http404


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Http404 from None
