"""Files of goods and numbers: sent, looked through, shown with all that is wrong, loaded whole."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final
from uuid import UUID, uuid4

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.urls import reverse
from django.utils.translation import get_language, gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from qudao.domain.party import queries as party
from qudao.domain.stock import operations
from qudao.domain.stock import queries as stock
from qudao.domain.stock.types import BulkId, BulkRecord, BulkTerms, RowFault
from qudao.fronts.backoffice.desk import Desk, Page, pages
from qudao.fronts.backoffice.looks import look
from qudao.fronts.backoffice.pages.stock_levels import articles
from qudao.fronts.design.templatetags.design import named
from qudao.fronts.web import exports
from qudao.journeys import bulk as journey
from qudao.kernel.money import Money
from qudao.kernel.page import MAX_LIMIT, PageRequest
from qudao.kernel.refusals import Refusal
from qudao.platform.backoffice.forms import (
    ActForm,
    CodeField,
    CodeForm,
    DayField,
    MoneyField,
    point_out,
)
from qudao.platform.backoffice.listing import typed
from qudao.platform.backoffice.screen import STATUS
from qudao.platform.backoffice.words import word

LARGEST: Final = 32 << 20
SHOWN: Final = 50
BUSY: Final = frozenset({"checking", "loading"})


class FileForm(CodeForm):
    """A file, where its goods go, and what holds for rows that do not say it."""

    kind = forms.ChoiceField(label=_("What is in the file"))
    place = CodeField(
        party.organization_by_code,
        label=pgettext_lazy("goods", "Place"),
        help_text=_("Where the goods go; for numbers, the branch."),
    )
    file = forms.FileField(
        label=_("File"), help_text=_("CSV or XLSX, at most 32 MB and 200,000 rows.")
    )
    item = forms.ChoiceField(
        label=_("Article"), required=False, help_text=_("Of rows that name none.")
    )
    cost = MoneyField(
        label=_("Cost of one (yuan)"), required=False, help_text=_("Of rows that name none.")
    )
    batch = forms.CharField(label=_("Batch"), max_length=40, required=False)
    expires_on = DayField(label=_("Last day of use"), required=False)

    def prepare(self) -> None:
        self.offer("kind", [(one.code, named(one)) for one in stock.kinds_of_files()])
        listed = stock.items(self.ctx, page=PageRequest(MAX_LIMIT)).items
        self.offer("item", [("", "—"), *((one.code, named(one)) for one in listed)])
        kinds = ["province", "branch", "county"]
        found = party.organizations(self.ctx, PageRequest(MAX_LIMIT), kinds=kinds).items
        self.offer("place", [(row.code, named(row)) for row in found])
        branch = next((row for row in found if row.kind == "branch"), None)
        if branch is not None:
            self.initial.setdefault("place", branch.code)

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > LARGEST:
            raise forms.ValidationError(_("The file is larger than 32 MB."))
        return file


def home(desk: Desk) -> HttpResponse:
    """The files sent so far; a form for another one."""
    return _home(desk)


def send(desk: Desk) -> HttpResponse:
    if desk.request.method != "POST":
        return HttpResponseRedirect(reverse("admin:bulk"))
    form = FileForm(desk.request.POST, files=desk.request.FILES, ctx=desk.ctx)
    if not form.is_valid():
        return _home(desk, form=form, status=422)
    data = form.cleaned_data
    try:
        made = journey.check_file(
            desk.keyed(data["request_key"]),
            kind=data["kind"],
            place=data["place"].id,
            file_name=data["file"].name or "",
            content=data["file"].read(),
            terms=BulkTerms(
                data["item"], data["cost"] or Money.zero(), data["batch"], data["expires_on"]
            ),
        )
    except Refusal as refusal:
        point_out(form, refusal)
        return _home(desk, form=form, refused=refusal)
    return HttpResponseRedirect(reverse("admin:bulk_file", args=[made]))


def file(desk: Desk, bulk: UUID) -> HttpResponse:
    """One file: how far it is, what it holds, what is wrong with it."""
    return _file(desk, bulk)


def live(desk: Desk, bulk: UUID) -> HttpResponse:
    """The part of a file's page that is asked for while a worker is at it."""
    record = stock.bulk(desk.ctx, bulk=bulk)
    if record.state not in BUSY:
        # The rest of the page changes with it: the browser fetches it whole, once.
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    return desk.part("bulk_progress", record=record, share=_share(record))


def load(desk: Desk, bulk: UUID) -> HttpResponse:
    return _decide(desk, bulk, loading=True)


def discard(desk: Desk, bulk: UUID) -> HttpResponse:
    return _decide(desk, bulk, loading=False)


def faults(desk: Desk, bulk: UUID) -> StreamingHttpResponse:
    """Every bad row, as CSV."""
    record = stock.bulk(desk.ctx, bulk=bulk)
    content = stock.faults_csv(desk.ctx, bulk=bulk, words=_words)
    answer = StreamingHttpResponse(content, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="bad-rows-{record.id.hex[-6:]}.csv"'
    return answer


def template(desk: Desk, code: str, kind: str) -> HttpResponse:
    """An empty file with the headings of a kind."""
    found = next((one for one in stock.kinds_of_files() if one.code == code), None)
    if found is None or kind not in exports.FORMATS:
        raise Http404
    headings = [_heading(column) for column in found.columns]
    return exports.table(kind, f"template-{code}", named(found), headings, ())


def _decide(desk: Desk, bulk: UUID, *, loading: bool) -> HttpResponse:
    address = reverse("admin:bulk_file", args=[bulk])
    if desk.request.method != "POST":
        return HttpResponseRedirect(address)
    ctx = desk.keyed(typed(desk.request.POST.get("request_key")) or f"office:{uuid4()}")
    try:
        if loading:
            journey.load_file(ctx, bulk=BulkId(bulk))
        else:
            operations.discard_file(ctx, bulk=BulkId(bulk))
            messages.success(desk.request, gettext("The file was thrown away; nothing was loaded."))
    except Refusal as refusal:
        return _file(desk, bulk, refused=refusal)
    return HttpResponseRedirect(address)


def _home(
    desk: Desk, *, form: Any = None, refused: Refusal | None = None, status: int = 200
) -> HttpResponse:
    return desk.page(
        "bulk",
        status=STATUS[refused.kind] if refused is not None else status,
        refused="" if refused is None else word(refused),
        form=form or FileForm(ctx=desk.ctx),
        found=stock.bulks(desk.ctx, page=_request(desk)),
        kinds=stock.kinds_of_files(),
        may_send=journey.check_file.name in desk.ctx.grants,
        names={one.code: named(one) for one in stock.kinds_of_files()},
    )


def _file(desk: Desk, bulk: UUID, *, refused: Refusal | None = None) -> HttpResponse:
    record = stock.bulk(desk.ctx, bulk=bulk)
    kind = next(one for one in stock.kinds_of_files() if one.code == record.kind)
    headings = {column.name: _heading(column) for column in kind.columns}
    names = {str(one.code): named(one) for one in articles(desk)}
    return desk.page(
        "bulk_file",
        status=200 if refused is None else STATUS[refused.kind],
        refused="" if refused is None else word(refused),
        record=record,
        kind=kind,
        share=_share(record),
        busy=record.state in BUSY,
        columns=[headings.get(name, name) for name in record.columns],
        counts=[(names.get(code, code), code, n) for code, n in sorted(record.counts.items())],
        faults=stock.faults(desk.ctx, bulk=bulk, page=_request(desk)),
        headings=headings,
        may_load=journey.load_file.name in desk.ctx.grants,
        may_discard=operations.discard_file.name in desk.ctx.grants,
        who=party.names_of_users(desk.ctx, [record.by]).get(record.by, ""),
        form=ActForm(ctx=desk.ctx),
        request_key=f"office:{uuid4()}",
    )


def _request(desk: Desk) -> PageRequest:
    number = typed(desk.request.GET.get("page"), 6)
    return PageRequest(SHOWN, (max(1, int(number)) - 1) * SHOWN if number.isdecimal() else 0)


def _share(record: BulkRecord) -> int:
    return 0 if not record.total else min(100, record.done * 100 // record.total)


def _words(fault: RowFault) -> str:
    return look("file_problem", fault.problem).text


def _heading(column: Any) -> str:
    """The heading by which people of the active language know a column."""
    english = (get_language() or "").startswith("en")
    chinese: Iterator[str] = (one for one in column.headings if not one.isascii())
    return str(column.headings[0]) if english else next(chinese, str(column.headings[0]))


pages.register("bulk")(
    Page(
        code="bulk",
        title=_("Load from files"),
        group="goods",
        position=9,
        icon="upload",
        permissions=frozenset({"stock.read", "party.read"}),
        only_for=lambda ctx: "bulk.check_file" in ctx.grants,
        views=(
            ("files/", home, "bulk"),
            ("files/send/", send, "bulk_send"),
            ("files/template/<slug:code>/<slug:kind>/", template, "bulk_template"),
            ("files/<uuid:bulk>/", file, "bulk_file"),
            ("files/<uuid:bulk>/live/", live, "bulk_live"),
            ("files/<uuid:bulk>/load/", load, "bulk_load"),
            ("files/<uuid:bulk>/discard/", discard, "bulk_discard"),
            ("files/<uuid:bulk>/faults.csv", faults, "bulk_faults"),
        ),
    )
)
