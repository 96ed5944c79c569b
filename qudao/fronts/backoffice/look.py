"""What a code looks like: words, tone and icon."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise


@dataclass(frozen=True, slots=True)
class Look:
    label: str | Promise
    tone: str = ""
    icon: str = ""

    @property
    def text(self) -> str:
        return str(self.label)
