"""From the lake's sums to statements: some outlets' month in a few statements of SQL."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection

from qudao.domain.commission.models.settlements import Settlement
from qudao.domain.commission.queries import book
from qudao.domain.commission.queries.taxes import bands_of
from qudao.domain.commission.rules.statements import outcome
from qudao.domain.commission.types.settlements import (
    ClerkSum,
    OutletSum,
    Payee,
    SettlementId,
    StatementState,
)
from qudao.kernel.ids import new_id
from qudao.platform.commands.context import Context


def _unknown(row: Settlement, numbers: list[int]) -> list[int]:
    """Return which of the numbers are of no outlet of the settlement's province."""
    with connection.cursor() as cursor:
        cursor.execute(_UNKNOWN, [numbers, f"{row.province.path}."])
        return [number for (number,) in cursor.fetchall()]


def _outlets(row: Settlement, after: int, most: int) -> list[int]:
    """Return the numbers of the province's next outlets: they stay with them for ever."""
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, [f"{row.province.path}.", after, most])
        return [number for (number,) in cursor.fetchall()]


def _count_outlets(row: Settlement) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [f"{row.province.path}."])
        return int(cursor.fetchone()[0])


def _make_statements(
    ctx: Context, row: Settlement, of: tuple[int, int], before: SettlementId | None
) -> None:
    """Make the statements of outlets from one number to another, in the edition being made."""
    points = book.point_rules(row.making_versions)
    _take_sums(
        book.sums(row.making_versions, points, of), book.clerk_sums(row.making_versions, points, of)
    )
    bands = {payee: bands_of(payee, row.month) for payee in Payee}
    with connection.cursor() as cursor:
        cursor.execute(_DUE, [f"{row.province.path}.", row.month, before, *of, row.province_id])
        found = cursor.fetchall()
        made = []
        with cursor.copy(
            "COPY commission_statement (id, settlement_id, edition, outlet_id, branch_id, number,"
            " brought, earned, adjusted, tax, net, carried, points, lines, way, payee, state)"
            " FROM STDIN"
        ) as copy:
            for (
                outlet,
                branch,
                number,
                brought,
                earned,
                adjusted,
                points_earned,
                lines,
                way,
                payee,
            ) in found:
                came = outcome(brought + earned + adjusted, bands[Payee(payee)])
                made.append(new_id(ctx.at))
                copy.write_row(
                    (
                        made[-1],
                        row.id,
                        row.making,
                        outlet,
                        branch,
                        number,
                        brought,
                        earned,
                        adjusted,
                        came.tax,
                        came.net,
                        came.carried,
                        points_earned,
                        lines,
                        way,
                        payee,
                        str(StatementState.OPEN),
                    )
                )
        cursor.execute(_SUMS, [made])
        cursor.execute(_CLERKS, [made])


def _take_sums(sums: Iterable[OutletSum], clerks: Iterable[ClerkSum]) -> None:
    """Bring sums of the lake into the session."""
    with connection.cursor() as cursor:
        cursor.execute(_STAGE)
        with cursor.copy(
            "COPY commission_stage (number, branch, rule, unit, lines, base, amount) FROM STDIN"
        ) as copy:
            for one in sums:
                copy.write_row(
                    (
                        one.outlet,
                        one.branch,
                        one.rule,
                        str(one.unit),
                        one.lines,
                        one.base,
                        one.amount,
                    )
                )
        with cursor.copy(
            "COPY commission_stage_clerk (number, clerk, lines, amount, points) FROM STDIN"
        ) as copy:
            for clerk in clerks:
                copy.write_row((clerk.outlet, clerk.clerk, clerk.lines, clerk.amount, clerk.points))


def _adjusted_since(row: Settlement) -> bool:
    """Say whether an outlet's adjustments are others than its statement in the making has."""
    with connection.cursor() as cursor:
        cursor.execute(_ADJUSTED, [row.month, f"{row.province.path}.", row.id, row.making])
        return cursor.fetchone() is not None


def _totals(row: Settlement) -> dict[str, int]:
    """Return what the statements in the making add up to."""
    with connection.cursor() as cursor:
        cursor.execute(_TOTALS, [row.id, row.making])
        return dict(zip(TOTALS, map(int, cursor.fetchone()), strict=True))


def _drop_statements(row: Settlement, most: int) -> int:
    """Delete some statements that do not count any more; return how many."""
    with connection.cursor() as cursor:
        cursor.execute(_REPLACED, [row.id, row.edition, most])
        gone = [one for (one,) in cursor.fetchall()]
        for table, column in (("_sum", "statement_id"), ("_clerk", "statement_id"), ("", "id")):
            table = f"commission_statement{table}"
            cursor.execute(f"DELETE FROM {table} WHERE {column} = ANY(%s)", [gone])
        return len(gone)


TOTALS = ("statements", "brought", "earned", "adjusted", "tax", "net", "carried", "points")

_STAGE = """
DROP TABLE IF EXISTS commission_stage, commission_stage_clerk;
CREATE TEMPORARY TABLE commission_stage (
    number int, branch text, rule int, unit text, lines bigint, base bigint, amount bigint
) ON COMMIT DROP;
CREATE TEMPORARY TABLE commission_stage_clerk (
    number int, clerk int, lines bigint, amount bigint, points bigint
) ON COMMIT DROP
"""

_UNKNOWN = """
SELECT number FROM unnest(%s::int[]) AS of_line(number)
WHERE NOT EXISTS (
    SELECT FROM saleschannel_outlet o JOIN party_organization p ON p.id = o.organization_id
    WHERE o.number = of_line.number AND starts_with(p.path, %s))
ORDER BY 1 LIMIT 20
"""

_NEXT = """
SELECT o.number FROM saleschannel_outlet o
JOIN party_organization p ON p.id = o.organization_id AND starts_with(p.path, %s)
WHERE o.number > %s ORDER BY 1 LIMIT %s
"""

_COUNT = """
SELECT count(*) FROM saleschannel_outlet o
JOIN party_organization p ON p.id = o.organization_id AND starts_with(p.path, %s)
"""

# An outlet's branch is the one that it belongs to now; of an outlet directly below it the province.
_DUE = """
WITH earned AS (
    SELECT number,
           sum(amount) FILTER (WHERE unit = 'fen') AS earned,
           sum(amount) FILTER (WHERE unit = 'point') AS points,
           sum(lines) AS lines
    FROM commission_stage GROUP BY number
), due AS (
    SELECT p.id AS outlet, p.path, o.number, e.earned, e.points, e.lines, a.amount AS adjusted,
           c.carried AS brought
    FROM saleschannel_outlet o
    JOIN party_organization p ON p.id = o.organization_id AND starts_with(p.path, %s)
    LEFT JOIN earned e ON e.number = o.number
    LEFT JOIN (SELECT outlet_id, sum(amount) AS amount FROM commission_adjustment
               WHERE month = %s GROUP BY outlet_id) a ON a.outlet_id = p.id
    LEFT JOIN (SELECT t.id, t.outlet_id, t.carried FROM commission_statement t
               JOIN commission_settlement s ON (s.id, s.edition) = (t.settlement_id, t.edition)
               WHERE s.id = %s AND t.carried < 0) c ON c.outlet_id = p.id
    WHERE o.number BETWEEN %s AND %s
      AND (e.number IS NOT NULL OR a.amount IS NOT NULL OR c.id IS NOT NULL)
)
SELECT d.outlet, coalesce(b.id, %s::uuid), d.number, coalesce(d.brought, 0),
       coalesce(d.earned, 0)::bigint, coalesce(d.adjusted, 0)::bigint,
       coalesce(d.points, 0)::bigint, coalesce(d.lines, 0)::bigint,
       coalesce(t.way, 'wallet'), coalesce(t.payee, 'individual')
FROM due d
LEFT JOIN party_organization b
       ON b.kind = 'branch' AND b.path = array_to_string((string_to_array(d.path, '.'))[1:3], '.')
LEFT JOIN commission_payout_terms t ON t.outlet_id = d.outlet
ORDER BY d.outlet
"""

_SUMS = """
INSERT INTO commission_statement_sum (statement_id, branch, rule, unit, lines, base, amount)
SELECT t.id, s.branch, s.rule, s.unit, s.lines, s.base, s.amount
FROM commission_stage s
JOIN commission_statement t ON t.number = s.number AND t.id = ANY(%s)
"""

_CLERKS = """
INSERT INTO commission_statement_clerk (statement_id, clerk, lines, amount, points, posted)
SELECT t.id, u.id, sum(s.lines), sum(s.amount), sum(s.points), false
FROM commission_stage_clerk s
JOIN commission_statement t ON t.number = s.number AND t.id = ANY(%s)
LEFT JOIN identity_user u ON u.number = s.clerk
GROUP BY t.id, u.id
"""

_ADJUSTED = """
WITH now AS (
    SELECT a.outlet_id, sum(a.amount) AS amount
    FROM commission_adjustment a JOIN party_organization p ON p.id = a.outlet_id
    WHERE a.month = %s AND starts_with(p.path, %s) GROUP BY a.outlet_id
)
SELECT FROM now FULL JOIN (
    SELECT outlet_id, adjusted FROM commission_statement WHERE settlement_id = %s AND edition = %s
) made ON made.outlet_id = now.outlet_id
WHERE coalesce(now.amount, 0) <> coalesce(made.adjusted, 0) LIMIT 1
"""

_TOTALS = """
SELECT count(*), coalesce(sum(brought), 0), coalesce(sum(earned), 0), coalesce(sum(adjusted), 0),
       coalesce(sum(tax), 0), coalesce(sum(net), 0), coalesce(sum(carried), 0),
       coalesce(sum(points), 0)
FROM commission_statement WHERE settlement_id = %s AND edition = %s
"""

_REPLACED = """
SELECT id FROM commission_statement WHERE settlement_id = %s AND edition <> %s LIMIT %s
"""
