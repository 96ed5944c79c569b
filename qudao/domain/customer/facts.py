"""What the BOSS tells the lake about the lines of customers, month by month."""

from __future__ import annotations

from qudao.platform.lake.dataset import BRANCH, MONTH, Column, Dataset, declare
from qudao.platform.lake.extracts.types import Field, Layout

SUBSCRIBERS = declare(
    Dataset(
        "subscribers",
        (
            Column("subscriber", "int64", "the BOSS's number of the line; no telephone number"),
            MONTH,
            BRANCH,
            Column("outlet", "int32", "number of the outlet that opened it"),
            Column("origin", "int64", "fact of the sale that opened it; 0: not one of ours"),
            Column("opened_day", "date"),
            Column("activated_day", "date", "of the first call; null: none yet", null=True),
            Column("age", "int16", "whole months since the month of opening"),
            Column("calls", "int64", "in the month", total=True),
            Column("voice_s", "int64", "in the month", total=True),
            Column("data_kb", "int64", "in the month", total=True),
            Column("billed", "int64", "in the month, fen", total=True),
            Column("collected", "int64", "in the month, fen", total=True),
            Column("state", "string", "active, suspended, closed"),
        ),
        key=("subscriber",),
        order=("outlet", "subscriber"),
    )
)
"""Lines that outlets opened, one row a month: use, what was billed, what was collected."""

SUBSCRIBER_EXTRACT = Layout(
    "subscribers",
    (
        Field("subscriber", "int64", least=1),
        Field("node_code", "string"),
        Field("order", "string", null=True),
        Field("opened_day", "date"),
        Field("activated_day", "date", null=True),
        Field("calls", "int64", least=0, total=True),
        Field("voice_s", "int64", least=0, total=True),
        Field("data_kb", "int64", least=0, total=True),
        Field("billed", "int64", total=True),
        Field("collected", "int64", total=True),
        Field("state", "string", choices=("active", "suspended", "closed")),
    ),
    key=("subscriber",),
)
"""
What the BOSS drops each month: one row for each line that an outlet opened.

`order` is our id of the order that opened it, as the BOSS was given it; amounts are whole fen.
"""
