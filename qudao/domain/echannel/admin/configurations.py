"""What each front shows: to all, to a branch, to a group of customers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.db.models import (
    BooleanField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
)
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from qudao.domain.echannel import operations, queries
from qudao.domain.echannel.admin.forms import (
    DiscardForm,
    FileForm,
    PublishForm,
    SwitchForm,
    SwitchPlaceForm,
    WithdrawForm,
    message_of,
    place_of,
)
from qudao.domain.echannel.models import Configuration, Publication, Version
from qudao.domain.echannel.types import Content, Entry, MenuItem, Pair
from qudao.domain.saleschannel.queries import hours_as_text
from qudao.platform.backoffice.acts import Act
from qudao.platform.backoffice.filters import by_code, by_flag
from qudao.platform.backoffice.screen import Column, Place, Screen, screen
from qudao.platform.backoffice.trail import trail
from qudao.platform.backoffice.values import (
    Cell,
    Coded,
    Facts,
    Mono,
    Names,
    Person,
    Section,
    Several,
    Table,
)
from qudao.platform.commands.context import Context

IS_OFF = Q(off_since__isnull=False) & (Q(off_until__isnull=True) | Q(off_until__gt=Now()))


def _whom(row: Any) -> Cell:
    if row.branch is None:
        return _("All branches")
    return Names(row.branch.name_zh, row.branch.name_en)


def _group(row: Any) -> Cell:
    return Mono(row.group) if row.group else _("Everybody")


def _place(row: Any) -> dict[str, Any]:
    return {"front": row.front, "branch": row.branch_id, "group": row.group}


@screen(Configuration)
class ConfigurationScreen(Screen):
    """The configurations of all fronts, with what of them is shown now."""

    read = "echannel.read"
    title = _("Menus of the halls")
    one = _("Menu of a hall")
    lead = _(
        "What a branch or a group has of its own goes before what holds for all. What nobody "
        "has arranged shows every item."
    )
    menu = Place("halls", 1, "list-details")
    list_select_related = ("branch",)
    ordering = ("front", F("branch__path").asc(nulls_first=True), "group")
    columns = (
        Column(
            pgettext_lazy("menu of a hall", "Hall"), lambda row: Coded("front", row.front), "front"
        ),
        Column(_("Branch"), _whom),
        Column(_("Group of customers"), _group, "group"),
        Column(_("Shown now"), lambda row: row.shown and _("Version %(n)s") % {"n": row.shown}),
        Column(_("Until"), lambda row: row.shown_until),
        Column(_("Draft"), lambda row: row.draft and _("Version %(n)s") % {"n": row.draft}),
        Column(_("State"), lambda row: Coded("hall_state", "off" if row.is_off else "on")),
    )
    list_filter = (
        by_code(
            pgettext_lazy("menu of a hall", "Hall"), "front", lambda: list(queries.front_limits())
        ),
        by_flag(_("Switched off"), "off", IS_OFF),
    )
    list_acts = (
        Act(
            "switch-off",
            _("Switch off"),
            "echannel.switch_off",
            lambda ctx, row, data: operations.switch_off(
                ctx, **place_of(data), message=message_of(data), until=data["until"]
            ),
            form=SwitchPlaceForm,
            lead=_("At once, for everybody below. Customers get the message."),
            icon="player-pause",
            tone="danger",
        ),
        Act(
            "import",
            _("Take in a file"),
            "echannel.save_draft",
            lambda ctx, row, data: operations.save_draft(
                ctx,
                **place_of(data),
                content=queries.read_document(data["file"], data["front"]),
            ),
            form=FileForm,
            lead=_("It becomes the draft. Customers see nothing of it before it is published."),
            icon="upload",
            goes_to=lambda saved: saved.configuration,
        ),
    )
    acts = (
        Act(
            "publish",
            _("Publish"),
            "echannel.publish",
            lambda ctx, row, data: operations.publish(
                ctx,
                **_place(row),
                number=data["number"],
                edition=data["edition"],
                valid_from=data["valid_from"],
                valid_until=data["valid_until"],
                remark=data["remark"],
            ),
            form=PublishForm,
            when=lambda row: row.has_versions,
            lead=_(
                "A second person has to approve it. To go back, publish an older version again."
            ),
            icon="world",
            preview=True,
        ),
        Act(
            "withdraw",
            pgettext_lazy("menu", "Withdraw"),
            "echannel.withdraw",
            lambda ctx, row, data: operations.withdraw(
                ctx, **_place(row), valid_from=data["valid_from"], remark=data["remark"]
            ),
            form=WithdrawForm,
            when=lambda row: row.is_planned,
            lead=_(
                "Customers then see what holds above it, and what is planned is dropped. A "
                "second person has to approve it."
            ),
            icon="arrow-back-up",
            tone="danger",
            preview=True,
        ),
        Act(
            "discard",
            _("Throw the draft away"),
            "echannel.discard_draft",
            lambda ctx, row, data: operations.discard_draft(
                ctx, **_place(row), edition=data["edition"]
            ),
            form=DiscardForm,
            when=lambda row: row.draft is not None,
            icon="trash",
            tone="danger",
        ),
        Act(
            "off",
            _("Switch off"),
            "echannel.switch_off",
            lambda ctx, row, data: operations.switch_off(
                ctx, **_place(row), message=message_of(data), until=data["until"]
            ),
            form=SwitchForm,
            when=lambda row: not row.is_off,
            lead=_("At once, for everybody below. Customers get the message."),
            icon="player-pause",
            tone="danger",
        ),
        Act(
            "on",
            _("Switch on"),
            "echannel.switch_on",
            lambda ctx, row, data: operations.switch_on(ctx, **_place(row)),
            when=lambda row: row.is_off,
            icon="player-play",
        ),
    )

    def rows(self, ctx: Context) -> QuerySet[Any]:
        mine = Publication.objects.filter(configuration=OuterRef("pk"))
        ahead = mine.filter(Q(valid_until__isnull=True) | Q(valid_until__gt=Now()))
        shown = ahead.filter(valid_from__lte=Now())
        versions = Version.objects.filter(configuration=OuterRef("pk"))
        drafts = versions.filter(frozen_at__isnull=True)
        return (
            queries.within_scope(ctx)
            .select_related("branch")
            .annotate(
                shown=Subquery(shown.values("version__number")[:1]),
                shown_until=Subquery(shown.values("valid_until")[:1]),
                is_planned=Exists(ahead),
                has_versions=Exists(versions),
                draft=Subquery(drafts.values("number")[:1]),
                draft_edition=Subquery(drafts.values("edition")[:1]),
                is_off=ExpressionWrapper(IS_OFF, BooleanField()),
            )
        )

    def heading(self, row: Any) -> Cell:
        return Several([Coded("front", row.front), _whom(row), _group(row)])

    def state(self, row: Any) -> Cell:
        return Coded("hall_state", "off" if row.is_off else "on")

    def sections(self, ctx: Context, row: Any) -> Iterable[Section]:
        limits = queries.front_limits().get(row.front)
        yield Facts(
            _("At a glance"),
            [
                (pgettext_lazy("menu of a hall", "Hall"), Coded("front", row.front)),
                (_("Branch"), _whom(row)),
                (_("Group of customers"), _group(row)),
                (_("Shown now"), row.shown and _("Version %(n)s") % {"n": row.shown}),
                (_("Until"), row.shown_until),
                (_("Switched off since"), row.off_since if row.is_off else None),
                (_("Switched off until"), row.off_until if row.is_off else None),
                (
                    pgettext_lazy("menu of a hall", "Message"),
                    Names(row.off_zh, row.off_en) if row.is_off else None,
                ),
                (_("Most entries of a level"), None if limits is None else limits.entries),
            ],
        )
        number = row.shown or row.draft
        if number is not None:
            content = queries.content(ctx, row.pk, number)
            title = _("What customers see now") if row.shown else _("What the draft says")
            yield from _content(title, content)
        yield _publications(ctx, row)
        yield Table(
            _("Versions"),
            (_("Version"), _("State"), _("Saved"), _("By"), _("Published first")),
            [
                (
                    one.number,
                    Coded("menu_version", "published" if one.frozen_at else "draft"),
                    one.created_at,
                    Person(one.created_by),
                    one.frozen_at,
                )
                for one in queries.versions(ctx, row.pk)
            ],
        )
        yield trail(ctx, row.pk)


def _publications(ctx: Context, row: Any) -> Table:
    def state(one: Any) -> str:
        if one.valid_from > ctx.at:
            return "planned"
        return "valid" if one.valid_until is None or one.valid_until > ctx.at else "past"

    return Table(
        _("Shown when"),
        (_("Version"), _("From"), _("Until"), _("State"), _("Published by")),
        [
            (
                one.number,
                one.valid_from,
                one.valid_until,
                Coded("validity", state(one)),
                Person(one.published_by),
            )
            for one in queries.publications(ctx, row.pk)
        ],
        empty=_("Nothing was published. Customers see what holds above it."),
    )


def _content(title: Any, content: Content) -> Iterator[Section]:
    yield Facts(
        title,
        [
            (_("Greeting"), _text(content.greeting)),
            (_("Advertising line"), _text(content.advertising)),
            (_("Opening hours"), hours_as_text(content.hours) or _("Always")),
            (_("Said outside the hours"), _text(content.closed)),
        ],
    )
    yield Table(
        _("Entries"),
        (
            pgettext_lazy("menu of a hall", "Place"),
            _("Digit"),
            _("Item"),
            _("Shown as"),
            _("Keywords"),
            _("Switched off"),
        ),
        list(_entries(content.entries, "")),
    )


def _entries(entries: Sequence[Entry], above: str) -> Iterator[tuple[Cell, ...]]:
    items = queries.items()
    for position, entry in enumerate(entries, 1):
        place = f"{above}{position}"
        yield (
            place,
            entry.digit or None,
            Coded("menu_item", entry.item) if entry.item else _("Folder"),
            Names(*_label(entry, items)),
            ", ".join(entry.keywords) or None,
            _text(entry.off),
        )
        yield from _entries(entry.entries, f"{place}.")


def _text(text: Pair) -> Cell:
    return Names(*text) if text else None


def _label(entry: Entry, items: Mapping[str, MenuItem]) -> Pair:
    own = items.get(entry.item)
    return entry.label or (own.name if own else Pair(entry.item, entry.item))
