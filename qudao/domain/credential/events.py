"""What credential announces."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class PasswordSet:
    """A line has a service password, or another one."""

    msisdn: str
    how: str
    """`code`, `old_password`, `counter`."""


@dataclass(frozen=True, slots=True)
class LineLockedOut:
    """Too many wrong tries: nothing is tried for this line for a while."""

    msisdn: str
    until: datetime


@dataclass(frozen=True, slots=True)
class PersonalDataSeen:
    """A caller was shown personal data of their line."""

    msisdn: str
    what: str
    way: str
