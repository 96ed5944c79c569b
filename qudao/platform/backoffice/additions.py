"""What packages above add to the pages of a screen further down."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from qudao.platform.backoffice.acts import Act
from qudao.platform.backoffice.values import Section
from qudao.platform.commands.context import Context

added_acts: dict[str, list[Act]] = {}
added_sections: dict[str, list[Callable[[Context, Any], Iterable[Section]]]] = {}


def add_to(
    screen_name: str,
    *,
    acts: Iterable[Act] = (),
    sections: Callable[[Context, Any], Iterable[Section]] | None = None,
) -> None:
    """
    Add to the pages of a screen further down: what a package above knows of the same thing.

    `sections(ctx, key)` gets the row's key; it shows only what the actor may see.
    """
    added_acts.setdefault(screen_name, []).extend(acts)
    if sections is not None:
        added_sections.setdefault(screen_name, []).append(sections)
