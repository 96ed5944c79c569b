"""Who asks, through which channel, when, and under which request key."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import blake2b
from typing import Final
from uuid import UUID

from qudao.kernel.refusals import Kind, Refusal
from qudao.kernel.scope import Scope

SYSTEM: Final = UUID("00000000-0000-7000-8000-000000000001")
"""The actor of workers and of reference data: nobody signs in as it."""

LONGEST_KEY: Final = 200
"""Characters of a request key."""


@dataclass(eq=False)
class NotPermitted(Refusal, kind=Kind.FORBIDDEN):
    """The actor was not granted this."""

    permission: str


@dataclass(frozen=True, slots=True)
class Context:
    """Built once by the front, passed first to every operation and query."""

    actor: UUID
    channel: str
    """The front that asks: `portal`, `backoffice`, `api`, `worker`, …"""
    at: datetime
    request_key: str
    """Chosen by the caller; the same key and content get the same answer, once done."""
    grants: frozenset[str]
    scope: Scope
    dry_run: bool = False
    """Do everything, answer, and roll back."""
    approved_by: UUID | None = None
    """The second pair of eyes, when the command had been parked."""
    exempt: bool = False
    """The command is an approved one, or the platform's own: maker–checker does not apply."""
    stamp: int | None = None
    """Which state of the account's authority grants and scope were read from; checked again when
    a sale is written. None: they were read within this request."""
    patient: bool = True
    """Wait for what others hold, for a while; or else answer `Busy` at once."""

    def __post_init__(self) -> None:
        assert self.at.tzinfo is not None, self.at
        assert 0 < len(self.request_key) <= LONGEST_KEY, self.request_key

    def require(self, permission: str) -> None:
        """
        :raises NotPermitted: if the actor was not granted the permission.
        """
        if permission not in self.grants:
            raise NotPermitted(permission)

    def with_key(self, request_key: str) -> Context:
        return replace(self, request_key=request_key)

    def part(self, name: str) -> Context:
        """Return the context of a part of the request: its key is the request's, and the part's."""
        key = f"{self.request_key}/{name}"
        if len(key) > LONGEST_KEY:
            key = f"{blake2b(self.request_key.encode(), digest_size=32).hexdigest()}/{name}"
        return self.with_key(key)
