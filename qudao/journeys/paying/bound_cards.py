"""The cards that customers bind to their lines, at whoever keeps them."""

from __future__ import annotations

from functools import cache
from typing import Final
from uuid import uuid5

from django.conf import settings
from django.utils import translation
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from qudao.domain.checkout.ports import Cards
from qudao.kernel.personal import Personal, Secret
from qudao.platform.commands.context import Context
from qudao.platform.identity.roles import system_context
from qudao.platform.messaging import operations as messaging

LINK_LIFE_S: Final = 900
"""A message with a link is not worth delivering when the link is too old."""


def bound_card(msisdn: str) -> str:
    """
    Return the last digits of the card that is bound to a line; empty: none is.

    :raises CardsUnavailable: if whoever keeps them does not answer.
    """
    return _cards().bound(msisdn)


def send_link(ctx: Context, *, msisdn: str, language: str) -> None:
    """
    Send the owner of a line a short message with an address on which a card is bound, once.

    To the line itself and nowhere else: whoever reads it has the line. Under the same request key
    it is the same message.

    :raises CardsUnavailable: if whoever keeps the cards does not answer.
    """
    link = _cards().link(uuid5(ctx.actor, ctx.request_key), msisdn, language)
    with translation.override(language):
        text = _(
            "Qudao: bind a bank card to your number within 15 minutes, on this page of our payment "
            "partner: %(link)s Give this address to nobody."
        ) % {"link": str.__str__(link)}
    _send(ctx, msisdn, text, LINK_LIFE_S)


def unbind(ctx: Context, *, msisdn: str, language: str) -> None:
    """
    Give the card of a line up, and tell its owner by a short message.

    :raises CardsUnavailable: if whoever keeps the cards does not answer.
    """
    _cards().unbind(msisdn)
    with translation.override(language):
        text = _("Qudao: no bank card is bound to your number any more.")
    _send(ctx, msisdn, text, None)


def _send(ctx: Context, msisdn: str, text: str, lifetime_s: int | None) -> None:
    own = system_context(ctx.at, f"bound-card:{ctx.request_key}", channel=ctx.channel)
    messaging.send(
        own, recipient=Personal(msisdn), kind="card", text=Secret(text), lifetime_s=lifetime_s
    )


def _cards() -> Cards:
    return _made(settings.PAYMENT_CARDS)


@cache
def _made(path: str) -> Cards:
    made: Cards = import_string(path)()
    return made
