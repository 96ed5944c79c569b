"""What commission tells the lake: lines, what they go back to, adjustments, totals of sales."""

from __future__ import annotations

from qudao.domain.commission.types import LINES
from qudao.platform.lake.dataset import BRANCH, MONTH, Column, Dataset, declare

_LINE_COLUMNS = tuple(
    Column(name, type, total=name == "amount")  # type: ignore[arg-type]
    for name, type in LINES.items()
)

COMMISSION_LINES = declare(
    Dataset(
        "lines",
        (*_LINE_COLUMNS, MONTH, BRANCH),
        key=("rule", "outlet", "fact", "slice"),
        order=("rule", "outlet", "fact", "slice"),
        large=True,
    )
)
"""What a month earns: one row for each rule, outlet, fact and slice (see `types.LINES`)."""

SALES_TOTALS = declare(
    Dataset(
        "totals",
        (
            Column("outlet", "int32"),
            Column("business", "string"),
            Column("count", "int64", total=True),
            Column("amount", "int64", total=True),
            MONTH,
            BRANCH,
        ),
        key=("outlet", "business"),
        order=("outlet", "business"),
    )
)
"""Sales of a month by outlet and business, less those taken back in it: for later months' rules."""

COMMISSION_ADJUSTMENTS = declare(
    Dataset(
        "adjustments",
        (
            *_LINE_COLUMNS,
            Column("of_month", "date", "the closed month whose line it takes back or adds"),
            Column("why", "string", "reversed; by late facts: late (added), undone (taken back)"),
            MONTH,
            BRANCH,
        ),
        key=("of_month", "rule", "outlet", "fact", "slice", "why", "amount"),
        order=("of_month", "rule", "outlet", "fact", "slice", "amount"),
    )
)
"""What a month takes back of closed months, and adds to them: lines that name what they correct."""

COMMISSION_ORIGINS = declare(
    Dataset(
        "origins",
        (
            Column("sale_day", "int32", "business day of sales, in days since 2000-01-01"),
            Column("sale_branch", "int32", "branch of the sales, as their numbers carry it"),
            Column("lines", "int64", "how many lines go back to them", total=True),
            MONTH,
            BRANCH,
        ),
        key=("sale_day", "sale_branch"),
        order=("sale_day", "sale_branch"),
    )
)
"""To which sales a closed month's lines go back, by day and branch: for reversals to come."""
