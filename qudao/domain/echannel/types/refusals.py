"""Why something is not configured so, or not changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from qudao.kernel.refusals import Kind, Refusal


@dataclass(eq=False)
class FrontUnknown(Refusal, kind=Kind.NOT_FOUND):
    """No front of this code is registered."""

    front: str


@dataclass(eq=False)
class GroupInvalid(Refusal, kind=Kind.INVALID):
    """The code of a group of customers is made of small letters, digits and underscores."""

    group: str


@dataclass(eq=False)
class ItemUnknown(Refusal, kind=Kind.NOT_FOUND):
    """The menu has no item of this code."""

    item: str


@dataclass(eq=False)
class EntryInvalid(Refusal, kind=Kind.INVALID):
    """An entry is neither an item nor a folder with a name and something in it."""

    where: str


@dataclass(eq=False)
class EntryTwice(Refusal, kind=Kind.CONFLICT):
    """An item stands in one folder twice."""

    item: str
    where: str


@dataclass(eq=False)
class TooManyEntries(Refusal, kind=Kind.INVALID):
    """The front cannot show so many entries at one level."""

    where: str
    limit: int


@dataclass(eq=False)
class TooDeep(Refusal, kind=Kind.INVALID):
    """The front has no folders so deep."""

    where: str
    limit: int


@dataclass(eq=False)
class DigitNotPossible(Refusal, kind=Kind.INVALID):
    """The front gives this digit to no entry."""

    digit: str
    where: str
    possible: str


@dataclass(eq=False)
class DigitTaken(Refusal, kind=Kind.CONFLICT):
    """Two entries of one level have the same digit."""

    digit: str
    where: str
    other: str


@dataclass(eq=False)
class KeywordNotPossible(Refusal, kind=Kind.INVALID):
    """It is no keyword: too long, digits alone, or a word of the dialogue; or none is used."""

    keyword: str
    where: str


@dataclass(eq=False)
class KeywordTaken(Refusal, kind=Kind.CONFLICT):
    """Two entries have the same keyword."""

    keyword: str
    where: str
    other: str


@dataclass(eq=False)
class KeywordAmbiguous(Refusal, kind=Kind.CONFLICT):
    """A keyword followed by an answer reads like another keyword."""

    keyword: str
    where: str
    other: str


@dataclass(eq=False)
class TextMissing(Refusal, kind=Kind.INVALID):
    """A text that is needed is not there, or in one language only."""

    text: str
    where: str


@dataclass(eq=False)
class TextTooLong(Refusal, kind=Kind.INVALID):
    """The front cannot show a text of this length."""

    text: str
    where: str
    length: int
    limit: int


@dataclass(eq=False)
class HoursInvalid(Refusal, kind=Kind.INVALID):
    """The opening hours make no sense."""


@dataclass(eq=False)
class DocumentUnreadable(Refusal, kind=Kind.INVALID):
    """A file holds no configuration of a front."""

    reason: str


@dataclass(eq=False)
class DocumentOfAnotherFront(Refusal, kind=Kind.INVALID):
    """A file holds the configuration of another front."""

    front: str


# Why a change is not made


@dataclass(eq=False)
class ConfigurationUnknown(Refusal, kind=Kind.NOT_FOUND):
    """Nothing is configured for this front, branch and group."""

    front: str


@dataclass(eq=False)
class VersionUnknown(Refusal, kind=Kind.NOT_FOUND):
    """The configuration has no version of this number."""

    number: int


@dataclass(eq=False)
class DraftChanged(Refusal, kind=Kind.CONFLICT):
    """Somebody else has changed the draft since it was read."""

    edition: int


@dataclass(eq=False)
class NoDraft(Refusal, kind=Kind.CONFLICT):
    """There is no draft."""


@dataclass(eq=False)
class NothingPublished(Refusal, kind=Kind.CONFLICT):
    """Nothing is published then or later."""


@dataclass(eq=False)
class NotOff(Refusal, kind=Kind.CONFLICT):
    """It is not switched off."""


@dataclass(eq=False)
class StartsInThePast(Refusal, kind=Kind.INVALID):
    """What customers saw in the past stays as it was."""

    valid_from: datetime


@dataclass(eq=False)
class EndsBeforeStart(Refusal, kind=Kind.INVALID):
    """It would end before it begins."""

    valid_from: datetime
    valid_until: datetime


@dataclass(eq=False)
class BeyondOwnBranch(Refusal, kind=Kind.FORBIDDEN):
    """What holds for all branches is not for one branch to change."""


@dataclass(eq=False)
class BranchExpected(Refusal, kind=Kind.INVALID):
    """Fronts are configured for branches, not for other parts of the organization."""

    organization_kind: str
