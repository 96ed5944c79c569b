"""Enter a channel: where and of what kind first, then all else; and show its photographs."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from qudao.domain.saleschannel import queries as outlets
from qudao.domain.saleschannel.types import SurveyId
from qudao.fronts.backoffice.channel_forms import EntryForm, WhereForm
from qudao.fronts.backoffice.desk import Desk, Page, pages
from qudao.journeys import channels
from qudao.kernel.refusals import Refusal
from qudao.platform.backoffice.screen import STATUS
from qudao.platform.backoffice.words import word


def home(desk: Desk) -> HttpResponse:
    """Ask where and of what kind; with both in the address, for the rest."""
    asked = desk.request.GET if "place" in desk.request.GET else None
    where = WhereForm(asked, ctx=desk.ctx)
    where.fields["request_key"].required = False
    if asked is None or not where.is_valid():
        return desk.page("channel_where", form=where, status=200 if asked is None else 422)
    place, kind = where.cleaned_data["place"], where.cleaned_data["kind"]
    form = EntryForm(desk.request.POST or None, ctx=desk.ctx, row=(place, kind))
    shown = {"form": form, "place": place, "kind": outlets.kind(kind)}
    if desk.request.method != "POST":
        return desk.page("channel_entry", **shown)
    if not form.is_valid():
        return desk.page("channel_entry", status=422, **shown)
    try:
        instance = channels.enter(
            desk.keyed(form.cleaned_data["request_key"]), place=place.id, draft=form.draft()
        )
    except Refusal as refusal:
        status = STATUS[refusal.kind]
        return desk.page("channel_entry", status=status, refused=word(refusal), **shown)
    messages.success(desk.request, gettext("Entered as a draft. Next: the on-site check."))
    return HttpResponseRedirect(reverse("admin:processes_instance_change", args=[instance]))


def photograph(desk: Desk, survey: UUID, position: int) -> HttpResponse:
    """Show a photograph of an on-site check."""
    content, media = outlets.photograph(desk.ctx, survey=SurveyId(survey), position=position)
    answer = HttpResponse(content, content_type=media)
    answer["Cache-Control"] = "private, no-store"
    answer["Content-Disposition"] = "inline"
    return answer


pages.register("channel_entry")(
    Page(
        code="channel_entry",
        title=_("Enter a channel"),
        group="channels",
        position=1,
        icon="plus",
        permissions=frozenset({"saleschannel.read", "party.read", "channels.enter"}),
        views=(("channels/enter/", home, "channel_entry"),),
    )
)
pages.register("channel_photograph")(
    Page(
        code="channel_photograph",
        title=_("Photograph"),
        group="",
        position=0,
        icon="photo",
        permissions=frozenset({"saleschannel.read"}),
        views=(
            ("channels/checks/<uuid:survey>/<int:position>/", photograph, "channel_photograph"),
        ),
    )
)
