"""
The lake's files: what there is of a month, each file's versions, and which rows were put aside;
and what was refused of all that was dropped, with the reasons in words.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Final

from django.conf import settings
from django.http import Http404, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qudao.domain.party import queries as party
from qudao.fronts.backoffice.desk import Desk, Page, pages
from qudao.fronts.design.templatetags.design import named
from qudao.fronts.web import exports
from qudao.fronts.wording.lake_terms import DATASETS, SOURCES, TOTALS, broken_row
from qudao.kernel.page import PageRequest
from qudao.platform.backoffice.listing import typed
from qudao.platform.backoffice.words import word
from qudao.platform.lake import files
from qudao.platform.lake.dataset import datasets
from qudao.platform.lake.extracts.refused import RefusedExtract, noted, rows_aside
from qudao.platform.lake.manifests import Manifest

SHOWN: Final = 200
"""Rows that were put aside; the file that can be fetched has all of them."""
REFUSED: Final = 20
"""Extracts that were refused, the newest ones."""


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
        kinds=[(one, DATASETS.get(one, one)) for one in sorted({one.dataset for one in found})],
        kind=kind,
        rows=[
            (one, DATASETS.get(one.dataset, one.dataset), names[one.branch], *_told(one))
            for one in rows
        ],
        aside=sum(int(one.details.get("quarantined", "0")) for one in rows),
        refused=[(one, names.get(one.branch), _why(one)) for one in _refused(desk, names)],
        most=REFUSED,
    )


def lake_file(desk: Desk, dataset: str, month: str, branch: str) -> HttpResponse:
    """One file: its versions, the newest one's parts, and the rows that were put aside."""
    found = _versions(desk, dataset, month, branch)
    root = Path(settings.LAKE_FOLDER)
    return desk.page(
        "lake_file",
        dataset=dataset,
        called=DATASETS.get(dataset, dataset),
        month=found[0].month,
        code=branch,
        branch=_branches(desk)[branch],
        newest=found[0],
        versions=[(one, *_told(one), one.details.get("quarantined", "0")) for one in found],
        aside=[
            (one, [(row, broken_row(row)) for row in rows_aside(root, one, SHOWN)])
            for one in found[:5]
        ],
        most=SHOWN,
    )


def put_aside(
    desk: Desk, dataset: str, month: str, branch: str, number: int, kind: str
) -> HttpResponse:
    """All rows that were put aside from a version, as a file."""
    found = [one for one in _versions(desk, dataset, month, branch) if one.number == number]
    if kind not in exports.FORMATS or not found:
        raise Http404
    rows = rows_aside(Path(settings.LAKE_FOLDER), found[0])
    return exports.table(
        kind,
        f"put-aside-{dataset}-{month}-{branch}-v{number}",
        _("Rows put aside"),
        [_("Row"), _("Column"), _("Value"), _("What is wrong, and what to do")],
        ((row.row, row.column, row.value, broken_row(row)) for row in rows),
    )


def _versions(desk: Desk, dataset: str, month: str, branch: str) -> list[Manifest]:
    """Return the versions of a file, newest first. :raises Http404: if there is none in view."""
    wanted = _month(month)
    if dataset not in datasets or wanted is None or branch not in _branches(desk):
        raise Http404
    found = files.history(Path(settings.LAKE_FOLDER), dataset, wanted, branch)
    if not found:
        raise Http404
    return found


def _refused(desk: Desk, branches: Container[str]) -> Iterator[RefusedExtract]:
    """Yield what was refused of the branches in view; of no known one: for the whole province."""
    whole = any(path.count(".") < 2 for path in desk.ctx.scope.paths)
    found = noted(Path(settings.LAKE_DROP))
    return islice((one for one in found if one.branch in branches or whole), REFUSED)


def _why(one: RefusedExtract) -> str:
    if one.refusal is not None:
        return word(one.refusal)
    return _("It was refused for what is refused no more (%(code)s). Drop both files again.") % {
        "code": one.code
    }


def _branches(desk: Desk) -> dict[str, str]:
    """Code and name of the branches in view."""
    rows = party.organizations(desk.ctx, PageRequest(200), kinds=["branch"]).items
    return {row.code: named(row) for row in rows}


def _month(text: str) -> date | None:
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        return None


def _told(manifest: Manifest) -> tuple[list[tuple[str | Promise, int]], str | Promise]:
    """Return control totals by their names, and where a file comes from: extracts have names."""
    totals = [(TOTALS.get(name, name), value) for name, value in sorted(manifest.totals.items())]
    return totals, SOURCES.get(manifest.source, manifest.source)


pages.register("lake_files")(
    Page(
        code="lake_files",
        title=gettext_lazy("The lake's files"),
        group="commission",
        position=20,
        icon="database",
        permissions=frozenset({"lake.read"}),
        views=(
            ("lake/", lake, "lake_files"),
            ("lake/<slug:dataset>/<str:month>/<slug:branch>/", lake_file, "lake_file"),
            (
                "lake/<slug:dataset>/<str:month>/<slug:branch>/<int:number>/<slug:kind>/",
                put_aside,
                "lake_put_aside",
            ),
        ),
    )
)
