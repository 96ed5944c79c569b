"""Anticipated business outcomes that stop a request; everything else is a bug."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import ClassVar


class Kind(StrEnum):
    INVALID = "invalid"
    NOT_FOUND = "not-found"
    FORBIDDEN = "forbidden"
    CONFLICT = "conflict"
    UNAVAILABLE = "unavailable"


class Refusal(Exception):
    """
    The request was understood and declined; nothing was changed.

    Subclasses are dataclasses (eq=False, and never frozen: contextlib assigns the traceback):
    the fields say why, the code is stable and public, and the wording belongs to the front that
    talks to the user.
    """

    kind: ClassVar[Kind]
    code: ClassVar[str]

    def __init_subclass__(cls, *, kind: Kind, **kwargs: object) -> None:
        super().__init_subclass__(**kwargs)
        package = cls.__module__.split(".")[2]
        name = re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()
        cls.kind, cls.code = kind, f"{package}.{name}"
