"""One touch: a message to the dialogue, and what the devices do before and after it."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Final
from uuid import uuid4

from django.utils import translation
from django.utils.translation import gettext as _

from qudao.domain.terminal.ports import DeviceFails
from qudao.domain.terminal.types import EscrowState, Part
from qudao.fronts.kiosk import slips
from qudao.fronts.kiosk.hall import Kiosk, devices_at
from qudao.fronts.kiosk.visit import Visit, noted
from qudao.fronts.wording import word
from qudao.journeys.dialogue import talking
from qudao.journeys.dialogue.types import Message, Screen, ScreenKind, Talk
from qudao.journeys.menu.item import Kind, Pays, items
from qudao.journeys.proving import ByDocument
from qudao.kernel.money import Money
from qudao.kernel.personal import Personal, Secret

logger = logging.getLogger(__name__)

MEANS: Final = "means"
"""The input by which a dialogue asks how one would like to pay."""
WHOLE: Final = 100
"""Fen of the smallest note: other prices cannot be put in exactly."""


def talk_of(kiosk: Kiosk, visit: Visit, *, document: bool = False) -> Talk:
    """Return what the dialogue wants to know of this touch."""
    return kiosk.talk(
        language=visit.language,
        parts=visit.parts,
        position=visit.position,
        identify=ByDocument(kiosk.address) if document else None,
    )


def begin(kiosk: Kiosk, language: str) -> Visit:
    """Begin a visit, with the menu; cards and notes of whoever was here before are given back."""
    devices = kiosk.devices
    parts = devices.working()
    if Part.CARD in parts:
        _eject(kiosk)
    position = kiosk.position()
    talk = kiosk.talk(language=language, parts=parts, position=position)
    screen = talking.start(talk)
    return Visit(screen.dialogue, kiosk.node, screen.language, kiosk.at, parts, position)


def look(kiosk: Kiosk, visit: Visit) -> Screen:
    """
    Return the screen that stands.

    :raises DialogueUnknown: if the dialogue is over.
    """
    return talking.look(talk_of(kiosk, visit), visit.dialogue)


def step(
    kiosk: Kiosk, visit: Visit, text: str, at_step: int | None, document: Personal | None = None
) -> tuple[Visit, Screen]:
    """
    Answer the screen that stands.

    :raises DialogueUnknown: if the dialogue is over.
    :raises Busy: if others are faster.
    """
    message = Message(text, step=at_step, token=_token(kiosk, visit))
    if document is not None:
        message = replace(message, text=str.__str__(document))
    talk = talk_of(kiosk, visit, document=document is not None)
    screen = talking.step(talk, message, visit.dialogue)
    visit = replace(visit, language=screen.language, notice="", touched_at=kiosk.at)
    if _asks_means(screen) and visit.intake:
        # Who has put notes in need not be asked.
        talk = talk_of(kiosk, visit)
        screen = talking.step(talk, Message(Pays.CASH, step=screen.step), visit.dialogue)
    with translation.override(screen.language):
        return _afterwards(kiosk, visit, screen), screen


def end(kiosk: Kiosk, visit: Visit, *, left: bool = False) -> None:
    """End a visit: notes and card are given back. Has the customer `left`, the dialogue stays."""
    _close(kiosk, visit)
    if not left:
        talking.step(talk_of(kiosk, visit), Message("cancel"), visit.dialogue)


def cut_off(visit: Visit) -> None:
    """End the visit at a kiosk that is admitted no more: notes and card are given back."""
    devices = devices_at(visit.node)
    try:
        if visit.intake:
            devices.give_back(visit.intake)
        if Part.CARD in visit.parts:
            devices.eject_card()
    except DeviceFails as failure:
        logger.warning("%s: %s %s", visit.node, failure.part, failure.problem)


# ---- notes ---------------------------------------------------------------------------------------


def open_slot(kiosk: Kiosk, visit: Visit, at_most: Money | None = None) -> Visit:
    """Have the unit take notes."""
    intake = visit.intake or uuid4().hex
    try:
        kiosk.devices.take_notes(intake, at_most)
    except DeviceFails as failure:
        return noted(visit, _failed(kiosk, failure))
    return replace(visit, intake=intake, notice="")


def close_slot(kiosk: Kiosk, visit: Visit) -> Visit:
    """Have the notes given back, if they are not in a payment's hands."""
    if not visit.intake:
        return visit
    try:
        escrow = kiosk.devices.give_back(visit.intake)
    except DeviceFails as failure:
        return noted(replace(visit, intake=""), _failed(kiosk, failure))
    bare = replace(visit, intake="")
    match escrow.state:
        case EscrowState.RETURNED if escrow.total:
            return noted(bare, _("Please take your notes."))
        case EscrowState.STUCK:
            return noted(
                bare, _("A note is stuck. It is recorded; please ask the staff, or call us.")
            )
    return bare


# ---- inside --------------------------------------------------------------------------------------


def _afterwards(kiosk: Kiosk, visit: Visit, screen: Screen) -> Visit:
    """Move the devices to where the dialogue stands now."""
    if screen.kind is ScreenKind.CONFIRM:
        visit = replace(visit, means=screen.means)
        if screen.means == Pays.CASH and not visit.intake and payable_in_notes(screen.price):
            visit = open_slot(kiosk, visit, screen.price)
        return visit
    visit = replace(visit, means="")
    if screen.kind is ScreenKind.QUESTION:
        return close_slot(kiosk, visit) if _before_the_amount(screen) else visit
    if screen.kind is ScreenKind.DONE and visit.intake:
        visit = print_slip(kiosk, visit, screen)
    return _close(kiosk, visit)


def _close(kiosk: Kiosk, visit: Visit) -> Visit:
    if Part.CARD in visit.parts:
        _eject(kiosk)
    return close_slot(kiosk, visit)


def print_slip(kiosk: Kiosk, visit: Visit, screen: Screen) -> Visit:
    """Print what has come of an item, once."""
    if visit.printed == screen.step or Part.PRINTER not in visit.parts:
        return visit
    try:
        kiosk.devices.print_slip(slips.lines(kiosk, screen))
    except DeviceFails as failure:
        return noted(visit, _failed(kiosk, failure))
    return replace(visit, printed=screen.step)


def payable_in_notes(price: Money | None) -> bool:
    """Say whether a price can be put in exactly."""
    return price is not None and price.minor > 0 and price.minor % WHOLE == 0


def _token(kiosk: Kiosk, visit: Visit) -> Secret:
    """What stands for the notes, or the card, with which a confirmation pays."""
    if visit.means == Pays.CASH:
        return Secret(visit.intake)
    if visit.means == Pays.CARD:
        try:
            card = kiosk.devices.card()
        except DeviceFails as failure:
            logger.warning("%s: %s %s", kiosk.node, failure.part, failure.problem)
            return Secret("")
        return Secret("") if card is None else card.token
    return Secret("")


def _asks_means(screen: Screen) -> bool:
    return screen.wanted is not None and screen.wanted.code == MEANS


def _before_the_amount(screen: Screen) -> bool:
    """Whether the item asks something else than an amount: who goes back to it leaves the slot."""
    wanted = screen.wanted
    own = {one.code for one in items[screen.item].inputs}
    return wanted is not None and wanted.code in own and wanted.kind is not Kind.MONEY


def _eject(kiosk: Kiosk) -> None:
    try:
        kiosk.devices.eject_card()
    except DeviceFails as failure:
        logger.warning("%s: %s %s", kiosk.node, failure.part, failure.problem)


def _failed(kiosk: Kiosk, failure: DeviceFails) -> str:
    logger.warning("%s: %s %s", kiosk.node, failure.part, failure.problem)
    return word(failure)
