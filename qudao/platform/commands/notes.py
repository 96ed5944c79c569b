"""Commands that do nothing but leave their journal rows: somebody has looked at something."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from qudao.kernel.period import business_date, month_of
from qudao.kernel.refusals import Refusal
from qudao.platform.commands.command import AuthorityChanged, KeyReused
from qudao.platform.commands.set_command import Claim
from qudao.platform.tables import arrays, prepared


def note(name: str, claims: Sequence[Claim[Any]]) -> Sequence[bool | Refusal]:
    """
    Write the journal rows of a set, in one statement; a request that is repeated leaves no second
    one. For the function of a set command, whose name is given.

    Refusals, each for its own request: KeyReused, AuthorityChanged.
    """
    contexts = [claim.ctx for claim in claims]
    rows = prepared.fetch(
        _NOTE,
        [
            arrays.times(ctx.at for ctx in contexts),
            arrays.times(month_of(business_date(ctx.at)) for ctx in contexts),
            arrays.uuids(ctx.actor for ctx in contexts),
            arrays.numbers(ctx.stamp for ctx in contexts),
            arrays.texts(ctx.channel for ctx in contexts),
            arrays.texts(ctx.request_key for ctx in contexts),
            arrays.octets(claim.mark for claim in claims),
            arrays.texts(claim.arguments.decode() for claim in claims),
            name,
        ],
    )
    return [_answer(claim, may, noted) for claim, (may, noted) in zip(claims, rows, strict=True)]


def _answer(claim: Claim[Any], may: bool, noted: bool) -> bool | Refusal:
    ctx = claim.ctx
    if not may:
        return AuthorityChanged()
    if not noted:
        # The key is known: mostly of the same request.
        known = prepared.fetch(_KNOWN, [str(ctx.actor), ctx.request_key])
        if not known or bytes(known[0][0]) != claim.mark:
            return KeyReused(ctx.request_key)
    return True


_NOTE: Final = """
WITH asked AS MATERIALIZED (
    SELECT r.*, r.authority IS NULL OR r.authority IS NOT DISTINCT FROM (
        SELECT u.stamp FROM identity_user u WHERE u.id = r.actor) AS may
    FROM unnest(%s::timestamptz[], %s::date[], %s::uuid[], %s::bigint[], %s::text[], %s::text[],
                %s::bytea[], %s::text[]) WITH ORDINALITY
         AS r(at, period, actor, authority, channel, key, mark, arguments, nth)
), noted AS (
    -- In one order, so that two who write the same keys do not wait in a circle.
    INSERT INTO commands_journal
        (at, period, actor, channel, command, request_key, fingerprint, arguments)
    SELECT at, period, actor, channel, %s::text, key, mark, arguments::jsonb
    FROM asked WHERE may ORDER BY actor, key
    ON CONFLICT DO NOTHING
    RETURNING actor, request_key
)
SELECT a.may, EXISTS (SELECT FROM noted n WHERE n.actor = a.actor AND n.request_key = a.key)
FROM asked a ORDER BY a.nth
"""
_KNOWN: Final = """
SELECT fingerprint FROM commands_journal WHERE actor = %s::uuid AND request_key = %s::text
ORDER BY period DESC LIMIT 1
"""
