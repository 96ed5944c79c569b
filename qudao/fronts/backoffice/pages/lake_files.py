"""The lake's files: what there is of a month, each file's versions, and what was put aside."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.http import Http404, HttpResponse
from django.utils.translation import gettext_lazy as _

from qudao.domain.party import queries as party
from qudao.fronts.backoffice.desk import Desk, Page, pages
from qudao.fronts.design.templatetags.design import named
from qudao.kernel.page import PageRequest
from qudao.platform.backoffice.listing import typed
from qudao.platform.lake import files
from qudao.platform.lake.dataset import datasets
from qudao.platform.lake.manifests import Manifest

SHOWN: Final = 200
"""Rows that were put aside; the file in the lake has all of them."""


def lake(desk: Desk) -> HttpResponse:
    """The newest version of each file of a month, of the branches in view."""
    root, months = Path(settings.LAKE_FOLDER), files.months(Path(settings.LAKE_FOLDER))
    wanted = _month(typed(desk.request.GET.get("month"), 7)) or (months[0] if months else None)
    names = _branches(desk)
    kind = typed(desk.request.GET.get("dataset"), 40)
    found = [] if wanted is None else files.newest(root, wanted)
    rows = [one for one in found if one.branch in names and kind in ("", one.dataset)]
    return desk.page(
        "lake_files",
        months=months[:36],
        month=wanted,
        kinds=sorted({one.dataset for one in found}),
        kind=kind,
        rows=[(one, names[one.branch], _totals(one)) for one in rows],
        aside=sum(int(one.details.get("quarantined", "0")) for one in rows),
    )


def lake_file(desk: Desk, dataset: str, month: str, branch: str) -> HttpResponse:
    """One file: its versions, the newest one's parts, and the rows that were put aside."""
    names, wanted = _branches(desk), _month(month)
    if dataset not in datasets or wanted is None or branch not in names:
        raise Http404
    root = Path(settings.LAKE_FOLDER)
    found = files.history(root, dataset, wanted, branch)
    if not found:
        raise Http404
    return desk.page(
        "lake_file",
        dataset=dataset,
        month=wanted,
        branch=names[branch],
        newest=found[0],
        totals=_totals(found[0]),
        versions=[(one, _totals(one), one.details.get("quarantined", "0")) for one in found],
        aside=[(one, files.put_aside(root, one, SHOWN)) for one in found[:5]],
        most=SHOWN,
    )


def _branches(desk: Desk) -> dict[str, str]:
    """Code and name of the branches in view."""
    rows = party.organizations(desk.ctx, PageRequest(200), kinds=["branch"]).items
    return {row.code: named(row) for row in rows}


def _month(text: str) -> date | None:
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        return None


def _totals(manifest: Manifest) -> Iterable[tuple[str, Any]]:
    return sorted(manifest.totals.items())


pages.register("lake_files")(
    Page(
        code="lake_files",
        title=_("The lake's files"),
        group="commission",
        position=20,
        icon="database",
        permissions=frozenset({"lake.read"}),
        views=(
            ("lake/", lake, "lake_files"),
            ("lake/<slug:dataset>/<str:month>/<slug:branch>/", lake_file, "lake_file"),
        ),
    )
)
