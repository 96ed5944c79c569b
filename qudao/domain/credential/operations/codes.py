"""Send one-time codes to lines, and try them."""

from __future__ import annotations

import hmac
import secrets
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection
from django.db.models import F

from qudao.domain.credential import queries, rules
from qudao.domain.credential.models import OneTimeCode
from qudao.domain.credential.operations.counts import (
    CODES_FROM_ADDRESS,
    CODES_TO_LINE,
    DAY,
    HOUR,
    _count,
    _count_wrong,
    _demand_line,
    _throttled,
)
from qudao.domain.credential.operations.texts import _code_text
from qudao.domain.credential.types import (
    CodePurpose,
    CodeSent,
    CodeTooSoon,
    Outcome,
    Policy,
    TooManyCodes,
    Verdict,
    Way,
)
from qudao.kernel.ids import new_id
from qudao.kernel.personal import Personal, Secret
from qudao.platform.commands.command import command
from qudao.platform.commands.context import Context
from qudao.platform.identity.personal import blind_index
from qudao.platform.messaging import operations as messaging


@command("credential.send_code")
def send_code(
    ctx: Context, *, msisdn: str, purpose: CodePurpose, address: str, language: str = ""
) -> CodeSent:
    """
    Send a one-time code of six digits to a line, in place of the one before for this purpose.

    `address` is who asks, as the front knows it (an IP address, a terminal, the calling number);
    empty where there is none. Without a language, the installation's.

    :raises NotALine: if the number is no mobile number.
    :raises CodeTooSoon: if one was sent a moment ago.
    :raises TooManyCodes: if the line was sent enough of them today, or the address asked too often.
    """
    _demand_line(msisdn)
    policy = queries.policy()
    code = f"{secrets.randbelow(10**6):06d}"
    _replace(ctx, msisdn, purpose, code, policy)
    messaging.send(
        ctx,
        recipient=Personal(msisdn),
        kind="one_time_code",
        text=_code_text(purpose, code, policy.code_life_s, language),
        lifetime_s=policy.code_life_s,
    )
    # Last, because all that come from one address meet here.
    if address:
        count, ends = _count(CODES_FROM_ADDRESS, address, ctx.at, HOUR)
        if count > policy.codes_per_address:
            raise TooManyCodes(ends)
    return CodeSent(
        expires_at=ctx.at + timedelta(seconds=policy.code_life_s),
        again_at=ctx.at + timedelta(seconds=policy.code_wait_s),
    )


@command("credential.try_code")
def try_code(
    ctx: Context, *, msisdn: str, purpose: CodePurpose, code: Secret, address: str
) -> Verdict:
    """
    Try the code that was sent to a line for a purpose; a right one is used up.

    A wrong one is counted, of the code and of the address, and is an answer.

    :raises NotALine: if the number is no mobile number.
    """
    _demand_line(msisdn)
    return _try_code(ctx, msisdn, purpose, code, address, queries.policy())


def _try_code(
    ctx: Context, msisdn: str, purpose: CodePurpose, code: Secret, address: str, policy: Policy
) -> Verdict:
    throttled = _throttled(Way.CODE, address, ctx.at, policy.wrong_per_address)
    if throttled is not None:
        return throttled
    row = (
        OneTimeCode.objects.select_for_update()
        .filter(
            msisdn=msisdn,
            purpose=purpose.value,
            used_at__isnull=True,
            expires_at__gt=ctx.at,
            tries__lt=policy.code_tries,
        )
        .first()
    )
    if row is None:
        return Verdict(Outcome.EXPIRED, Way.CODE)
    given = _hash(row.id, rules.clean_digits(str.__str__(code)))
    if hmac.compare_digest(given, bytes(row.code_hash)):
        OneTimeCode.objects.filter(id=row.id).update(used_at=ctx.at)
        needs = rules.good_for(Way.CODE, purpose)
        caller = rules.proof(msisdn, Way.CODE, ctx.at, policy, needs)
        return Verdict(Outcome.RIGHT, Way.CODE, caller)
    OneTimeCode.objects.filter(id=row.id).update(tries=F("tries") + 1)
    _count_wrong(address, ctx.at)
    left = policy.code_tries - row.tries - 1
    return Verdict(Outcome.WRONG, Way.CODE, tries_left=left)


def _replace(ctx: Context, msisdn: str, purpose: CodePurpose, code: str, policy: Policy) -> None:
    """Put a code into the place of the one before."""
    fresh = new_id(ctx.at)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO credential_code AS held
                (id, msisdn, purpose, code_hash, tries, sent_at, expires_at)
            VALUES (%(id)s, %(msisdn)s, %(purpose)s, %(hash)s, 0, %(at)s, %(expires)s)
            ON CONFLICT (msisdn, purpose) DO UPDATE SET
                id = excluded.id, code_hash = excluded.code_hash, tries = 0,
                sent_at = excluded.sent_at, expires_at = excluded.expires_at, used_at = NULL
            WHERE held.sent_at <= %(before)s
            """,
            {
                "id": fresh,
                "msisdn": msisdn,
                "purpose": purpose.value,
                "hash": _hash(fresh, code),
                "at": ctx.at,
                "expires": ctx.at + timedelta(seconds=policy.code_life_s),
                "before": ctx.at - timedelta(seconds=policy.code_wait_s),
            },
        )
        placed = cursor.rowcount == 1
    if not placed:
        raise CodeTooSoon(_sent_at(msisdn, purpose) + timedelta(seconds=policy.code_wait_s))
    count, ends = _count(CODES_TO_LINE, msisdn, ctx.at, DAY)
    if count > policy.codes_per_line:
        raise TooManyCodes(ends)


def _sent_at(msisdn: str, purpose: CodePurpose) -> datetime:
    rows = OneTimeCode.objects.filter(msisdn=msisdn, purpose=purpose.value)
    return rows.values_list("sent_at", flat=True).get()


def _hash(id: UUID, code: str) -> bytes:
    """Keyed, and of this row only: a million codes are soon tried by who has the table alone."""
    return blind_index(f"{id}:{code}", "credential_code.code")
