"""What the sales channels tell the lake: outlets as they were on each day, and verdicts on them."""

from __future__ import annotations

from typing import Final

from qudao.platform.lake.dataset import BRANCH, MONTH, Column, Dataset, declare
from qudao.platform.lake.extracts.types import Field, Layout

OUTLETS = declare(
    Dataset(
        "outlets",
        (
            Column("outlet", "int32", "number of the outlet"),
            Column("from_day", "date", "first day on which it was so"),
            Column("until_day", "date", "the first day on which it was so no more"),
            MONTH,
            BRANCH,
            Column("node_code", "string"),
            Column("district", "string", "division code of the county or district"),
            Column("kind", "string", "code of the channel kind"),
            Column("ownership", "string", "own, social, electronic, direct, internet"),
            Column("market", "string", "city or rural"),
            Column("star", "int16", "1 to 5; 0: none"),
            Column("tier", "int16", "the agent's tier, 1 to 4"),
            Column("state", "string", "draft, active, suspended, closed"),
        ),
        key=("outlet", "from_day"),
        order=("outlet", "from_day"),
    )
)
"""One row for each stretch of days of a month in which an outlet had the same attributes."""

VERDICTS = declare(
    Dataset(
        "verdicts",
        (
            Column("verdict", "int64", "its number"),
            Column("kind", "string", "what was found: suspected_lines, missing_documents, …"),
            MONTH,
            BRANCH,
            Column("outlet", "int32", "whose commission it is about"),
            Column("fact", "int64", "the one sale that it is about", null=True),
            Column("subscriber", "int64", "the one line that it is about", null=True),
            Column("from_day", "date", "first business day that it is about"),
            Column("until_day", "date", "the first day after"),
            Column("share_ppm", "int64", "share of the outlet's lines that are suspected"),
            Column("lines", "int64", "how many lines are suspected", total=True),
        ),
        key=("verdict",),
        order=("outlet", "verdict"),
    )
)
"""Findings of risk control on an outlet, a sale or a line."""

OUTLET_ROWS: Final = """
SELECT o.number AS outlet, greatest(s.from_day, %(first)s) AS from_day,
       least(s.until_day, %(end)s) AS until_day, o.node_code, s.district, s.kind, s.ownership,
       s.market, s.star, s.tier, s.state
FROM saleschannel_stretch s JOIN saleschannel_outlet o ON o.organization_id = s.outlet_id
WHERE s.branch = %(branch)s AND s.from_day < %(end)s
  AND coalesce(s.until_day > %(first)s, true)
"""
"""Takes `branch` and the month's days from `first` to before `end`."""

OUTLET_ROW: Final = {
    "outlet": "int32",
    "from_day": "date",
    "until_day": "date",
    "node_code": "string",
    "district": "string",
    "kind": "string",
    "ownership": "string",
    "market": "string",
    "star": "int16",
    "tier": "int16",
    "state": "string",
}
"""Columns of OUTLET_ROWS."""

VERDICT_EXTRACT: Final = Layout(
    "verdicts",
    (
        Field("verdict", "int64", least=1),
        Field("kind", "string"),
        Field("node_code", "string"),
        Field("order", "string", null=True),
        Field("subscriber", "int64", null=True, least=1),
        Field("from_day", "date"),
        Field("until_day", "date"),
        Field("share_ppm", "int64", least=0),
        Field("lines", "int64", least=0, total=True),
    ),
    key=("verdict",),
)
"""What risk control drops: one row for each finding; `order` is our id of the sale it is about."""
