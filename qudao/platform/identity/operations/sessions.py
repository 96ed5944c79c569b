"""Sign accounts out."""

from __future__ import annotations

from dataclasses import dataclass

from allauth.usersessions.models import UserSession

from qudao.kernel.personal import Secret
from qudao.kernel.refusals import Kind, Refusal
from qudao.platform.commands.command import command, record_subject
from qudao.platform.commands.context import Context
from qudao.platform.identity.operations.accounts import _own_or_reached
from qudao.platform.identity.reach import reaches
from qudao.platform.identity.types import SessionId, UserId


@dataclass(eq=False)
class SessionNotFound(Refusal, kind=Kind.NOT_FOUND):
    session: int


@command("identity.end_session")
def end_session(ctx: Context, *, session: SessionId) -> None:
    """
    Sign an account out in one place.

    :raises SessionNotFound: if there is none, or its account is not within reach.
    """
    row = UserSession.objects.filter(pk=session).first()
    if row is None:
        raise SessionNotFound(session)
    owner = UserId(row.user_id)
    if owner != ctx.actor and not reaches(ctx, owner):
        raise SessionNotFound(session)
    record_subject(owner)
    row.end()


@command("identity.end_sessions", subject="user")
def end_sessions(ctx: Context, *, user: UserId, keep: Secret | None = None) -> int:
    """
    Sign an account out everywhere, but in the session whose key is given; return how many ended.

    :raises AccountNotFound: if the account is neither the actor's own nor within reach.
    """
    row = _own_or_reached(ctx, user)
    ending = UserSession.objects.filter(user=row)
    if keep is not None:
        ending = ending.exclude(session_key=str.__str__(keep))
    return _sign_out(ending)


def _sign_out(sessions: object) -> int:
    ended = 0
    for session in sessions:  # type: ignore[attr-defined]
        session.end()
        ended += 1
    return ended
