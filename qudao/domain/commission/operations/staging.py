"""From the lake's sums to statements: a province's month in a few statements of SQL."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection

from qudao.domain.commission.models.settlements import Settlement
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


def _take_sums(row: Settlement, sums: Iterable[OutletSum], clerks: Iterable[ClerkSum]) -> list[int]:
    """Bring the sums of a month into the session; return numbers of outlets that there are not."""
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
        cursor.execute(_UNKNOWN, [f"{row.province.path}."])
        return [number for (number,) in cursor.fetchall()]


def _make_statements(ctx: Context, row: Settlement, before: SettlementId | None) -> dict[str, int]:
    """Replace a settlement's statements by those of the sums; return its totals."""
    bands = {payee: bands_of(payee, row.month) for payee in Payee}
    totals = dict.fromkeys(
        ("statements", "brought", "earned", "adjusted", "tax", "net", "carried", "points"), 0
    )
    with connection.cursor() as cursor:
        for table in ("sum", "clerk"):
            cursor.execute(
                f"DELETE FROM commission_statement_{table} s USING commission_statement t"
                " WHERE s.statement_id = t.id AND t.settlement_id = %s",
                [row.id],
            )
        cursor.execute("DELETE FROM commission_statement WHERE settlement_id = %s", [row.id])
        cursor.execute(_DUE, [f"{row.province.path}.", row.month, before, row.province_id])
        found = cursor.fetchall()
        with cursor.copy(
            "COPY commission_statement (id, settlement_id, outlet_id, branch_id, number, brought,"
            " earned, adjusted, tax, net, carried, points, lines, way, payee, state) FROM STDIN"
        ) as copy:
            for (
                outlet,
                branch,
                number,
                brought,
                earned,
                adjusted,
                points,
                lines,
                way,
                payee,
            ) in found:
                came = outcome(brought + earned + adjusted, bands[Payee(payee)])
                copy.write_row(
                    (
                        new_id(ctx.at),
                        row.id,
                        outlet,
                        branch,
                        number,
                        brought,
                        earned,
                        adjusted,
                        came.tax,
                        came.net,
                        came.carried,
                        points,
                        lines,
                        way,
                        payee,
                        str(StatementState.OPEN),
                    )
                )
                for name, value in (
                    ("statements", 1),
                    ("brought", brought),
                    ("earned", earned),
                    ("adjusted", adjusted),
                    ("tax", came.tax),
                    ("net", came.net),
                    ("carried", came.carried),
                    ("points", points),
                ):
                    totals[name] += value
        cursor.execute(_SUMS, [row.id])
        cursor.execute(_CLERKS, [row.id])
    return totals


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
SELECT DISTINCT s.number FROM commission_stage s
WHERE NOT EXISTS (
    SELECT FROM saleschannel_outlet o JOIN party_organization p ON p.id = o.organization_id
    WHERE o.number = s.number AND starts_with(p.path, %s))
ORDER BY 1 LIMIT 20
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
    LEFT JOIN commission_statement c
           ON c.outlet_id = p.id AND c.settlement_id = %s AND c.carried < 0
    WHERE e.number IS NOT NULL OR a.amount IS NOT NULL OR c.id IS NOT NULL
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
JOIN commission_statement t ON t.number = s.number AND t.settlement_id = %s
"""

_CLERKS = """
INSERT INTO commission_statement_clerk (statement_id, clerk, lines, amount, points, posted)
SELECT t.id, u.id, sum(s.lines), sum(s.amount), sum(s.points), false
FROM commission_stage_clerk s
JOIN commission_statement t ON t.number = s.number AND t.settlement_id = %s
LEFT JOIN identity_user u ON u.number = s.clerk
GROUP BY t.id, u.id
"""
