"""
A province's month for the lake, made up: outlets, sales, reversals, lines of customers, verdicts.

All of it follows from the seed. Sales are skewed as they are in a province: a few halls sell
thousands a month, most points some hundred; a hundredth of what is sold are openings, which become
the lines of age 0; the lines of earlier openings stand at outlets in proportion to their sales.
"""

from __future__ import annotations

import calendar
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from qudao.domain.customer.facts import SUBSCRIBERS
from qudao.domain.ordering.facts import REVERSALS, SALES
from qudao.domain.saleschannel import queries as channels
from qudao.domain.saleschannel.facts import OUTLETS, VERDICTS
from qudao.platform.lake.dataset import Dataset, fact_base
from qudao.platform.lake.engine import DuckDB
from qudao.platform.lake.store import Lake
from qudao.platform.tables.months import months_on

FACTS: Final = 60_000_000
OUTLET_COUNT: Final = 110_000
SUBSCRIBER_COUNT: Final = 14_000_000
TAIL: Final = 18
"""Months that the lines of customers have been opened in, this one among them."""

_SHARES: Final = {"4101": 170, "4103": 75, "4113": 90, "4107": 65, "4114": 70, "4116": 75,
                  "4190": 8, "4106": 18, "4111": 26, "4112": 24}  # fmt: skip
"""Of a thousand outlets and sales, those of some branches; the others share the rest alike."""


@dataclass(frozen=True, slots=True)
class Made:
    """How much was written."""

    facts: int
    outlets: int
    subscribers: int
    branches: tuple[str, ...]


def make_month(
    lake: Lake,
    month: date,
    *,
    facts: int = FACTS,
    outlets: int | None = None,
    subscribers: int | None = None,
    earlier: int = 0,
    branches: tuple[str, ...] | None = None,
    seed: int = 1,
    say: Callable[[str], object] = lambda text: None,
) -> Made:
    """
    Write a month of the province into a lake.

    With fewer facts come fewer outlets and lines, in proportion, unless they are given. `earlier`
    is how many months before get the use of their lines, too; `branches` narrows what is written,
    not how much a branch has.
    """
    engine = lake.engine
    assert isinstance(engine, DuckDB), "a month is made by DuckDB"
    outlets = outlets or max(90, OUTLET_COUNT * facts // FACTS)
    lines = SUBSCRIBER_COUNT * facts // FACTS if subscribers is None else subscribers
    codes = tuple(one.code for one in channels.divisions() if one.kind == "branch")
    chosen = branches or codes
    shares = _shares(codes)
    _outlets(engine, codes, shares, outlets, seed)
    written = kept = 0
    for code in chosen:
        one = _Branch(
            lake,
            engine,
            code,
            month,
            seed,
            facts * shares[code] // 1000,
            lines * shares[code] // 1000,
        )
        sold, held = one.write(earlier)
        written, kept = written + sold, kept + held
        say(f"{code}: {sold:,} sales, {held:,} lines")
    engine.run("DROP TABLE IF EXISTS g_outlets")
    return Made(written, outlets, kept, chosen)


def _shares(codes: tuple[str, ...]) -> dict[str, int]:
    """Parts of a thousand, by branch; together a thousand."""
    others = [code for code in codes if code not in _SHARES]
    rest = 1000 - sum(_SHARES.values())
    each, over = divmod(rest, len(others))
    alike = {code: each + (place < over) for place, code in enumerate(others)}
    return {code: _SHARES.get(code) or alike[code] for code in codes}


def _outlets(
    engine: DuckDB, codes: tuple[str, ...], shares: dict[str, int], count: int, seed: int
) -> None:
    """Make the table of outlets: where, of what kind, and how much of the branch's sales."""
    upto = 0
    bounds = []
    for code in codes:
        start, upto = upto, upto + shares[code]
        bounds.append(f"('{code}', {count * start // 1000}, {count * upto // 1000})")
    districts = ", ".join(
        f"('{one.code}', '{one.parent}')"
        for one in channels.divisions()
        if one.kind not in ("province", "branch")
    )
    engine.run(
        f"""
        CREATE OR REPLACE TEMP TABLE g_outlets AS
        WITH branch(branch, low, high) AS (VALUES {", ".join(bounds)}),
        district AS (
            SELECT code, parent, row_number() OVER (PARTITION BY parent ORDER BY code) - 1 AS place,
                   count(*) OVER (PARTITION BY parent) AS many
            FROM (VALUES {districts}) d(code, parent)
        ), one AS (
            SELECT branch, CAST(low + i + 1 AS INTEGER) AS outlet,
                   CAST(hash(low + i, {seed}) >> 8 AS BIGINT) AS h, (h >> 20) % 1000 AS draw
            FROM branch, LATERAL (SELECT unnest(range(high - low)) AS i)
        )
        SELECT one.branch, outlet, h,
               row_number() OVER (PARTITION BY one.branch ORDER BY h, outlet) AS rank,
               coalesce(district.code, one.branch || '00') AS district,
               CASE WHEN draw < 3 THEN 'flagship_hall' WHEN draw < 25 THEN
                    'sales_hall' WHEN draw < 30 THEN 'strategic_hall'
                    WHEN draw < 230 THEN 'franchise_store' WHEN draw < 700 THEN
                    'agency_point' WHEN draw < 970 THEN 'recharge_point'
                    WHEN draw < 990 THEN 'kiosk' ELSE 'web_hall' END AS kind,
               CASE WHEN draw < 30 THEN 'own' WHEN draw < 970 THEN 'social'
                    ELSE 'electronic' END AS ownership,
               CASE WHEN h % 10 < 4 THEN 'city' ELSE 'rural' END AS market,
               CAST(CASE WHEN draw >= 970 THEN 0 ELSE 1 + (h >> 8) % 5 END AS SMALLINT)
                    AS star,
               CAST(1 + (h >> 16) % 4 AS SMALLINT) AS tier
        FROM one LEFT JOIN district
            ON district.parent = one.branch AND district.place = h % district.many
        """
    )


class _Branch:
    """One branch's part of the month."""

    def __init__(
        self,
        lake: Lake,
        engine: DuckDB,
        code: str,
        month: date,
        seed: int,
        facts: int,
        lines: int,
    ) -> None:
        self.lake, self.engine, self.code, self.month = lake, engine, code, month
        self.seed, self.facts, self.lines = seed * 1_000_003 + int(code), facts, lines
        self.days = calendar.monthrange(month.year, month.month)[1]
        self.at = datetime(month.year, month.month, 1, tzinfo=UTC) + timedelta(days=self.days)

    def write(self, earlier: int) -> tuple[int, int]:
        run = self.engine.run
        run(f"CREATE OR REPLACE TEMP TABLE g_rows AS {self._rows()}")
        run(f"CREATE OR REPLACE TEMP TABLE g_sales AS {self._sales()}")
        sold = self._put(SALES, "SELECT * EXCLUDE (h) FROM g_sales", as_given=True)
        self._put(REVERSALS, self._reversals())
        run(f"CREATE OR REPLACE TEMP TABLE g_lines AS {self._lines()}")
        held = self._put(SUBSCRIBERS, self._subscribers(0))
        for back in range(1, earlier + 1):
            self._put(SUBSCRIBERS, self._subscribers(back), months_on(self.month, -back))
        self._put(OUTLETS, self._stretches())
        self._put(VERDICTS, self._verdicts())
        for name in ("g_rows", "g_sales", "g_lines"):
            run(f"DROP TABLE {name}")
        return sold, held

    def _put(
        self, dataset: Dataset, query: str, month: date | None = None, as_given: bool = False
    ) -> int:
        self.engine.run(f"CREATE OR REPLACE TEMP VIEW g_made AS {query}")
        table = self.engine.backend.table("g_made", database=("temp", "main"))
        return self.lake.write(
            table,
            dataset,
            month=month or self.month,
            branch=self.code,
            at=self.at,
            source=f"made up, seed {self.seed}",
            as_given=as_given,
        ).rows

    def _rows(self) -> str:
        """Outlet and place of each sale; the outlet of rank r sells as much as 1 : (100 + r)."""
        return f"""
            WITH weight AS (
                SELECT outlet, ownership, h, rank, 1000000000 // (100 + rank) AS w
                FROM g_outlets WHERE branch = '{self.code}'
            ), share AS (
                SELECT *, {self.facts} * w // CAST(sum(w) OVER () AS BIGINT) AS n FROM weight
            ), many AS (
                SELECT * REPLACE (CAST(n + CASE WHEN rank <= ({self.facts} - sum(n) OVER ())
                                  THEN 1 ELSE 0 END AS BIGINT) AS n) FROM share
            ), start AS (
                SELECT *, CAST(coalesce(sum(n) OVER (ORDER BY outlet ROWS BETWEEN UNBOUNDED
                    PRECEDING AND 1 PRECEDING), 0) AS BIGINT) AS before FROM many
            )
            SELECT outlet, ownership, n, before, unnest(range(n)) AS i
            FROM (SELECT * FROM start ORDER BY outlet)
        """

    def _sales(self) -> str:
        base = fact_base(self.month, self.code)
        return f"""
            WITH drawn AS (
                SELECT *, before + i + 1 AS place, CAST(i * {self.days} // n AS BIGINT) AS d,
                       CAST(hash(before + i, {self.seed}) >> 2 AS BIGINT) AS h
                FROM g_rows
            ), named AS (
                SELECT *, CASE
                    WHEN h % 1000 < 420 THEN 'top_up' WHEN h % 1000 < 750 THEN 'bill_payment'
                    WHEN h % 1000 < 840 THEN 'add_on' WHEN h % 1000 < 890 THEN 'plan_change'
                    WHEN h % 1000 < 930 THEN 'recharge_card' WHEN h % 1000 < 945 THEN 'sim_swap'
                    WHEN ownership = 'electronic' THEN 'top_up'
                    WHEN h % 1000 < 958 THEN 'account_opening' WHEN h % 1000 < 978 THEN 'goods'
                    WHEN h % 1000 < 984 THEN 'contract_handset'
                    ELSE 'card_recharge' END AS business
                FROM drawn
            ), priced AS (
                SELECT *, CAST(CASE business
                    WHEN 'top_up' THEN [1000, 2000, 3000, 5000, 5000, 10000, 10000, 20000, 30000,
                                        50000][1 + (h >> 12) % 10]
                    WHEN 'bill_payment' THEN 1000 + (h >> 12) % 19000
                    WHEN 'recharge_card' THEN [3000, 5000, 10000][1 + (h >> 12) % 3]
                    WHEN 'card_recharge' THEN [3000, 5000, 10000][1 + (h >> 12) % 3]
                    WHEN 'add_on' THEN 500 + 500 * ((h >> 12) % 10)
                    WHEN 'account_opening' THEN 5000 + 5000 * ((h >> 12) % 4)
                    WHEN 'goods' THEN 1900 + 1000 * ((h >> 12) % 300)
                    WHEN 'contract_handset' THEN 99900 + 10000 * ((h >> 12) % 40)
                    WHEN 'sim_swap' THEN 1000 ELSE 0 END AS BIGINT) AS amount
                FROM named
            )
            SELECT {base} + (d << 42) + place AS fact,
                   CAST(DATE '{self.month}' + CAST(d AS INTEGER) AS DATE) AS day,
                   outlet,
                   CAST(CASE WHEN ownership = 'electronic' THEN 0
                        ELSE outlet * 8 + (h >> 24) % 4 END AS INTEGER) AS clerk,
                   CASE WHEN ownership = 'electronic' THEN 'web' WHEN (h >> 28) % 20 < 14
                        THEN 'counter' ELSE 'portal' END AS channel,
                   business,
                   business || '_' || (h >> 32) % 12 AS offering,
                   amount,
                   CASE WHEN business = 'top_up' THEN amount * 992 // 1000 ELSE amount END AS debit,
                   CAST(1 AS INTEGER) AS quantity,
                   CAST({base} + (d << 42) + place AS VARCHAR) AS "order",
                   h
            FROM priced
        """

    def _reversals(self) -> str:
        return """
            SELECT fact, day, outlet, day AS sale_day, business, amount, debit,
                   CASE WHEN h % 2 = 0 THEN 'wrong number' ELSE 'customer changed his mind' END
                       AS reason,
                   "order", "order" || '-r' AS reversal
            FROM g_sales
            WHERE business IN ('top_up', 'bill_payment', 'goods') AND (h >> 40) % 1000 < 3
        """

    def _lines(self) -> str:
        """Every line of customers: those opened now, and those of the months before."""
        thousand = int(self.code) * 1_000_000_000
        return f"""
            WITH opened AS (
                SELECT fact, day, outlet, fact & {(1 << 28) - 1} AS place
                FROM g_sales WHERE business = 'account_opening'
            ), old AS (
                SELECT k, 1 + k % {TAIL - 1} AS age,
                       CAST(hash(k, {self.seed} + 7) >> 2 AS BIGINT) AS h
                FROM (SELECT unnest(range(greatest(
                    {self.lines} - (SELECT count(*) FROM opened), 0))) AS k)
            ), dated AS (
                SELECT k, age, h, 1 + h % {max(self.facts, 1)} AS pick,
                       CAST(DATE '{self.month}' - to_months(CAST(age AS INTEGER)) AS DATE)
                           + CAST((h >> 20) % 28 AS INTEGER) AS day
                FROM old
            )
            SELECT {thousand} + place AS subscriber, outlet, fact AS origin, day AS opened_day,
                   0 AS age
            FROM opened
            UNION ALL
            SELECT {thousand} + 500000000 + k, r.outlet,
                   (CAST(day - DATE '2000-01-01' AS BIGINT) << 42)
                       + {(int(self.code) << 28) + 100_000_000} + k, day, age
            FROM dated JOIN (SELECT outlet, before + i + 1 AS place FROM g_rows) r
                ON r.place = dated.pick
        """

    def _subscribers(self, back: int) -> str:
        """Use and money of the lines in a month so many before this one."""
        month = months_on(self.month, -back)
        end = months_on(month, 1)
        return f"""
            WITH drawn AS (
                SELECT subscriber, outlet, origin, CAST(opened_day AS DATE) AS opened_day,
                       CAST(age - {back} AS SMALLINT) AS age,
                       CAST(hash(subscriber, {self.seed}) >> 2 AS BIGINT) AS s,
                       CAST(hash(subscriber, {self.seed} + {month.toordinal()}) >> 2 AS BIGINT) AS h
                FROM g_lines WHERE age >= {back}
            ), used AS (
                SELECT *, CAST(opened_day + CAST((s >> 8) % 20 AS INTEGER) AS DATE) AS first_call,
                       s % 100 >= 4 AND first_call < DATE '{end}'
                           AND h % 100 >= CASE WHEN s % 10 = 0 THEN 60 ELSE 5 END AS uses
                FROM drawn
            )
            SELECT subscriber, outlet, origin, opened_day,
                   CASE WHEN s % 100 >= 4 AND first_call < DATE '{end}' THEN first_call END
                       AS activated_day,
                   age,
                   CASE WHEN uses THEN 1 + (h >> 8) % 120 ELSE 0 END AS calls,
                   CASE WHEN uses THEN (h >> 8) % 30000 ELSE 0 END AS voice_s,
                   CASE WHEN uses THEN (h >> 16) % 8000000 ELSE 0 END AS data_kb,
                   CASE WHEN uses THEN 500 + (h >> 24) % 12000 ELSE 0 END AS billed,
                   CASE WHEN uses AND (h >> 40) % 20 > 0 THEN 500 + (h >> 24) % 12000 ELSE 0 END
                       AS collected,
                   CASE WHEN uses THEN 'active' ELSE 'suspended' END AS state
            FROM used
        """

    def _stretches(self) -> str:
        """Some outlets get another star in the middle of the month, a few close on the 20th."""
        middle, late = self.month.replace(day=15), self.month.replace(day=20)
        end = months_on(self.month, 1)
        return f"""
            WITH one AS (
                SELECT outlet, '{self.code}00' || lpad(outlet::VARCHAR, 6, '0') AS node_code,
                       district, kind, ownership, market, star, tier,
                       CASE WHEN h % 1000 < 20 AND star > 0 THEN DATE '{middle}'
                            WHEN h % 1000 < 23 THEN DATE '{late}' END AS changed,
                       h % 1000 >= 20 AS closes
                FROM g_outlets WHERE branch = '{self.code}'
            )
            SELECT * EXCLUDE (changed, closes), DATE '{self.month}' AS from_day,
                   coalesce(changed, DATE '{end}') AS until_day, 'active' AS state
            FROM one
            UNION ALL BY NAME
            SELECT * EXCLUDE (changed, closes) REPLACE
                       (CAST(CASE WHEN closes THEN star ELSE 1 + star % 5 END AS SMALLINT) AS star),
                   changed AS from_day, DATE '{end}' AS until_day,
                   CASE WHEN closes THEN 'closed' ELSE 'active' END AS state
            FROM one WHERE changed IS NOT NULL
        """

    def _verdicts(self) -> str:
        """Of one outlet in five hundred, what is wrong with it, and each line that is suspected."""
        end = months_on(self.month, 1)
        return f"""
            WITH found AS (
                SELECT outlet, h FROM g_outlets WHERE branch = '{self.code}' AND h % 500 = 77
            ), one AS (
                SELECT CAST(outlet AS BIGINT) AS verdict, 'missing_documents' AS kind, outlet,
                       CAST(NULL AS BIGINT) AS subscriber,
                       100000 + (h >> 4) % 300000 AS share_ppm, 21 + (h >> 12) % 200 AS lines
                FROM found
                UNION ALL
                SELECT subscriber, 'suspected_lines', outlet, subscriber, 600000, 1
                FROM g_lines SEMI JOIN found USING (outlet)
                WHERE age <= 3 AND hash(subscriber, {self.seed} + 5) % 10 < 6
            )
            SELECT *, CAST(NULL AS BIGINT) AS fact, DATE '{self.month}' AS from_day,
                   DATE '{end}' AS until_day
            FROM one
        """
