"""What operations begin with: the place, the language, the line; and how a customer is told."""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from uuid import UUID

from qudao.domain.care.types import LANGUAGES, LanguageUnknown, PlaceUnknown
from qudao.domain.ordering.types import NotAMobileNumber
from qudao.domain.party import queries as party
from qudao.domain.party.types import OrganizationId
from qudao.kernel.numbers import valid_msisdn
from qudao.kernel.personal import Personal, Secret
from qudao.platform.commands.command import record_subject
from qudao.platform.commands.context import Context
from qudao.platform.identity.personal import mask_phone
from qudao.platform.messaging import operations as messaging

NOBODY: Final = Personal("")
WORTH_TELLING: Final = timedelta(days=3)


def _place(ctx: Context, place: OrganizationId) -> None:
    """
    :raises PlaceUnknown: if there is none in the actor's scope.
    """
    if party.organization(ctx, place) is None:
        raise PlaceUnknown(place)


def _language(language: str) -> str:
    """
    :raises LanguageUnknown: if it is none of ours.
    """
    if language not in LANGUAGES:
        raise LanguageUnknown(language)
    return language


def _line(msisdn: Personal) -> str:
    """
    :raises NotAMobileNumber: if it is no mobile number.
    """
    number = str.__str__(msisdn)
    if not valid_msisdn(number):
        raise NotAMobileNumber(mask_phone(number))
    return number


def _tell(ctx: Context, number: str, kind: str, text: str, about: UUID) -> None:
    """Send the customer a short message; the running command stays one about its own subject."""
    messaging.send(
        ctx,
        recipient=Personal(number),
        kind=kind,
        text=Secret(text),
        lifetime_s=int(WORTH_TELLING.total_seconds()),
    )
    record_subject(about)
