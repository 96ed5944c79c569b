"""What ordering tells the lake: what was sold, and what was taken back."""

from __future__ import annotations

from typing import Final

from qudao.platform.lake.dataset import BRANCH, MONTH, Column, Dataset, declare

SALES = declare(
    Dataset(
        "sales",
        (
            Column("fact", "int64", "the sale's number in the lake, for ever"),
            Column("day", "date", "business date on which the BOSS completed it"),
            MONTH,
            BRANCH,
            Column("outlet", "int32", "number of the outlet"),
            Column("clerk", "int32", "number of the account that sold it; 0: no person"),
            Column("channel", "string", "portal, counter, sms, …"),
            Column("business", "string", "bill_payment, top_up, opening, goods, …"),
            Column("offering", "string", "code of the offering"),
            Column("amount", "int64", "face value, fen", total=True),
            Column("debit", "int64", "what the wallet paid, fen", total=True),
            Column("quantity", "int32", "pieces", total=True),
            Column("order", "string", "id of the order"),
        ),
        key=("order",),
        order=("outlet", "fact"),
        numbered=True,
    )
)
"""Completed sales, payments and top-ups among them; what was reversed later stays here."""

REVERSALS = declare(
    Dataset(
        "reversals",
        (
            Column("fact", "int64", "number of the sale that was taken back"),
            Column("day", "date", "business date on which the BOSS completed the reversal"),
            MONTH,
            BRANCH,
            Column("outlet", "int32", "number of the outlet"),
            Column("sale_day", "date", "business date of the sale's completion"),
            Column("business", "string"),
            Column("amount", "int64", "face value of the sale, fen", total=True),
            Column("debit", "int64", "what went back to the wallet, fen", total=True),
            Column("reason", "string"),
            Column("order", "string", "id of the sale"),
            Column("reversal", "string", "id of the reversal"),
        ),
        key=("fact",),
        order=("outlet", "fact"),
    )
)
"""Sales taken back, by the month in which that happened."""

# Both queries take `branch`, the days `first` to `last`, the moments `start` to `end` that they
# last, and `ordered`: the earliest business date of orders that are looked for by their date; older
# ones were written down while they were open (`ordering_overdue`), and are looked for by their id.
# An outlet is looked for as it was on the day; `home` is where its wallet is kept, so it says
# nothing here.

_RECENT: Final = """
  AND {order}.business_date BETWEEN %(ordered)s AND %(last)s
  AND {order}.period BETWEEN date_trunc('month', %(ordered)s::date)::date AND %(last)s
"""
_OVERDUE: Final = """
JOIN ordering_overdue old ON old."order" = {order}.id AND old.period = {order}.period
    AND old.home = {order}.home AND old.business_date < %(ordered)s
"""


def _rows(order: str, query: str) -> str:
    """The query for recent orders and for overdue ones, which are a handful."""
    recent = query.format(old="", recent=_RECENT.format(order=order))
    return f"{recent} UNION ALL {query.format(old=_OVERDUE.format(order=order), recent='')}"


_SALES: Final = """
SELECT (o.settled_at AT TIME ZONE 'Asia/Shanghai')::date AS day, place.number AS outlet,
       coalesce(u.number, 0) AS clerk, o.channel, o.business, p.code AS offering,
       o.amount, o.debit,
       coalesce((SELECT sum(coalesce((i ->> 'quantity')::int, 1))
                 FROM jsonb_array_elements(o.details -> 'items') i
                 WHERE i ->> 'kind' IN ('goods', 'card')), 1)::int AS quantity,
       o.id::text AS "order"
FROM ordering_order o
JOIN saleschannel_stretch s ON s.outlet_id = o.outlet_id AND s.branch = %(branch)s
    AND s.from_day <= (o.settled_at AT TIME ZONE 'Asia/Shanghai')::date
    AND coalesce(s.until_day > (o.settled_at AT TIME ZONE 'Asia/Shanghai')::date, true)
JOIN saleschannel_outlet place ON place.organization_id = o.outlet_id
JOIN catalog_offering_version v ON v.id = o.version_id
JOIN catalog_offering p ON p.id = v.offering_id
LEFT JOIN identity_user u ON u.id = o.actor
{old}
WHERE o.reverses_id IS NULL AND o.state IN ('completed', 'assessingCancellation', 'cancelled')
  AND o.settled_at >= %(start)s AND o.settled_at < %(end)s
{recent}
"""
SALES_ROWS: Final = _rows("o", _SALES)

SALES_ROW: Final = {
    "day": "date",
    "outlet": "int32",
    "clerk": "int32",
    "channel": "string",
    "business": "string",
    "offering": "string",
    "amount": "int64",
    "debit": "int64",
    "quantity": "int32",
    "order": "string",
}
"""Columns of SALES_ROWS."""

_REVERSALS: Final = """
SELECT (r.settled_at AT TIME ZONE 'Asia/Shanghai')::date AS day, place.number AS outlet,
       (o.settled_at AT TIME ZONE 'Asia/Shanghai')::date AS sale_day, o.business, o.amount,
       o.debit, r.reversal_reason AS reason, o.id::text AS "order", r.id::text AS reversal
FROM ordering_order r
JOIN ordering_order o ON o.id = r.reverses_id AND o.period = r.period AND o.home = r.home
JOIN saleschannel_stretch s ON s.outlet_id = r.outlet_id AND s.branch = %(branch)s
    AND s.from_day <= (r.settled_at AT TIME ZONE 'Asia/Shanghai')::date
    AND coalesce(s.until_day > (r.settled_at AT TIME ZONE 'Asia/Shanghai')::date, true)
JOIN saleschannel_outlet place ON place.organization_id = r.outlet_id
{old}
WHERE r.state = 'completed' AND r.settled_at >= %(start)s AND r.settled_at < %(end)s
{recent}
"""
REVERSAL_ROWS: Final = _rows("r", _REVERSALS)

REVERSAL_ROW: Final = {
    "day": "date",
    "outlet": "int32",
    "sale_day": "date",
    "business": "string",
    "amount": "int64",
    "debit": "int64",
    "reason": "string",
    "order": "string",
    "reversal": "string",
}
"""Columns of REVERSAL_ROWS; the sale's number is added from the lake."""
