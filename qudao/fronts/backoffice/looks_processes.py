"""How the codes of processes look; `looks` puts them to the others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.translation import pgettext_lazy

from qudao.fronts.backoffice.look import Look

TABLES: Final[Mapping[str, Mapping[str, Look]]] = {
    "process_state": {
        "running": Look(pgettext_lazy("process", "Under way"), "info", "progress-check"),
        "held": Look(pgettext_lazy("process", "Held up"), "bad", "alert-triangle"),
        "completed": Look(pgettext_lazy("process", "Completed"), "good", "circle-check"),
        "cancelled": Look(pgettext_lazy("process", "Cancelled"), "", "ban"),
    },
    "task_state": {
        "open": Look(pgettext_lazy("task", "Open"), "info", "circle-dashed"),
        "taken": Look(pgettext_lazy("task", "Taken"), "info", "user-check"),
        "overdue": Look(pgettext_lazy("task", "Overdue"), "bad", "clock-x"),
        "escalated": Look(pgettext_lazy("task", "Passed on"), "bad", "bell-ringing"),
        "done": Look(pgettext_lazy("task", "Done"), "good", "circle-check"),
        "withdrawn": Look(pgettext_lazy("task", "Not needed any more"), "", "ban"),
    },
    "process_step": {
        "started": Look(pgettext_lazy("process", "Started"), "", "plus"),
        "done": Look(pgettext_lazy("task", "Done"), "good", "circle-check"),
        "claimed": Look(pgettext_lazy("task", "Taken"), "", "user-check"),
        "released": Look(pgettext_lazy("task", "Given back"), "", "user-minus"),
        "delegated": Look(pgettext_lazy("task", "Handed on"), "", "user-plus"),
        "reminded": Look(pgettext_lazy("task", "Reminded"), "warn", "bell-ringing"),
        "escalated": Look(pgettext_lazy("task", "Passed on, overdue"), "bad", "bell-ringing"),
        "refused": Look(pgettext_lazy("process", "Refused by the platform"), "bad", "circle-x"),
        "held": Look(pgettext_lazy("process", "Held up"), "bad", "alert-triangle"),
        "migrated": Look(pgettext_lazy("process", "Carried over"), "", "switch-horizontal"),
        "cancelled": Look(pgettext_lazy("process", "Cancelled"), "", "ban"),
        "completed": Look(pgettext_lazy("process", "Completed"), "good", "circle-check"),
    },
}
"""By field, then by code."""
