"""
What runs for customers: campaigns to take part in, and offers for one line alone.

Whoever stocks them registers a source when the application starts; nobody need do so. Sources
answer from what they keep: they are asked for each menu.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Protocol

from qudao.kernel.refusals import Kind, Refusal
from qudao.platform.commands.context import Context

Pair = tuple[str, str]
"""Words that are data: Chinese and English."""


@dataclass(eq=False)
class CampaignOver(Refusal, kind=Kind.CONFLICT):
    """No such campaign runs for this line just now."""

    campaign: str


@dataclass(frozen=True, slots=True)
class Campaign:
    """Something that a customer may take part in."""

    code: str
    """Of its own among all sources."""
    name: Pair
    about: Pair
    until: date | None = None
    """Its last day."""


@dataclass(frozen=True, slots=True)
class PersonalOffer:
    """Something that is on offer for one line."""

    code: str
    name: Pair
    about: Pair
    """What it costs and until when among it."""
    item: str = "add_on"
    """Code of the menu's item by which one takes it."""


class Campaigns(Protocol):
    """Somebody who stocks campaigns and personal offers. `path` is the place of the hall."""

    def any_running(self, at: datetime, *, path: str) -> bool:
        """Say whether any campaign runs now, for whomever. Asked for each menu: no statement."""
        ...

    def running(self, at: datetime, *, path: str, msisdn: str) -> tuple[Campaign, ...]:
        """Return what a line may take part in now, or takes part in already."""
        ...

    def offers(self, at: datetime, *, path: str, msisdn: str) -> tuple[PersonalOffer, ...]:
        """Return what is on offer for a line alone."""
        ...

    def enrol(self, ctx: Context, *, campaign: str, msisdn: str) -> None:
        """
        Let a line take part, by a command of its own under the context's request key.

        :raises Refusal: if it may not.
        """
        ...


_sources: Final[list[Campaigns]] = []


def register(source: Campaigns) -> None:
    """Name somebody who stocks campaigns; done once for each, when the application starts."""
    _sources.append(source)


def unregister(source: Campaigns) -> None:
    """Take a source off again."""
    _sources.remove(source)


def any_running(at: datetime, *, path: str) -> bool:
    """Say whether any campaign runs now."""
    return any(source.any_running(at, path=path) for source in _sources)


def running(at: datetime, *, path: str, msisdn: str) -> tuple[Campaign, ...]:
    """Return what a line may take part in now."""
    return tuple(one for source in _sources for one in source.running(at, path=path, msisdn=msisdn))


def campaign(at: datetime, *, path: str, msisdn: str, code: str) -> Campaign:
    """
    Return one of what a line may take part in now.

    :raises CampaignOver: if it is none of these.
    """
    return _found(at, path, msisdn, code)[1]


def offers(at: datetime, *, path: str, msisdn: str) -> tuple[PersonalOffer, ...]:
    """Return what is on offer for a line alone."""
    return tuple(one for source in _sources for one in source.offers(at, path=path, msisdn=msisdn))


def enrol(ctx: Context, *, path: str, msisdn: str, code: str) -> Pair:
    """
    Let a line take part in a campaign; returns the campaign's name.

    :raises CampaignOver: if it does not run for this line now.
    :raises Refusal: what the source refuses.
    """
    source, one = _found(ctx.at, path, msisdn, code)
    source.enrol(ctx, campaign=code, msisdn=msisdn)
    return one.name


def _found(at: datetime, path: str, msisdn: str, code: str) -> tuple[Campaigns, Campaign]:
    for source in _sources:
        for one in source.running(at, path=path, msisdn=msisdn):
            if one.code == code:
                return source, one
    raise CampaignOver(code)
