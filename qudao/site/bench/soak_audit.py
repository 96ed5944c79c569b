"""After a soak: what the clients were told, against the books and the BOSS's."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from psycopg import Connection

from qudao.site.bench.counter import faults
from qudao.site.bench.stand import Stand
from qudao.site.bench.suspensions import Window

_TABLES: Final = """
CREATE TEMP TABLE bench_told (
    order_id uuid, key text, number text, amount bigint, debit bigint, balance bigint,
    outlet bigint, sent_us bigint, answered_us bigint);
CREATE TEMP TABLE bench_window (outlet bigint, suspended_us bigint, resumed_us bigint);
CREATE TEMP TABLE bench_effect (external_id uuid, times int);
"""

_CHECKS: Final = {
    "acknowledged twice: one order for two requests, or two for one": """
        SELECT (SELECT count(*) - count(DISTINCT order_id) FROM bench_told)
             + (SELECT count(*) - count(DISTINCT key) FROM bench_told)""",
    "acknowledged, but no such order": """
        SELECT count(*) FROM bench_told t
        WHERE NOT EXISTS (SELECT FROM ordering_order o WHERE o.id = t.order_id)""",
    "orders that stand there more than once": """
        SELECT count(*) FROM (
            SELECT id FROM ordering_order GROUP BY id HAVING count(*) > 1) twice""",
    "acknowledged with other figures than the order's": """
        SELECT count(*) FROM bench_told t JOIN ordering_order o ON o.id = t.order_id
        JOIN ledger_posting p ON p.id = o.hold_id
        WHERE (t.amount, t.debit, t.balance) IS DISTINCT FROM (o.amount, o.debit, p.source_balance)
           OR p.amount <> t.debit OR p.cause <> o.id
           OR t.number NOT LIKE to_char(o.business_date, 'YYMMDD') || lpad(o.hold_id::text, 10, '0')
              || '_'""",
    "acknowledged without exactly one row in the journal": """
        SELECT count(*) FROM bench_told t LEFT JOIN (
            SELECT subject, count(*) AS rows, max(request_key) AS key FROM commands_journal
            WHERE command = 'ordering.sell' GROUP BY subject) j ON j.subject = t.order_id
        WHERE j.rows IS DISTINCT FROM 1 OR j.key <> 'api:' || t.key""",
    "wallets that differ from the sum of their postings": """
        SELECT count(*) FROM ledger_balance b
        WHERE b.balance <> (
            coalesce((SELECT sum(l.amount) FROM bench_leg l WHERE l.account = b.account_id), 0))""",
    "fen by which the ledger does not sum to zero": "SELECT abs(sum(amount)) FROM bench_leg",
    "sold from a stale snapshot: acknowledged while the outlet was suspended": """
        SELECT count(*) FROM bench_told t JOIN bench_window w USING (outlet)
        WHERE t.sent_us > w.suspended_us AND t.answered_us < w.resumed_us""",
    "done more than once by the BOSS": "SELECT count(*) FROM bench_effect WHERE times > 1",
    "done by the BOSS, but not a completed order": """
        SELECT count(*) FROM bench_effect e LEFT JOIN ordering_order o ON o.id = e.external_id
        WHERE o.state IS DISTINCT FROM 'completed'""",
    "completed, but not done by the BOSS": """
        SELECT count(*) FROM ordering_order o
        WHERE o.state = 'completed'
          AND NOT EXISTS (SELECT FROM bench_effect e WHERE e.external_id = o.id)""",
}
"""What is counted must be nothing."""

_UNTOLD: Final = """
SELECT count(*) FROM commands_journal j
WHERE j.command = 'ordering.sell' AND j.request_key LIKE %s
  AND NOT EXISTS (SELECT FROM bench_told t WHERE 'api:' || t.key = j.request_key)
"""


def audit(
    made: Stand, log: Path, run: str, windows: Sequence[Window], boss_books: Path | None
) -> tuple[dict[str, int], list[str], dict[str, int]]:
    """Return each check with how much of it was found; what `qudao check` says; and facts."""
    with made.connect() as connection:
        connection.execute("SET work_mem = '256MB'")
        connection.execute(_TABLES)
        with log.open("rb") as file:
            _copy(connection, "bench_told", iter(lambda: file.read(1 << 20), b""))
        rows = (f"{one.outlet}\t{one.suspended_us}\t{one.resumed_us}\n" for one in windows)
        _copy(connection, "bench_window", (row.encode() for row in rows))
        if boss_books is not None:
            _copy(connection, "bench_effect", _effects(boss_books))
        connection.execute(
            "CREATE TEMP TABLE bench_leg AS SELECT account, sum(amount) AS amount FROM ("
            " SELECT source_id AS account, -amount AS amount FROM ledger_posting"
            " UNION ALL SELECT target_id, amount FROM ledger_posting) leg GROUP BY account"
        )
        connection.execute(
            "CREATE INDEX ON bench_told (key); CREATE INDEX ON bench_effect (external_id);"
            " CREATE INDEX ON bench_leg (account); ANALYZE"
        )
        found = {
            name: _count(connection, query)
            for name, query in _CHECKS.items()
            if boss_books is not None or "BOSS" not in name
        }
        facts = {
            "acknowledged": _count(connection, "SELECT count(*) FROM bench_told"),
            "sold_without_an_answer_that_came": _count(connection, _UNTOLD, f"api:{run}-%"),
            "suspensions": len(windows),
            "acknowledged_that_were_under_way_at_a_suspension": _count(
                connection,
                "SELECT count(*) FROM bench_told t JOIN bench_window w USING (outlet)"
                " WHERE t.sent_us <= w.suspended_us"
                " AND t.answered_us BETWEEN w.suspended_us AND w.resumed_us",
            ),
            "failed_at_the_boss": _count(
                connection, "SELECT count(*) FROM ordering_order WHERE state = 'failed'"
            ),
        }
    return found, faults(), facts


def _copy(connection: Connection[Any], table: str, chunks: Iterable[bytes]) -> None:
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN") as copy:
        for chunk in chunks:
            copy.write(chunk)


def _effects(books: Path) -> Iterable[bytes]:
    db = sqlite3.connect(f"file:{books}?mode=ro", uri=True)
    try:
        for external_id, times in db.execute(
            "SELECT external_id, count(*) FROM effect GROUP BY external_id"
        ):
            yield f"{external_id}\t{times}\n".encode()
    finally:
        db.close()


def _count(connection: Connection[Any], query: str, *values: object) -> int:
    row = connection.execute(query, values or None).fetchone()
    return int(row[0]) if row and row[0] is not None else 0
