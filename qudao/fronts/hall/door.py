"""Where every page of a hall begins: which hall, who stands there, how often they may ask."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, wraps
from typing import Any, Concatenate, Final, ParamSpec
from uuid import uuid4

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language, gettext

from qudao.domain.credential.types import Need, may
from qudao.fronts import wording
from qudao.fronts.hall.visitor import Visitor
from qudao.fronts.web.clients import client_ip
from qudao.fronts.web.limits import over_limit
from qudao.journeys.dialogue.types import Identify, Talk
from qudao.journeys.halls import Hall, halls
from qudao.journeys.menu.item import Place
from qudao.journeys.proving import ByCode, ByPassword
from qudao.kernel.refusals import Kind, Refusal
from qudao.platform.commands.context import Context
from qudao.platform.identity.roles import system_context

P = ParamSpec("P")

PER_VISITOR: Final = 120
"""Pages a minute of one session."""
PER_ADDRESS: Final = 900
"""Pages a minute of all that come from one address without a session: a mobile network has many
customers behind one."""
STATUS: Final = {
    Kind.INVALID: 422,
    Kind.NOT_FOUND: 404,
    Kind.FORBIDDEN: 403,
    Kind.CONFLICT: 409,
    Kind.UNAVAILABLE: 503,
}


@dataclass
class Visit:
    """One request at a hall."""

    request: HttpRequest
    hall: Hall
    visitor: Visitor
    at: datetime

    @property
    def code(self) -> str:
        return self.hall.front.code

    @property
    def language(self) -> str:
        return "en" if (get_language() or "").startswith("en") else "zh-hans"

    @property
    def msisdn(self) -> str:
        """The number of a visitor who has signed in, else empty."""
        return self.visitor.caller.msisdn or "" if self.may(Need.NUMBER) else ""

    @property
    def by_htmx(self) -> bool:
        return bool(self.request.headers.get("HX-Request"))

    @cached_property
    def place(self) -> Place | None:
        return self.hall.place()

    def may(self, need: Need) -> bool:
        return may(self.visitor.caller, need, self.at)

    @property
    def address(self) -> str:
        return client_ip(self.request)

    def url(self, name: str, *args: object) -> str:
        """Return an address of this hall."""
        return reverse(f"hall:{name}", args=args, current_app=self.code)

    def go(self, target: str) -> HttpResponse:
        """Send the browser to another page."""
        return HttpResponseRedirect(target)

    def load(self, target: str) -> HttpResponse:
        """Have the browser load a page wholly: its head and its forms' token have changed."""
        if self.by_htmx:
            return HttpResponse(status=204, headers={"HX-Redirect": target})
        return self.go(target)

    def next(self, otherwise: str = "home") -> str:
        """Return the page of this hall that a form or link names to go on with."""
        wanted = self.request.POST.get("next") or self.request.GET.get("next") or ""
        inside = wanted.startswith(self.url("home"))
        host = {self.request.get_host()}
        safe = url_has_allowed_host_and_scheme(wanted, host, self.request.is_secure())
        return wanted if inside and safe else self.url(otherwise)

    def talk(self) -> Talk:
        """Return what a dialogue wants to know of this request."""
        return self.hall.talk(
            self.place,
            at=self.at,
            key=self.new_key(),
            caller=self.visitor.caller,
            language=self.language,
            identify=self._identify(),
        )

    def context(self) -> Context:
        """The context of what the visitor does outside dialogues."""
        return self.hall.context(self.place, at=self.at, key=self.new_key())

    def ours(self) -> Context:
        """The platform's own context: for identification, and for what was demanded proof of."""
        return system_context(self.at, self.new_key(), channel=self.code)

    def new_key(self) -> str:
        return f"{self.code}:{uuid4()}"

    def _identify(self) -> Identify:
        if self.visitor.known.by == "password":
            return ByPassword(self.address)
        return ByCode(self.address, self.language)

    def page(self, template: str, *, status: int = 200, **values: Any) -> HttpResponse:
        context = {"visit": self, "visitor": self.visitor, "section": "", **values}
        return render(self.request, f"hall/{template}.html", context, status=status)

    def refused(self, words: str, status: int) -> HttpResponse:
        """Say in a page of its own why something is not possible."""
        return self.page("refused", status=status, words=words)

    def nowhere(self) -> HttpResponse:
        return self.refused(
            gettext("There is no such page, or it has expired. Begin anew from the start page."),
            404,
        )


def at_hall(
    view: Callable[Concatenate[Visit, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Give a view its `Visit`; a refusal that it does not answer itself becomes a page."""

    @wraps(view)
    def answer(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        match = request.resolver_match
        assert match is not None
        at = datetime.now(UTC)
        visit = Visit(request, halls[match.namespace], Visitor(request, at), at)
        response = _limited(visit)
        if response is None:
            try:
                response = view(visit, *args, **kwargs)
            except Refusal as refusal:
                response = visit.refused(wording.word(refusal), STATUS[refusal.kind])
            except Http404:
                response = visit.nowhere()
            visit.visitor.keep(response)
        response.headers.setdefault("Cache-Control", "no-store, private")
        return response

    return answer


def posted(
    otherwise: str,
) -> Callable[
    [Callable[Concatenate[Visit, P], HttpResponse]], Callable[Concatenate[Visit, P], HttpResponse]
]:
    """Only take forms; whoever comes by a link, as after a change of language, is sent on."""

    def decorate(
        view: Callable[Concatenate[Visit, P], HttpResponse],
    ) -> Callable[Concatenate[Visit, P], HttpResponse]:
        @wraps(view)
        def answer(visit: Visit, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if visit.request.method != "POST":
                return visit.go(visit.url(otherwise, *kwargs.values()))
            return view(visit, *args, **kwargs)

        return answer

    return decorate


def _limited(visit: Visit) -> HttpResponse | None:
    key = visit.visitor.key
    whom, most = (f"visitor:{key}", PER_VISITOR) if key else (f"ip:{visit.address}", PER_ADDRESS)
    wait_s = over_limit("hall", whom, most)
    if wait_s == 0:
        return None
    words = gettext("Too many pages in a minute. Go on in %(seconds)d seconds.")
    response = visit.refused(words % {"seconds": wait_s}, 429)
    response["Retry-After"] = str(wait_s)
    return response
