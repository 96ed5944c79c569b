"""At a hall's counter: the owner of a line shows the document and keys in a service password."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from qudao.fronts.backoffice.desk import Desk, Page, pages
from qudao.journeys import callers
from qudao.kernel.personal import Personal, Secret
from qudao.kernel.refusals import Refusal
from qudao.platform.backoffice.forms import ActForm, MobileField
from qudao.platform.backoffice.screen import STATUS
from qudao.platform.backoffice.words import word

LONGEST = 8


def _keyed_in() -> forms.PasswordInput:
    """Shown as dots, remembered by no browser, with the digits' keyboard on a touch screen."""
    return forms.PasswordInput(attrs={"inputmode": "numeric", "autocomplete": "off"})


class ServicePasswordForm(ActForm):
    msisdn = MobileField(label=_("The line's number"))
    document_number = forms.CharField(
        label=_("Number of the owner's document"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_("As it stands on the document that the owner shows."),
    )
    password = forms.CharField(
        label=_("New service password"),
        max_length=LONGEST,
        widget=_keyed_in(),
        help_text=_("The owner keys it in; nobody else sees it."),
    )
    again = forms.CharField(label=_("The same once more"), max_length=LONGEST, widget=_keyed_in())
    language = forms.ChoiceField(
        label=_("Language of the message to the line"),
        choices=[("zh-hans", _("Simplified Chinese")), ("en", _("English"))],
    )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if {"password", "again"} <= data.keys() and data["password"] != data["again"]:
            self.add_error("again", ValidationError(_("The two are not the same.")))
        return data


def service_password(desk: Desk) -> HttpResponse:
    if desk.request.method != "POST":
        return desk.page("service_password", form=ServicePasswordForm(ctx=desk.ctx))
    form = ServicePasswordForm(desk.request.POST, ctx=desk.ctx)
    if not form.is_valid():
        return desk.page("service_password", status=422, form=form)
    data = form.cleaned_data
    try:
        callers.reset_at_counter(
            desk.keyed(data["request_key"]),
            msisdn=data["msisdn"],
            document_number=Personal(data["document_number"]),
            password=Secret(data["password"]),
            language=data["language"],
        )
    except Refusal as refusal:
        return desk.page(
            "service_password", status=STATUS[refusal.kind], form=form, refused=word(refusal)
        )
    messages.success(desk.request, gettext("The service password is set; the line was told."))
    return HttpResponseRedirect(reverse("admin:service_password"))


pages.register("service_password")(
    Page(
        code="service_password",
        title=_("Reset a service password"),
        group="customers",
        position=3,
        icon="key",
        permissions=frozenset({"callers.reset_at_counter"}),
        views=(("service-password/", service_password, "service_password"),),
    )
)
