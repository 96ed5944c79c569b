"""What lies in the lake, and why rows of extracts are put aside, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from qudao.platform.lake.extracts.types import BrokenRow, RowProblem

DATASETS: Final[Mapping[str, str | Promise]] = {
    "sales": pgettext_lazy("dataset", "Sales"),
    "totals": pgettext_lazy("dataset", "Totals of sales"),
    "reversals": pgettext_lazy("dataset", "Reversals"),
    "outlets": pgettext_lazy("dataset", "Outlets"),
    "subscribers": pgettext_lazy("dataset", "Customers' lines"),
    "verdicts": pgettext_lazy("dataset", "Verdicts"),
    "lines": pgettext_lazy("dataset", "Lines of commission"),
    "adjustments": pgettext_lazy("dataset", "Adjustments of commission"),
    "origins": pgettext_lazy("dataset", "What lines go back to"),
}
TOTALS: Final[Mapping[str, str | Promise]] = {
    "amount": pgettext_lazy("control total", "amount"),
    "billed": pgettext_lazy("control total", "billed"),
    "calls": pgettext_lazy("control total", "calls"),
    "collected": pgettext_lazy("control total", "collected"),
    "count": pgettext_lazy("control total", "count"),
    "data_kb": pgettext_lazy("control total", "data in KB"),
    "debit": pgettext_lazy("control total", "debit"),
    "lines": pgettext_lazy("control total", "lines"),
    "quantity": pgettext_lazy("control total", "pieces"),
    "voice_s": pgettext_lazy("control total", "seconds of voice"),
}
SOURCES: Final[Mapping[str, str | Promise]] = {
    "postgres": pgettext_lazy("source of a file", "the database"),
    "commission": pgettext_lazy("source of a file", "computing"),
}


ROWS: Final[Mapping[RowProblem, str | Promise]] = {
    RowProblem.TORN: _(
        "Row %(row)s has %(value)s columns instead of %(wanted)s. Look for a comma or a line break "
        "inside a value, and have the row delivered again."
    ),
    RowProblem.MISSING: _(
        "In row %(row)s the column “%(column)s” is empty, which it must not be. Have the value "
        "put in."
    ),
    RowProblem.NO_NUMBER: _(
        "In row %(row)s the column “%(column)s” says “%(value)s”, which is no whole number. Have "
        "it written as a whole number without commas or decimals; amounts are in fen."
    ),
    RowProblem.NO_DATE: _(
        "In row %(row)s the column “%(column)s” says “%(value)s”, which is no day. Have a real day "
        "put in, written as in 2026-12-01."
    ),
    RowProblem.BELOW: _(
        "In row %(row)s the column “%(column)s” says “%(value)s”; it cannot be less than "
        "%(wanted)s. Have the value corrected."
    ),
    RowProblem.ABOVE: _(
        "In row %(row)s the column “%(column)s” says “%(value)s”; it cannot be more than "
        "%(wanted)s. Have the value corrected."
    ),
    RowProblem.NO_CHOICE: _(
        "In row %(row)s the column “%(column)s” says “%(value)s”; it must be one of these: "
        "%(wanted)s. Have the value corrected."
    ),
    RowProblem.TWICE: _(
        "Row %(row)s says the same as row %(wanted)s already does: both have “%(value)s” in the "
        "column “%(column)s”. Have one of the two taken away."
    ),
    RowProblem.OUTLET_UNKNOWN: _(
        "In row %(row)s the column “%(column)s” names the outlet “%(value)s”, which there was not "
        "in that month. Compare the node code with the outlet's page, and have it corrected; or, "
        "if the outlet was entered late, have its month exported and drop the same file again."
    ),
    RowProblem.OPENED_LATER: _(
        "In row %(row)s the column “%(column)s” says “%(value)s”: the line was opened after the "
        "month of the file. Have the day corrected, or the row left to the later month."
    ),
    RowProblem.ACTIVATED_LATER: _(
        "In row %(row)s the column “%(column)s” says “%(value)s”: the first call was after the "
        "month of the file. Have the day corrected, or left empty in this month."
    ),
    RowProblem.ACTIVATED_EARLY: _(
        "In row %(row)s the column “%(column)s” says “%(value)s”: the first call was before the "
        "line was opened on %(wanted)s. Have one of the two days corrected."
    ),
    RowProblem.ENDS_EARLY: _(
        "In row %(row)s the column “%(column)s” says “%(value)s”: that is not after the first "
        "day, %(wanted)s. Have the day after the last one put in."
    ),
    RowProblem.NOTED: _(
        "Row %(row)s was put aside under an earlier release, which noted: “%(value)s”. Look at the "
        "row in the file that was delivered."
    ),
}
"""What is wrong with a row that was put aside, and what to do about it."""


def broken_row(row: BrokenRow) -> str:
    """Say what is wrong with a row of an extract, in the active language."""
    return str(ROWS[row.problem]) % asdict(row)
