"""Arrange what a hall shows, look at it as its customers will, and compare its versions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _

from qudao.domain.echannel import operations, queries
from qudao.domain.echannel.types import (
    ConfigurationId,
    ConfigurationUnknown,
    Content,
    Entry,
    FrontLimits,
    Pair,
    VersionUnknown,
)
from qudao.domain.party import queries as party
from qudao.domain.saleschannel.queries import hours_as_text, hours_from_text
from qudao.fronts.backoffice import hall_rows
from qudao.fronts.backoffice.desk import Desk, Page, pages
from qudao.fronts.backoffice.hall_rows import Row
from qudao.fronts.design.templatetags.design import named
from qudao.journeys import halls
from qudao.journeys.dialogue.menus import Unmet
from qudao.kernel.page import MAX_LIMIT, PageRequest
from qudao.kernel.refusals import Refusal
from qudao.platform.backoffice.listing import typed
from qudao.platform.backoffice.screen import STATUS, add_to
from qudao.platform.backoffice.values import Facts, Link, Section, Several
from qudao.platform.backoffice.words import word
from qudao.platform.commands.context import Context

LANGUAGES = (("zh-hans", "中文"), ("en", "English"))
TEXTS = ("greeting", "advertising", "closed")


def arrange(desk: Desk) -> HttpResponse:
    """The form of a draft. Moving its rows stores nothing; what was typed stays typed."""
    asked = desk.request.POST if desk.request.method == "POST" else desk.request.GET
    front, group = typed(asked.get("front"), 32), typed(asked.get("group"), 32)
    branch_code = typed(asked.get("branch"), 32)
    branch = party.organization_by_code(desk.ctx, branch_code) if branch_code else None
    limits = queries.front_limits().get(front)
    if limits is None or (branch_code and branch is None):
        return desk.page("hall_menu_choose", **_choices(desk), front=front, group=group)
    shown: dict[str, Any] = {
        "limits": limits,
        "branch": branch,
        "group": group,
        "codes": [(code, one.name.of(_language())) for code, one in queries.items().items()],
        "request_key": f"office:{uuid4()}",
    }
    if desk.request.method != "POST":
        draft = queries.draft(desk.ctx, front=front, branch_code=branch_code, group=group)
        return desk.page(
            "hall_menu", **shown, **_filled(desk, draft.content, limits, draft.edition)
        )
    order = typed(asked.get("do"), 20)
    rows, focus = hall_rows.arranged(hall_rows.sent(asked), order)
    edition = typed(asked.get("edition"), 9)
    saved = int(edition) if edition.isascii() and edition.isdigit() else 0
    content = _content(asked, rows)
    refused = "" if content is not None else _("Write lines such as: mon-fri 08:30-12:00")
    status = 200 if content is not None else 422
    if order == "save" and content is not None:
        try:
            stored = operations.save_draft(
                desk.keyed(typed(asked.get("request_key")) or f"office:{uuid4()}"),
                front=front,
                branch=branch.id if branch else None,
                group=group,
                content=content,
                edition=saved,
            )
        except Refusal as refusal:
            refused, status = word(refusal), STATUS[refusal.kind]
        else:
            messages.success(desk.request, _("The draft is stored. Customers see nothing of it."))
            return HttpResponseRedirect(
                reverse("admin:echannel_configuration_change", args=[stored.configuration])
            )
    texts = {name: _pair(asked, name) for name in TEXTS}
    page = _form(rows, texts, asked.get("hours", "")[:1000], limits, saved)
    page |= {"refused": refused, "focus": focus, **_look(desk, limits, content)}
    if focus.startswith("add:"):
        page["added"] = len(rows) - 1
    return desk.page("hall_menu", status=status, **shown, **page)


def look(desk: Desk, configuration: UUID, number: int) -> HttpResponse:
    """Show a version as its customers see it."""
    record, content = _version(desk, configuration, number)
    limits = queries.limits_of(record.front)
    return desk.page(
        "hall_menu_preview",
        record=record,
        number=number,
        limits=limits,
        **_look(desk, limits, content),
    )


def differences(desk: Desk, configuration: UUID) -> HttpResponse:
    """Compare two versions: the last two, if none are named."""
    key = ConfigurationId(configuration)
    record, _content_of_it = _version(desk, configuration, None)
    known = [one.number for one in queries.versions(desk.ctx, key)]
    after = _chosen(desk, "after", known, known[0])
    earlier = [number for number in known if number < after]
    before = _chosen(desk, "before", known, earlier[0] if earlier else after)
    found = queries.differences(desk.ctx, key, before=before, after=after)
    return desk.page(
        "hall_menu_differences",
        record=record,
        known=known,
        before=before,
        after=after,
        found=found,
    )


def file(desk: Desk, configuration: UUID, number: int) -> HttpResponse:
    """A version as a JSON file."""
    record, _content_of_it = _version(desk, configuration, number)
    text = queries.document(desk.ctx, record.configuration, number)
    parts = [record.front, record.branch_code or "all", record.group or "everybody", f"v{number}"]
    name = "-".join(parts) + ".json"
    return HttpResponse(
        text,
        content_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _version(desk: Desk, configuration: UUID, number: int | None) -> tuple[Any, Content | None]:
    """Return a configuration of the viewer's area, and what a version of it says."""
    try:
        record = queries.configuration(desk.ctx, ConfigurationId(configuration))
        if number is None:
            if not queries.versions(desk.ctx, record.configuration):
                raise Http404
            return record, None
        return record, queries.content(desk.ctx, record.configuration, number)
    except (ConfigurationUnknown, VersionUnknown) as error:
        raise Http404 from error


def _chosen(desk: Desk, name: str, known: Sequence[int], otherwise: int) -> int:
    text = typed(desk.request.GET.get(name), 9)
    number = int(text) if text.isascii() and text.isdigit() else otherwise
    return number if number in known else otherwise


def _choices(desk: Desk) -> dict[str, Any]:
    found = party.organizations(desk.ctx, PageRequest(MAX_LIMIT), kinds=["branch"])
    return {
        "fronts": list(queries.front_limits().values()),
        "branches": [(row.code, named(row)) for row in found.items],
        "groups": sorted({one.group for one in queries.configurations(desk.ctx)} - {""}),
    }


def _filled(desk: Desk, content: Content, limits: FrontLimits, edition: int) -> dict[str, Any]:
    texts = {name: getattr(content, name) for name in TEXTS}
    rows = hall_rows.rows_of(content.entries)
    page = _form(rows, texts, hours_as_text(content.hours), limits, edition)
    return page | _look(desk, limits, content)


def _form(
    rows: Iterable[Row], texts: dict[str, Pair], hours: str, limits: FrontLimits, edition: int
) -> dict[str, Any]:
    labels = {
        "greeting": _("Greeting"),
        "advertising": _("Advertising line"),
        "closed": _("Said outside the hours"),
    }
    return {
        "rows": list(hall_rows.numbered(list(rows))),
        "texts": [(name, labels[name], texts[name]) for name in TEXTS],
        "hours": hours,
        "edition": edition,
        "digits": list(limits.digits),
    }


def _content(asked: Any, rows: Sequence[Row]) -> Content | None:
    """Return what the form says; None if its opening hours cannot be read."""
    try:
        hours = hours_from_text(asked.get("hours", "")[:1000])
    except ValueError:
        return None
    texts = {name: _pair(asked, name) for name in TEXTS}
    return Content(entries=hall_rows.entries_of(rows), hours=hours, **texts)


def _pair(asked: Any, name: str) -> Pair:
    return Pair(*(asked.get(f"{name}_{end}", "").strip()[:500] for end in ("zh", "en")))


def _look(desk: Desk, limits: FrontLimits, content: Content | None) -> dict[str, Any]:
    """What the hall would show of a configuration, and why it would not show the rest."""
    if content is None:
        return {"screens": []}
    unmet = halls.not_offered(limits.front, at=desk.ctx.at)
    known = queries.items()
    return {
        "screens": [
            (code, name, queries.preview(limits.front, content, code, without=unmet))
            for code, name in LANGUAGES
        ],
        "left_out": [
            (known[item].name.of(_language()), _UNMET[unmet[item]])
            for item in dict.fromkeys(_items(content.entries))
            if item in unmet and item in known
        ],
    }


_UNMET: Final = {
    Unmet.AUDIENCE: gettext_lazy("It is for others than those who come to this hall."),
    Unmet.PAYING: gettext_lazy("It cannot be paid in this hall."),
    Unmet.ASKING: gettext_lazy("It asks for what cannot be answered in this hall."),
    Unmet.PLACE: gettext_lazy("No outlet has been opened for this hall."),
    Unmet.FIT: gettext_lazy("The hall's kind of channel is unfit for it, as the fit matrix says."),
    Unmet.NOTHING: gettext_lazy("There is nothing to do with it just now."),
    Unmet.PROOF: gettext_lazy("Nobody could prove in this hall who they are."),
}


def _items(entries: Sequence[Entry]) -> Iterator[str]:
    for one in entries:
        yield one.item
        yield from _items(one.entries)


def _language() -> str:
    return get_language() or "zh-hans"


def _ways_on(ctx: Context, key: UUID) -> Iterable[Section]:
    """What the list of configurations cannot link to by itself."""
    record = queries.configuration(ctx, ConfigurationId(key))
    known = queries.versions(ctx, record.configuration)
    items: list[tuple[Any, Any]] = []
    if operations.save_draft.name in ctx.grants:
        place = f"front={record.front}&branch={record.branch_code or ''}&group={record.group}"
        address = f"{reverse('admin:hall_menu')}?{place}"
        items.append((pgettext_lazy("menu of a hall", "Draft"), Link(address, _("Arrange it"))))
    if known:
        items.append(
            (
                _("Look at it as customers do"),
                Several(
                    [
                        Link(
                            reverse("admin:hall_menu_preview", args=[key, one.number]),
                            _("Version %(n)s") % {"n": one.number},
                        )
                        for one in known[:5]
                    ]
                ),
            )
        )
        items.append(
            (
                _("Fetch as a file"),
                Several(
                    [
                        Link(
                            reverse("admin:hall_menu_file", args=[key, one.number]),
                            _("Version %(n)s") % {"n": one.number},
                        )
                        for one in known[:5]
                    ]
                ),
            )
        )
        items.append(
            (
                pgettext_lazy("menu of a hall", "History"),
                Link(reverse("admin:hall_menu_differences", args=[key]), _("Compare versions")),
            )
        )
    yield Facts(pgettext_lazy("menu of a hall", "What one can do"), items)


add_to("echannel.configuration", sections=_ways_on)

pages.register("hall_menu")(
    Page(
        code="hall_menu",
        title=gettext_lazy("Arrange a hall's menu"),
        group="halls",
        position=2,
        icon="adjustments-horizontal",
        permissions=frozenset({"echannel.read", "echannel.save_draft", "party.read"}),
        views=(("hall-menus/arrange/", arrange, "hall_menu"),),
    )
)

pages.register("hall_menu_versions")(
    Page(
        code="hall_menu_versions",
        title=gettext_lazy("Versions of a hall's menu"),
        group="",
        position=0,
        icon="history",
        permissions=frozenset({"echannel.read"}),
        views=(
            ("hall-menus/<uuid:configuration>/look/<int:number>/", look, "hall_menu_preview"),
            ("hall-menus/<uuid:configuration>/differences/", differences, "hall_menu_differences"),
            ("hall-menus/<uuid:configuration>/file/<int:number>/", file, "hall_menu_file"),
        ),
    )
)
