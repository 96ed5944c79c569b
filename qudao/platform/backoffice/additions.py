"""What packages above add to the pages of a screen further down."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from qudao.platform.backoffice.acts import Act
from qudao.platform.backoffice.values import Link, Section
from qudao.platform.commands.context import Context

added_acts: dict[str, list[Act]] = {}
added_sections: dict[str, list[Callable[[Context, Any], Iterable[Section]]]] = {}
added_links: dict[str, list[Callable[[Context, Any], Iterable[Link]]]] = {}


def links_of(screen_name: str, ctx: Context, key: Any) -> list[Link]:
    """Return the actor's next steps with a row, each on a page of its own."""
    return [link for add in added_links.get(screen_name, ()) for link in add(ctx, key)]


def add_to(
    screen_name: str,
    *,
    acts: Iterable[Act] = (),
    sections: Callable[[Context, Any], Iterable[Section]] | None = None,
    links: Callable[[Context, Any], Iterable[Link]] | None = None,
) -> None:
    """
    Add to the pages of a screen further down: what a package above knows of the same thing.

    `sections(ctx, key)` gets the row's key; it shows only what the actor may see. `links(ctx, key)`
    answers with the actor's next steps: they stand first of what the page offers.
    """
    added_acts.setdefault(screen_name, []).extend(acts)
    if sections is not None:
        added_sections.setdefault(screen_name, []).append(sections)
    if links is not None:
        added_links.setdefault(screen_name, []).append(links)
