"""Pages that belong to no single table: who looks at them, and where they are declared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Final

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.response import TemplateResponse

from qudao.fronts.web.actor import asking
from qudao.kernel.refusals import Refusal
from qudao.kernel.registry import Registry
from qudao.platform.backoffice.screen import STATUS
from qudao.platform.backoffice.values import Text
from qudao.platform.backoffice.words import word
from qudao.platform.commands.context import Context

View = Callable[..., HttpResponseBase]


@dataclass(frozen=True)
class Page:
    """One page, or several that belong together."""

    code: str
    title: Text
    group: str
    """Group of the menu."""
    position: int
    icon: str
    permissions: frozenset[str]
    """All are needed."""
    views: tuple[tuple[str, View, str], ...]
    """(route, view, name); the first one stands in the menu."""
    only_for: Callable[[Context], bool] = lambda ctx: True
    """A further condition for the menu."""

    def open_to(self, ctx: Context) -> bool:
        return self.permissions <= ctx.grants


pages: Final[Registry[Page]] = Registry("qudao.fronts.backoffice.pages")


@dataclass(frozen=True)
class Desk:
    """One request of one person."""

    request: HttpRequest
    ctx: Context
    site: Any
    declared: Page

    def can(self, permission: str) -> bool:
        return permission in self.ctx.grants

    def keyed(self, request_key: str) -> Context:
        """The same context under the key that a form carried."""
        return asking(self.request).ctx_for(request_key)

    def page(self, template: str, status: int = 200, **context: Any) -> HttpResponse:
        """Answer with a page of the office."""
        self.request.current_app = self.site.name
        shown = {**self.site.each_context(self.request), "desk": self, "title": self.declared.title}
        return TemplateResponse(
            self.request, f"backoffice/{template}.html", {**shown, **context}, status=status
        )

    def part(self, template: str, **context: Any) -> HttpResponse:
        """Answer with a part of a page, for htmx."""
        shown = {"desk": self, "grants": self.ctx.grants, **context}
        return TemplateResponse(self.request, f"backoffice/{template}.html", shown)


def at_office(site: Any, page: Page, view: View) -> View:
    """Call a view with a desk, for who may see its page; a refusal becomes a page that words it."""

    @wraps(view)
    def run(request: HttpRequest, /, *args: Any, **kwargs: Any) -> HttpResponseBase:
        ctx = asking(request).ctx_for()
        if not page.open_to(ctx):
            raise PermissionDenied
        desk = Desk(request, ctx, site, page)
        try:
            return view(desk, *args, **kwargs)
        except Refusal as refusal:
            return desk.page("refused", STATUS[refusal.kind], words=word(refusal))

    return run
