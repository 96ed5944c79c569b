"""
Seats: what bearer tokens may do now, kept in the process, for a front that is asked ten thousand
times a second.

A seat is never the last word. Its context carries the stamp of the authority that it was read with,
and whoever writes compares that with the account's stamp in the same transaction: after a
suspension, a change of role, a revoked token it is another one. Notices (`listen`) only see to it
that this is the exception.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from qudao.domain.catalog import queries as catalog
from qudao.domain.echannel import queries as echannel
from qudao.domain.party.queries import standings
from qudao.domain.party.types import MembershipId, OrganizationId, OrganizationKind
from qudao.domain.saleschannel import queries as saleschannel
from qudao.kernel.scope import Scope
from qudao.kernel.snapshots import Snapshots
from qudao.platform.commands.context import Context
from qudao.platform.events.notices import Handler, Notices
from qudao.platform.identity import rules
from qudao.platform.identity.tokens import COARSE, live_tokens
from qudao.platform.identity.types import TokenId, UserId

SEATS_KEPT: Final = 50_000
"""Seats that a process keeps, of about 1.5 kB each."""


@dataclass(frozen=True, slots=True)
class Seat:
    """What a bearer token may do, and for how long that holds if nobody changes anything."""

    actor: UserId
    token: TokenId
    membership: MembershipId | None
    """The one that grants and scope come from; None: the account may act nowhere."""
    grants: frozenset[str]
    scope: Scope
    outlet: OrganizationId | None
    """The outlet that the token stands in, if it stands in one."""
    stamp: int
    """The account's stamp that all this was read with."""
    valid_from: datetime | None
    valid_until: datetime
    """The first moment at which it may be otherwise: the end of the token, the beginning or end of
    a membership; five minutes after it was read at the latest, when the token's last use is noted.
    """

    def holds(self, at: datetime) -> bool:
        """Say whether this is what the token may do at a moment."""
        return at < self.valid_until and (self.valid_from is None or self.valid_from <= at)

    def context(
        self,
        at: datetime,
        request_key: str,
        channel: str,
        *,
        dry_run: bool = False,
        patient: bool = True,
    ) -> Context:
        """Return the context of one request."""
        return Context(
            actor=self.actor,
            channel=channel,
            at=at,
            request_key=request_key,
            grants=self.grants,
            scope=self.scope,
            dry_run=dry_run,
            stamp=self.stamp,
            patient=patient,
        )


class Seats:
    """
    The seats that this process knows; for threads.

    Secrets are kept as hashes only. What is unknown is not kept at all: a new token works at once,
    and many unknown ones cost one statement if they are read together.
    """

    def __init__(self, limit: int = SEATS_KEPT) -> None:
        self._kept = Snapshots[UUID, str, tuple[bytes, Seat]](limit)

    def __len__(self) -> int:
        return len(self._kept)

    def known(self, secret: str, at: datetime) -> Seat | None:
        """Return a token's seat if it is kept and holds at this moment; asks nobody."""
        found = self._find(secret)
        return found[1] if found is not None and found[1].holds(at) else None

    def read(self, secrets: Sequence[str], at: datetime) -> list[Seat | None]:
        """
        Return the seat of each token as it is now, and keep it: three statements at most, however
        many they are. None for a token that is unknown, expired or revoked, or of a closed account.

        A seat that may act nowhere is not kept: who is let in again is let in at once.
        """
        with self._kept.reading() as reading:
            tokens = live_tokens(secrets, at)
            # The stamp is that of the first statement. If something changes before the second,
            # the account's is another one, and nothing is written with this seat.
            found = standings([(t.bearer.user, t.bearer.organization) for t in tokens.values()], at)
            seats: dict[str, Seat] = {}
            for (secret, token), standing in zip(tokens.items(), found, strict=True):
                if standing is None:
                    continue
                acting = standing.authority.acting
                ends = (at + COARSE, token.expires_at, standing.until)
                seats[secret] = Seat(
                    actor=token.bearer.user,
                    token=token.bearer.token,
                    membership=None if acting is None else acting.membership,
                    grants=standing.authority.grants,
                    scope=standing.authority.scope,
                    outlet=acting.organization
                    if acting is not None and acting.organization_kind == OrganizationKind.OUTLET
                    else None,
                    stamp=token.stamp,
                    valid_from=standing.since,
                    valid_until=min(end for end in ends if end is not None),
                )
            self._kept.keep(
                reading,
                (
                    (seat.actor, str(rules.prefix_of(secret)), (rules.token_hash(secret), seat))
                    for secret, seat in seats.items()
                    if seat.membership is not None
                ),
            )
        for secret in secrets:
            seat = seats.get(secret)
            if seat is None or seat.membership is None:
                self._drop(secret)
        return [seats.get(secret) for secret in secrets]

    def _find(self, secret: str) -> tuple[str, Seat] | None:
        """Return what is kept under a secret's prefix, if the secret is the right one."""
        prefix = rules.prefix_of(secret)
        kept = None if prefix is None else self._kept.get(prefix)
        if prefix is None or kept is None:
            return None
        return (prefix, kept[1]) if rules.same_hash(kept[0], rules.token_hash(secret)) else None

    def _drop(self, secret: str) -> None:
        found = self._find(secret)
        if found is not None:
            self._kept.drop(found[0])

    def forget(self, users: Iterable[UUID]) -> None:
        """Drop the seats of accounts that have changed."""
        self._kept.forget(users)

    def clear(self) -> None:
        """Drop all seats."""
        self._kept.clear()


def listen(
    seats: Seats,
    *,
    handlers: Mapping[str, Handler] | None = None,
    lost: Callable[[], None] | None = None,
) -> Notices:
    """
    Return a thread, not started, that drops what this process keeps of accounts, outlets, the
    catalogue and the halls' menus when they change; `handlers` of other kinds, and what else to do
    after notices may have been missed, can be given.
    """

    def missed() -> None:
        seats.clear()
        saleschannel.forget()
        catalog.forget()
        echannel.forget()
        if lost is not None:
            lost()

    own: dict[str, Handler] = {
        "account": lambda text: seats.forget([UUID(text)]),
        "outlet": lambda text: saleschannel.forget([OrganizationId(UUID(text))]),
        "catalog": lambda _: catalog.forget(),
        "echannel": lambda _: echannel.forget(),
    }
    return Notices({**own, **(handlers or {})}, missed)
