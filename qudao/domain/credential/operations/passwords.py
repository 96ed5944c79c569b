"""Set service passwords and try them; a line that saw too many wrong tries is locked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from django.contrib.auth.hashers import check_password, make_password

from qudao.domain.credential import queries, rules
from qudao.domain.credential.events import LineLockedOut, PasswordSet
from qudao.domain.credential.models import LineCredential, OneTimeCode
from qudao.domain.credential.operations.codes import _try_code
from qudao.domain.credential.operations.counts import _count_wrong, _demand_line, _throttled
from qudao.domain.credential.operations.policy import ReasonMissing
from qudao.domain.credential.operations.texts import _set_text
from qudao.domain.credential.types import (
    CodePurpose,
    LineCredentialId,
    Outcome,
    PasswordSame,
    PasswordWeak,
    Policy,
    SetBy,
    Verdict,
    Way,
)
from qudao.kernel.ids import new_id
from qudao.kernel.personal import Personal, Secret
from qudao.kernel.refusals import Kind, Refusal
from qudao.platform.commands.command import announce, command, record_subject
from qudao.platform.commands.context import Context
from qudao.platform.identity.personal import blind_index
from qudao.platform.messaging import operations as messaging

TELLING_S = 24 * 3600
"""How long it is worth telling a line that its password was set."""


@dataclass(eq=False)
class LineCredentialUnknown(Refusal, kind=Kind.NOT_FOUND):
    """Nothing is known of such a line's password."""

    line: UUID


@dataclass(eq=False)
class LineNotLocked(Refusal, kind=Kind.CONFLICT):
    """The line is not locked, or not any more."""


@command("credential.try_password")
def try_password(ctx: Context, *, msisdn: str, password: Secret, address: str) -> Verdict:
    """
    Try a line's service password.

    A wrong one is counted, of the line and of the address, and is an answer; a line without a
    password answers, works and locks as any other.

    :raises NotALine: if the number is no mobile number.
    """
    _demand_line(msisdn)
    policy = queries.policy()
    given = rules.clean_digits(str.__str__(password))
    return _try(
        ctx, msisdn, address, policy, Way.PASSWORD, lambda held: _matches(msisdn, given, held)
    )


@command("credential.note_document")
def note_document(ctx: Context, *, msisdn: str, matches: bool, address: str) -> Verdict:
    """
    Note whether the document that somebody showed to a device is that of a line's owner.

    Called by the journey that compares them. Another document counts as a wrong try of the line
    and of the address.

    :raises NotALine: if the number is no mobile number.
    """
    _demand_line(msisdn)
    policy = queries.policy()
    return _try(ctx, msisdn, address, policy, Way.DOCUMENT, lambda _held: matches)


@command("credential.change_password")
def change_password(
    ctx: Context, *, msisdn: str, old: Secret, new: Secret, address: str, language: str = ""
) -> Verdict:
    """
    Set another service password with the old one; a wrong old one is counted, and is an answer.

    The line is told by short message.

    :raises NotALine: if the number is no mobile number.
    :raises PasswordWeak: if the new one could be guessed.
    :raises PasswordSame: if the new one is the old one.
    """
    _demand_line(msisdn)
    policy = queries.policy()
    fresh = _strong(msisdn, new, policy)
    given = rules.clean_digits(str.__str__(old))
    if fresh == given:
        raise PasswordSame
    verdict = _try(
        ctx, msisdn, address, policy, Way.PASSWORD, lambda held: _matches(msisdn, given, held)
    )
    if verdict.outcome == Outcome.RIGHT:
        _set(ctx, msisdn, fresh, SetBy.OLD_PASSWORD, language)
    return verdict


@command("credential.reset_password")
def reset_password(
    ctx: Context, *, msisdn: str, code: Secret, password: Secret, address: str, language: str = ""
) -> Verdict:
    """
    Set a service password, the first or another one, with a code that was sent for that.

    It unlocks the line: who has the code has the line. A wrong code is counted, and is an answer.
    The line is told by short message.

    :raises NotALine: if the number is no mobile number.
    :raises PasswordWeak: if the password could be guessed; the code was not tried.
    """
    _demand_line(msisdn)
    policy = queries.policy()
    fresh = _strong(msisdn, password, policy)
    verdict = _try_code(ctx, msisdn, CodePurpose.RESET, code, address, policy)
    if verdict.outcome == Outcome.RIGHT:
        _set(ctx, msisdn, fresh, SetBy.CODE, language)
        # As good as the password that was just set.
        caller = rules.proof(msisdn, Way.CODE, ctx.at, policy, rules.PROVABLE)
        return replace(verdict, caller=caller)
    return verdict


@command("credential.set_password")
def set_password(
    ctx: Context,
    *,
    msisdn: str,
    password: Secret,
    avoid: tuple[Personal, ...] = (),
    language: str = "",
) -> None:
    """
    Set a line's service password, whatever was before, and unlock the line.

    Called by the journey that has seen the owner's document. Nothing of `avoid` may be in the
    password. The line is told by short message.

    :raises NotALine: if the number is no mobile number.
    :raises PasswordWeak: if the password could be guessed.
    """
    _demand_line(msisdn)
    fresh = _strong(msisdn, password, queries.policy(), avoid)
    _set(ctx, msisdn, fresh, SetBy.COUNTER, language)


@command("credential.unlock", subject="line")
def unlock(ctx: Context, *, line: LineCredentialId, reason: str) -> None:
    """
    Let a locked line be tried again, from no wrong tries on.

    :raises ReasonMissing: if no reason is given.
    :raises LineCredentialUnknown: if nothing is known of the line.
    :raises LineNotLocked: if it is not locked.
    """
    if len(reason.strip()) < 2:
        raise ReasonMissing
    row = LineCredential.objects.select_for_update().filter(id=line).first()
    if row is None:
        raise LineCredentialUnknown(line)
    if row.locked_until is None or row.locked_until <= ctx.at:
        raise LineNotLocked
    _clear(row)


@command("credential.forget")
def forget(ctx: Context, *, numbers: Sequence[str]) -> int:
    """
    Forget passwords and codes of numbers that are somebody else's now; return how many had one.
    """
    OneTimeCode.objects.filter(msisdn__in=numbers).delete()
    deleted, _each = LineCredential.objects.filter(msisdn__in=numbers).delete()
    return deleted


def _try(
    ctx: Context,
    msisdn: str,
    address: str,
    policy: Policy,
    way: Way,
    right: Callable[[str], bool],
) -> Verdict:
    """
    Try something once, under the line's lock: tries at one moment come one after the other, so
    that no more of them are made than there may be.
    """
    throttled = _throttled(way, address, ctx.at, policy.wrong_per_address)
    if throttled is not None:
        return throttled
    row = _locked_row(ctx, msisdn)
    if row.locked_until is not None and row.locked_until > ctx.at:
        return Verdict(Outcome.LOCKED, way, until=row.locked_until)
    if right(row.password):
        if row.wrong:
            _clear(row)
        return Verdict(
            Outcome.RIGHT, way, rules.proof(msisdn, way, ctx.at, policy, rules.good_for(way))
        )
    lasts = timedelta(hours=policy.lock_h)
    old = row.wrong_at is None or row.wrong_at <= ctx.at - lasts or row.locked_until is not None
    row.wrong = 1 if old else row.wrong + 1
    row.wrong_at = ctx.at
    locks = row.wrong >= policy.password_tries
    row.locked_until = ctx.at + lasts if locks else None
    row.save(update_fields=["wrong", "wrong_at", "locked_until"])
    _count_wrong(address, ctx.at)
    if locks:
        announce(LineLockedOut(msisdn, ctx.at + lasts))
        return Verdict(Outcome.LOCKED, way, until=row.locked_until)
    return Verdict(Outcome.WRONG, way, tries_left=policy.password_tries - row.wrong)


def _locked_row(ctx: Context, msisdn: str) -> LineCredential:
    """Return the row of a line, locked; there is one for every line that somebody tries."""
    rows = LineCredential.objects.select_for_update().filter(msisdn=msisdn)
    row = rows.first()
    if row is None:
        LineCredential.objects.bulk_create(
            [LineCredential(id=new_id(ctx.at), msisdn=msisdn)], ignore_conflicts=True
        )
        row = rows.get()
    record_subject(row.id)
    return row


def _clear(row: LineCredential) -> None:
    row.wrong, row.wrong_at, row.locked_until = 0, None, None
    row.save(update_fields=["wrong", "wrong_at", "locked_until"])


def _set(ctx: Context, msisdn: str, password: str, how: SetBy, language: str) -> None:
    row = _locked_row(ctx, msisdn)
    row.password = make_password(_peppered(msisdn, password))
    row.set_at, row.set_by = ctx.at, how.value
    row.wrong, row.wrong_at, row.locked_until = 0, None, None
    row.save()
    announce(PasswordSet(msisdn, how))
    messaging.send(
        ctx,
        recipient=Personal(msisdn),
        kind="service_password_set",
        text=_set_text(ctx.at, language),
        lifetime_s=TELLING_S,
    )
    record_subject(row.id)


def _strong(msisdn: str, password: Secret, policy: Policy, avoid: Sequence[Personal] = ()) -> str:
    fresh = rules.clean_digits(str.__str__(password))
    weakness = rules.weakness(fresh, msisdn, policy, [str.__str__(text) for text in avoid])
    if weakness is not None:
        raise PasswordWeak(weakness, policy.password_digits)
    return fresh


def _matches(msisdn: str, password: str, held: str) -> bool:
    # Django hashes once also where there is nothing to compare with: "!" is no hash.
    return check_password(_peppered(msisdn, password), held or "!")


def _peppered(msisdn: str, password: str) -> str:
    """
    Return what is hashed: a million passwords are soon tried by who has the table, but not by who
    lacks the key ring.
    """
    return blind_index(f"{msisdn}:{password}", "credential_line.password").hex()
