"""Read what fronts show: the menu of a moment, and what is configured, for screens."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection
from django.db.models import F, Q, QuerySet

from qudao.domain.echannel import rules
from qudao.domain.echannel.fronts import fronts
from qudao.domain.echannel.models import Configuration, Publication, Version
from qudao.domain.echannel.ports import items, limits_of
from qudao.domain.echannel.rules import MenuSnapshot, Published, Span, Switch
from qudao.domain.echannel.types import (
    ConfigurationId,
    ConfigurationRecord,
    ConfigurationUnknown,
    Content,
    Difference,
    Draft,
    FrontLimits,
    FrontMenu,
    Pair,
    PublicationRecord,
    Screenful,
    VersionRecord,
    VersionUnknown,
)
from qudao.kernel.snapshots import Snapshots
from qudao.platform.commands.context import Context
from qudao.platform.tables.project import project
from qudao.platform.tables.scoped import within

__all__ = [
    "check",
    "configuration",
    "configurations",
    "content",
    "differences",
    "document",
    "draft",
    "forget",
    "front_limits",
    "items",
    "limits_of",
    "menu_of",
    "preview",
    "publications",
    "read_document",
    "versions",
]

FRESH: Final = timedelta(seconds=1)
"""After so long a menu is no longer taken for current without asking."""

check = rules.check
read_document = rules.read_document

_kept: Final = Snapshots[str, str, tuple[MenuSnapshot, datetime]](1)
"""The snapshot, and the moment of the request for which it was last found to be current."""

_MENUS: Final = "menus"


def front_limits() -> Mapping[str, FrontLimits]:
    """Return every registered front by its code."""
    return fronts


def menu_of(front: str, branch_path: str, group: str, at: datetime) -> FrontMenu:
    """
    Return what a front shows at a moment.

    `branch_path` is the place of the branch in the organization, or of anything below it; empty
    if nobody knows where the customer belongs. `group` is the customer's, empty for none.

    Answered from memory: a change is heard of by its notice, where the process listens; and once
    a second of the requests' time one small statement asks for it. So whatever was committed a
    second before `at` is seen.

    :raises FrontUnknown: if no front of this code is registered.
    """
    return _snapshot(at).menu(limits_of(front), branch_path, group, at)


def forget() -> None:
    """Drop the menus that this process keeps: something has changed."""
    _kept.clear()


def _snapshot(at: datetime) -> MenuSnapshot:
    # What this thread has changed and not committed is for its own eyes, and never kept.
    if any(callback[1] is forget for callback in connection.run_on_commit):
        return _read(_revision())
    known = _kept.get(_MENUS)
    if known is not None and abs(at - known[1]) < FRESH:
        return known[0]
    with _kept.reading() as reading:
        number = _revision()
        current = known[0] if known is not None and known[0].revision == number else _load(number)
        _kept.keep(reading, [(_MENUS, _MENUS, (current, at))])
    return current


def _revision() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT value FROM echannel_revision WHERE id = 1")
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def _load(before: int) -> MenuSnapshot:
    """Read everything; again, if somebody committed a change in between."""
    while True:
        built = _read(before)
        after = _revision()
        if after == before:
            return built
        before = after


def _read(number: int) -> MenuSnapshot:
    published: dict[rules.Key, list[Span]] = defaultdict(list)
    contents: dict[Any, Published] = {}
    rows = Publication.objects.order_by("valid_from").values_list(
        "configuration__front",
        "configuration__branch__code",
        "configuration__group",
        "valid_from",
        "valid_until",
        "version_id",
        "version__number",
        "version__content",
    )
    for front, branch, group, start, end, key, its_number, stored in rows:
        if key not in contents:
            contents[key] = Published(its_number, rules.content_of(stored))
        published[front, branch or "", group].append(Span(start, end, contents[key]))
    off = Configuration.objects.filter(off_since__isnull=False)
    return MenuSnapshot(
        revision=number,
        published=dict(published),
        switches={
            (front, branch or "", group): Switch(since, until, Pair(zh, en))
            for front, branch, group, since, until, zh, en in off.values_list(
                "front", "branch__code", "group", "off_since", "off_until", "off_zh", "off_en"
            )
            if since is not None
        },
        items=items(),
    )


# ------------------------------------------------------------------ for screens


def within_scope(ctx: Context) -> QuerySet[Configuration]:
    """Return the configurations for all branches, and those of the branches in the scope."""
    ctx.require("echannel.read")
    own = within("branch__path", ctx.scope)
    return Configuration.objects.filter(Q(branch__isnull=True) | own)


def configurations(ctx: Context) -> tuple[ConfigurationRecord, ...]:
    """Return what is configured: by front, for all branches first, then by branch and group."""
    rows = within_scope(ctx).order_by("front", F("branch__path").asc(nulls_first=True), "group")
    return _records(rows)


def configuration(ctx: Context, configuration: ConfigurationId) -> ConfigurationRecord:
    """
    Return one configuration.

    :raises ConfigurationUnknown: if there is none in the actor's scope.
    """
    found = _records(within_scope(ctx).filter(id=configuration))
    if not found:
        raise ConfigurationUnknown("")
    return found[0]


def _records(rows: QuerySet[Configuration]) -> tuple[ConfigurationRecord, ...]:
    return project(
        rows,
        ConfigurationRecord,
        configuration="id",
        branch="branch_id",
        branch_code="branch__code",
        branch_name_zh="branch__name_zh",
        branch_name_en="branch__name_en",
    )


def versions(ctx: Context, configuration: ConfigurationId) -> tuple[VersionRecord, ...]:
    """Return the versions of a configuration, the newest first."""
    rows = _versions(ctx, configuration).order_by("-number")
    return project(rows, VersionRecord, version="id")


def publications(ctx: Context, configuration: ConfigurationId) -> tuple[PublicationRecord, ...]:
    """Return when which version was, is and will be shown, the latest first."""
    rows = Publication.objects.filter(
        configuration__in=within_scope(ctx).filter(id=configuration)
    ).order_by("-valid_from")
    return project(rows, PublicationRecord, number="version__number")


def content(ctx: Context, configuration: ConfigurationId, number: int) -> Content:
    """
    Return what a version says.

    :raises VersionUnknown: if the configuration has none of this number.
    """
    rows = _versions(ctx, configuration).filter(number=number)
    found = rows.values_list("content", flat=True).first()
    if found is None:
        raise VersionUnknown(number)
    return rules.content_of(found)


def draft(ctx: Context, *, front: str, branch_code: str = "", group: str = "") -> Draft:
    """
    Return the draft for a branch (all, if empty) and a group.

    Without one: what to begin with, namely what customers see there now, or every item that there
    is room for.
    """
    here = within_scope(ctx).filter(front=front, group=group)
    here = here.filter(branch__code=branch_code) if branch_code else here.filter(branch=None)
    rows = Version.objects.filter(configuration__in=here)
    found = rows.filter(frozen_at__isnull=True).first()
    if found is not None:
        return Draft(rules.content_of(found.content), found.number, found.edition)
    shown = _snapshot(ctx.at).content(front, branch_code, group, ctx.at)
    if shown is not None:
        return Draft(shown.content, 0, 0)
    limits = limits_of(front)
    whole = rules.everything(limits, items())
    return Draft(replace(whole, entries=whole.entries[: limits.entries]), 0, 0)


def differences(
    ctx: Context, configuration: ConfigurationId, *, before: int, after: int
) -> tuple[Difference, ...]:
    """
    Return in what two versions differ.

    :raises VersionUnknown: if there is none of these numbers.
    """
    old, new = (content(ctx, configuration, number) for number in (before, after))
    return rules.differences(old, new)


def preview(
    front: str, content: Content, language: str, *, without: Container[str] = ()
) -> tuple[Screenful, ...]:
    """
    Return a configuration as the front's screens: lines, and how much of the room they take.

    `without` are items that are arranged, and that the front does not offer.

    :raises FrontUnknown: if no front of this code is registered.
    """
    limits = limits_of(front)
    menu = rules.menu_from(content, (front, "", ""), 0, items())
    return rules.preview(rules.menu_without(menu, without), limits, language)


def document(ctx: Context, configuration: ConfigurationId, number: int) -> str:
    """
    Return a version as a JSON document; `read_document` is the opposite.

    :raises ConfigurationUnknown: if there is no such configuration in the actor's scope.
    :raises VersionUnknown: if it has no version of this number.
    """
    front = within_scope(ctx).filter(id=configuration).values_list("front", flat=True).first()
    if front is None:
        raise ConfigurationUnknown("")
    return rules.write_document(content(ctx, configuration, number), front)


def _versions(ctx: Context, configuration: ConfigurationId) -> QuerySet[Version]:
    return Version.objects.filter(configuration__in=within_scope(ctx).filter(id=configuration))
