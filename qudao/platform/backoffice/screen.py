"""The base of all screens, and where packages put theirs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from typing import Any, ClassVar, TypeVar

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from unfold.admin import ModelAdmin

from qudao.kernel.refusals import Refusal
from qudao.platform.backoffice.acts import Act
from qudao.platform.backoffice.additions import add_to, added_acts, added_sections, links_of
from qudao.platform.backoffice.forms import chosen, point_out
from qudao.platform.backoffice.listing import (
    COUNTED,
    STATUS,
    Column,
    CountedPaginator,
    Place,
    context_of,
    drawn,
    mark_of,
    typed,
)
from qudao.platform.backoffice.values import Cell, Diagram, Section, Text
from qudao.platform.backoffice.words import word
from qudao.platform.commands.command import AwaitingApproval
from qudao.platform.commands.context import Context


class Screen(ModelAdmin):  # type: ignore[misc]
    """
    A list of rows, a page for each, and acts. Deny unless granted; out of scope is not found.

    Subclasses say `read` (the permission that shows the screen), `title`, `menu`, `columns` and
    `acts`, and answer `rows` (in scope) and `sections`.
    """

    read: ClassVar[str]
    title: ClassVar[Text]
    one: ClassVar[Text]
    """The name of one row, for headings."""
    lead: ClassVar[Text] = ""
    menu: ClassVar[Place | None] = None
    columns: ClassVar[tuple[Column, ...]] = ()
    list_acts: ClassVar[tuple[Act, ...]] = ()
    acts: ClassVar[tuple[Act, ...]] = ()
    search_help: ClassVar[Text] = ""
    """What may be searched for; without it there is no search."""
    has_pages: ClassVar[bool] = True
    """Whether a row has a page of its own."""

    list_per_page = 50
    show_full_result_count = False
    paginator = CountedPaginator
    actions = None
    list_display_links = None
    change_list_template = "backoffice/list.html"

    def __init__(self, model: type[Model], admin_site: Any) -> None:
        names = []
        for place, column in enumerate(self.columns):
            name = f"column_{place}"
            setattr(self, name, drawn(column))
            names.append(name)
        self.list_display = tuple(names)
        self.search_fields = ("pk",) if self.search_help else ()
        super().__init__(model, admin_site)

    # ---------------------------------------------------------------- what subclasses answer

    def rows(self, ctx: Context) -> QuerySet[Any]:
        """Return what the actor may see; tables without a scope must answer for themselves."""
        return self.model.objects.within(ctx.scope)  # type: ignore[no-any-return]

    def found(self, ctx: Context, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        """Return the rows that a search text means."""
        raise AssertionError("a screen with search_help says what is found")

    def sections(self, ctx: Context, row: Any) -> Iterable[Section]:
        """Return what a row's page shows."""
        return ()

    def heading(self, row: Any) -> Cell:
        """Return the name of a row."""
        return str(row)

    def state(self, row: Any) -> Cell:
        """Return the row's state, shown beside its name; None for none."""
        return None

    # ---------------------------------------------------------------- permissions

    def open_to(self, ctx: Context) -> bool:
        """Say whether the actor may see the screen; it is in the menu of nobody else."""
        return self.read in ctx.grants

    @property
    def all_acts(self) -> tuple[Act, ...]:
        """The screen's own acts, and those that packages above add to it."""
        return (*self.acts, *(act for act in added_acts.get(self.screen_name, ())))

    def all_sections(self, ctx: Context, row: Any) -> list[Section]:
        """The screen's own sections, and those that packages above add to it."""
        more = added_sections.get(self.screen_name, ())
        found = [section for add in more for section in add(ctx, row.pk)]
        own = list(self.sections(ctx, row))
        return [*own[:-1], *found, *own[-1:]]

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.open_to(context_of(request))

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    # ---------------------------------------------------------------- lists

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return self.rows(context_of(request))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        text = typed(search_term)
        return (self.found(context_of(request), queryset, text) if text else queryset), False

    def get_urls(self) -> list[URLPattern]:
        # Only these: Django's own pages for adding, changing and deleting write to tables.
        site, name = self.admin_site, self.screen_name.replace(".", "_")
        return [
            path(route, site.admin_view(self._worded(view)), name=f"{name}_{end}")
            for route, view, end in (
                ("", self.changelist_view, "changelist"),
                ("do/<slug:code>/", self.list_act_view, "do"),
                ("<str:object_id>/do/<slug:code>/", self.act_view, "act"),
                ("<str:object_id>/", self.page_view, "change"),
            )
        ]

    def _worded(self, view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        """Turn a refusal that a view does not answer itself into a page that words it."""

        @wraps(view)
        def run(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            try:
                return view(request, *args, **kwargs)
            except Refusal as refusal:
                return self._page(
                    request,
                    "backoffice/refused.html",
                    status=STATUS[refusal.kind],
                    title=self.title,
                    words=word(refusal),
                )

        return run

    @property
    def screen_name(self) -> str:
        """`package.model`"""
        return f"{self.opts.app_label}.{self.opts.model_name}"

    def url(self, view: str, *arguments: object) -> str:
        """Return the address of one of the screen's views: `changelist`, `change`, `do`, `act`."""
        name = self.screen_name.replace(".", "_")
        return reverse(f"admin:{name}_{view}", args=arguments)

    @property
    def changelist_url(self) -> str:
        return self.url("changelist")

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        grants = context_of(request).grants
        offered = [
            (act, self.url("do", act.code)) for act in self.list_acts if act.offered(grants, None)
        ]
        return super().changelist_view(  # type: ignore[no-any-return]
            request,
            {
                "title": self.title,
                "screen": self,
                "offered": offered,
                "counted": COUNTED,
                **(extra_context or {}),
            },
        )

    # ---------------------------------------------------------------- one row

    def row(self, request: HttpRequest, key: str) -> Any:
        """
        Return the row of a key.

        :raises Http404: if there is none in the actor's scope.
        """
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            wanted = self.opts.pk.to_python(typed(key))
            found = self.get_queryset(request).filter(pk=wanted).first()
        except (ValidationError, ValueError, OverflowError) as error:
            raise Http404 from error
        if found is None:
            raise Http404
        return found

    def page_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show one row with all that belongs to it."""
        row = self.row(request, object_id)
        if not self.has_pages:
            raise Http404
        ctx = context_of(request)
        sections = self.all_sections(ctx, row)
        offered = [
            (act, self.url("act", row.pk, act.code))
            for act in self.all_acts
            if act.offered(ctx.grants, row) and act.held_back(row) is None
        ]
        return self._page(
            request,
            "backoffice/detail.html",
            title=self.one,
            heading=self.heading(row),
            state=self.state(row),
            sections=sections,
            has_diagram=any(isinstance(section, Diagram) for section in sections),
            offered=offered,
            links=links_of(self.screen_name, ctx, row.pk),
            row=row,
        )

    # ---------------------------------------------------------------- acts

    def list_act_view(self, request: HttpRequest, code: str) -> HttpResponse:
        """Show the form of an act of the list, or do it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return self._act(request, self.list_acts, code, None)

    def act_view(self, request: HttpRequest, object_id: str, code: str) -> HttpResponse:
        """Show the form of an act on a row, or do it."""
        return self._act(request, self.all_acts, code, self.row(request, object_id))

    def _act(self, request: HttpRequest, acts: Sequence[Act], code: str, row: Any) -> HttpResponse:
        act = next((act for act in acts if act.code == code), None)
        if act is None:
            raise Http404
        ctx = context_of(request)
        if act.command not in ctx.grants or not act.more <= ctx.grants:
            raise PermissionDenied
        if request.method != "POST":
            led = act.held_back(row)
            if led or not act.offered(ctx.grants, row):
                messages.info(request, word(led) if led else _("This is not possible any more."))
                return HttpResponseRedirect(self._back(row))
            return self._form_page(request, act, row, act.form(ctx=ctx, row=row))
        form = act.form(request.POST, files=request.FILES, ctx=ctx, row=row)
        if not form.is_valid():
            return self._form_page(request, act, row, form, status=422)
        key = form.cleaned_data["request_key"]
        unseen = act.effects is not None and request.POST.get("seen") != mark_of(request)
        if unseen or (act.preview and "preview" in request.POST):
            return self._preview(request, act, row, form)
        try:
            answer = act.run(context_of(request, key), row, form.cleaned_data)
        except Refusal as refusal:
            point_out(form, refusal)
            status = STATUS[refusal.kind]
            return self._form_page(request, act, row, form, refused=word(refusal), status=status)
        except AwaitingApproval as parked:
            return self._page(
                request,
                "backoffice/parked.html",
                title=act.label,
                act=act,
                parked=parked,
                back=self._back(row),
            )
        if act.shows is not None:
            return self._page(
                request,
                "backoffice/answer.html",
                title=act.label,
                act=act,
                items=act.shows(answer),
                back=self._back(row),
            )
        messages.success(request, str(act.done))
        if act.goes_to is not None:
            return HttpResponseRedirect(self.url("change", act.goes_to(answer)))
        return HttpResponseRedirect(self._back(row))

    def _preview(self, request: HttpRequest, act: Act, row: Any, form: Any) -> HttpResponse:
        """Do everything, roll back, and say how it went and what would change."""
        trial = f"trial:{form.cleaned_data['request_key']}"
        try:
            act.run(context_of(request, trial, dry_run=True), row, form.cleaned_data)
        except Refusal as refusal:
            point_out(form, refusal)
            return self._form_page(request, act, row, form, refused=word(refusal), status=422)
        if act.effects is not None:
            effects = list(act.effects(context_of(request), row, form.cleaned_data))
            seen = mark_of(request)
            return self._form_page(request, act, row, form, effects=effects, seen=seen)
        sent = form.cleaned_data
        changes = [
            (one.label, *(chosen(one.field, each) for each in (one.initial, sent.get(one.name))))
            for one in map(form.__getitem__, form.changed_data)
            if not one.is_hidden
        ]
        return self._form_page(request, act, row, form, tried=True, changes=changes)

    def _form_page(
        self, request: HttpRequest, act: Act, row: Any, form: Any, status: int = 200, **more: Any
    ) -> HttpResponse:
        return self._page(
            request,
            "backoffice/act.html",
            title=act.label,
            act=act,
            beside=[] if act.beside is None else list(act.beside(form.ctx, row)),
            row=row,
            heading=None if row is None else self.heading(row),
            form=form,
            back=self._back(row),
            status=status,
            **more,
        )

    def _back(self, row: Any) -> str:
        if row is None or not self.has_pages:
            return self.url("changelist")
        return self.url("change", row.pk)

    def _page(
        self, request: HttpRequest, template: str, status: int = 200, **context: Any
    ) -> HttpResponse:
        request.current_app = self.admin_site.name
        own = {"screen": self, "opts": self.opts}
        shown = {**self.admin_site.each_context(request), **own, **context}
        return TemplateResponse(request, template, shown, status=status)

    # ---------------------------------------------------------------- what nobody may reach

    def save_model(self, *args: Any, **kwargs: Any) -> None:
        raise AssertionError("screens write through operations")

    delete_model = delete_queryset = save_formset = save_related = save_model
    log_addition = log_change = log_deletions = save_model


S = TypeVar("S", bound=type[Screen])

screens: dict[type[Model], type[Screen]] = {}
"""Every screen by its table; the back office registers them all."""


def screen(model: type[Model]) -> Callable[[S], S]:
    """Make a class the screen of a table."""

    def add(made: S) -> S:
        assert model not in screens, model
        screens[model] = made
        return made

    return add


__all__ = [
    "STATUS",
    "Column",
    "Place",
    "Screen",
    "add_to",
    "context_of",
    "screen",
    "screens",
]
