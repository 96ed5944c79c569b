"""The codes of processes as words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

PROCESS_PROBLEMS: Final[Mapping[str, str | Promise]] = {
    # of fields
    "missing": pgettext_lazy("field", "it may not be empty"),
    "unknown": pgettext_lazy("field", "there is no such field"),
    "wrong": pgettext_lazy("field", "it cannot be read"),
    "too_long": pgettext_lazy("field", "it is too long"),
    "out_of_range": pgettext_lazy("field", "it is too small or too large"),
    "not_done": pgettext_lazy("field", "do it first, then say yes"),
    "zero": pgettext_lazy("field", "it must not be zero"),
    "no_choice": pgettext_lazy("field", "choose one of the list"),
    # of fields and of files
    "too_many": pgettext_lazy("field", "there are too many"),
    # of files
    "empty": pgettext_lazy("file", "it is empty, or has no name"),
    "too_large": pgettext_lazy("file", "it is too large"),
    "not_allowed": pgettext_lazy("file", "it is of another sort"),
    # of versions
    "same": pgettext_lazy("version", "it is on this version already"),
    "no_version": pgettext_lazy("version", "there is no such version"),
    "changed": pgettext_lazy("version", "this step is another one there"),
    "removed": pgettext_lazy("version", "this step is not there any more"),
    "history": pgettext_lazy("version", "a step that was done is not there any more"),
    "inside": pgettext_lazy("version", "it is inside a part of its own"),
}

FIELDS: Final[Mapping[str, Mapping[str, str | Promise]]] = {
    "fault": PROCESS_PROBLEMS,
    "instance_state": {
        "completed": pgettext_lazy("process", "completed"),
        "cancelled": pgettext_lazy("process", "cancelled"),
    },
    "task_state": {
        "done": pgettext_lazy("this task", "is done"),
        "withdrawn": pgettext_lazy("this task", "is withdrawn"),
    },
}
"""By the name of a refusal's field."""
