"""Trials of a policy: what it would cost, how it can be gamed; charts, tables and files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from django import forms
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from qudao.domain.commission import queries
from qudao.domain.commission.types import TrialId, TrialRecord, TrialUnknown
from qudao.fronts.backoffice.desk import Desk, Page, pages
from qudao.fronts.backoffice.pages.commission_policies import found
from qudao.fronts.backoffice.pages.commission_red_team import gamed, names
from qudao.fronts.design.templatetags.design import local_month
from qudao.fronts.web import exports
from qudao.fronts.wording.lake_terms import DATASETS
from qudao.journeys import trials
from qudao.kernel.money import Money
from qudao.kernel.period import business_date
from qudao.kernel.refusals import Refusal
from qudao.platform.backoffice.forms import ActForm, MoneyField, RateField, point_out
from qudao.platform.backoffice.screen import STATUS
from qudao.platform.backoffice.words import word

BUSY: Final = frozenset({"queued", "running"})
OFFERED: Final = 24
"""Past months that one may choose from."""
CHARTED: Final = 18


class MonthsForm(ActForm):
    """Which past months."""

    months = forms.MultipleChoiceField(
        label=gettext_lazy("Past months"), widget=forms.CheckboxSelectMultiple
    )

    def prepare(self) -> None:
        known = _months(business_date(self.ctx.at))
        self.offer("months", [(one.isoformat(), local_month(one)) for one in known])
        self.initial.setdefault("months", [known[0].isoformat()])

    def clean_months(self) -> tuple[date, ...]:
        return tuple(date.fromisoformat(one) for one in self.cleaned_data["months"])


class PricesForm(MonthsForm):
    """What gaming costs."""

    field_order = ["request_key", "card", "use", "floor", "resale", "months"]

    card = MoneyField(
        label=gettext_lazy("A SIM card with its pack (yuan)"),
        initial=Money(10_00),
        help_text=gettext_lazy("What it costs a customer; credit on it counts as paid."),
    )
    use = MoneyField(
        label=gettext_lazy("The least use of a month (yuan)"),
        initial=Money(1_00),
        help_text=gettext_lazy("A call and some data, enough to pass the gates."),
    )
    floor = MoneyField(
        label=gettext_lazy("The least that a line in use pays in a month (yuan)"),
        initial=Money(8_00),
    )
    resale = RateField(
        label=gettext_lazy("Share of paid-in money that comes back (%)"),
        initial=0,
        help_text=gettext_lazy("Credit that is sold on, or would have been spent anyway."),
    )


def _months(today: date) -> list[date]:
    months = [(today.replace(day=1) - timedelta(days=1)).replace(day=1)]
    while len(months) < OFFERED:
        months.append((months[-1] - timedelta(days=1)).replace(day=1))
    return months


def home(desk: Desk, policy: UUID) -> HttpResponse:
    """The trials of a policy, and the forms to ask for another one."""
    return _home(desk, policy)


def ask(desk: Desk, policy: UUID, kind: str) -> HttpResponse:
    if desk.request.method != "POST":
        return HttpResponseRedirect(reverse("admin:policy_trials", args=[policy]))
    record = found(desk, policy)
    gaming = kind == "red-team"
    form = (PricesForm if gaming else MonthsForm)(desk.request.POST, ctx=desk.ctx)
    asked: dict[str, Any] = {"red": form} if gaming else {"what": form}
    if not form.is_valid():
        return _home(desk, policy, status=422, **asked)
    data = form.cleaned_data
    ctx = desk.keyed(data["request_key"])
    try:
        if gaming:
            made = trials.ask_red_team(
                ctx,
                policy=record.policy,
                months=data["months"],
                card=data["card"],
                use=data["use"],
                floor=data["floor"],
                resale_ppm=data["resale"],
            )
        else:
            made = trials.ask_what_if(ctx, policy=record.policy, months=data["months"])
    except Refusal as refusal:
        point_out(form, refusal)
        status = STATUS[refusal.kind]
        return _home(desk, policy, refused=word(refusal), status=status, **asked)
    return HttpResponseRedirect(reverse("admin:policy_trial", args=[made]))


def _home(
    desk: Desk, policy: UUID, *, status: int = 200, refused: str = "", **asked: Any
) -> HttpResponse:
    record = found(desk, policy)
    return desk.page(
        "policy_trials",
        status=status,
        refused=refused,
        record=record,
        trials=queries.trials(desk.ctx, record.policy),
        what=asked.get("what") or MonthsForm(ctx=desk.ctx, auto_id="what_%s"),
        red=asked.get("red") or PricesForm(ctx=desk.ctx, auto_id="red_%s"),
        may_ask=desk.can(trials.ask_what_if.name),
    )


def trial(desk: Desk, trial: UUID) -> HttpResponse:
    """One trial: how far it is, or what came of it."""
    record = _trial(desk, trial)
    version = queries.version(desk.ctx, record.policy, record.number)
    shown: dict[str, Any] = {}
    result = record.result or {}
    if record.state == "done":
        shown = _compared(result) if record.kind == "what_if" else gamed(result)
    return desk.page(
        "policy_what_if" if record.kind == "what_if" else "policy_red_team",
        record=record,
        version=version,
        busy=record.state in BUSY,
        share=_share(record),
        stale=version.edition != record.edition,
        months=[local_month(date.fromisoformat(one)) for one in record.question["months"]],
        lacking=_lacking(result.get(trials.LACKING, {})),
        **shown,
    )


def _lacking(months: dict[str, list[str]]) -> str:
    """Say which months lack what."""
    comma = pgettext("list separator", ", ")
    return comma.join(
        _("%(month)s (%(what)s)")
        % {
            "month": local_month(date.fromisoformat(month)),
            "what": comma.join(str(DATASETS[name]) for name in names),
        }
        for month, names in months.items()
    )


def live(desk: Desk, trial: UUID) -> HttpResponse:
    """The part of a trial's page that is asked for while a worker is at it."""
    record = _trial(desk, trial)
    if record.state not in BUSY:
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    return desk.part("policy_trial_progress", record=record, share=_share(record))


def file(desk: Desk, trial: UUID, kind: str) -> HttpResponse:
    """Every outlet of a what-if as a file."""
    record = _trial(desk, trial)
    if kind not in exports.FORMATS or record.kind != "what_if" or record.state != "done":
        raise Http404
    columns = [_("Node code"), _("Branch"), _("Kind of channel"), _("Star")]
    columns += [_("Now"), _("With the draft"), _("Difference")]
    branches, kinds = names()
    rows = [
        (
            *(row[1], branches.get(row[2], row[2]), kinds.get(row[3], row[3]), row[4]),
            *(Money(row[5]), Money(row[6]), Money(row[6] - row[5])),
        )
        for row in queries.trial_outlets(desk.ctx, record.trial)
    ]
    code = queries.version(desk.ctx, record.policy, record.number).code
    return exports.table(kind, f"what-if-{code}", _("What-if"), columns, rows)


def _trial(desk: Desk, trial: UUID) -> TrialRecord:
    try:
        return queries.trial(desk.ctx, TrialId(trial))
    except TrialUnknown as error:
        raise Http404 from error


def _share(record: TrialRecord) -> int:
    return 0 if not record.total else min(100, record.done * 100 // record.total)


# ------------------------------------------------------------------ what-if


def _compared(result: dict[str, Any]) -> dict[str, Any]:
    branches, kinds = names()
    parts: Sequence[tuple[str, str, str, Callable[[str], str]]] = (
        ("branches", _("By branch"), _("Branch"), lambda key: branches.get(key, key)),
        ("kinds", _("By kind of channel"), _("Channel kind"), lambda key: kinds.get(key, key)),
        ("stars", _("By star"), _("Star"), lambda key: key if key != "0" else _("none")),
        ("rules", pgettext("policy", "By rule"), _("Rule"), lambda key: key),
    )
    months = [_row(local_month(date.fromisoformat(one["month"])), one) for one in result["months"]]
    largest = sorted(result["branches"], key=lambda one: -max(one["draft"], one["current"]))
    current, draft = (sum(one[side] for one in result["months"]) for side in ("current", "draft"))
    return {
        "current": Money(current),
        "draft": Money(draft),
        "difference": Money(draft - current),
        "won": Money(result["won"]),
        "lost": Money(result["lost"]),
        "outlets": result["outlets"],
        "winners": result["winners"],
        "losers": result["losers"],
        "by_month": months,
        "parts": [
            (code, title, first, [_row(shown(one["key"]), one) for one in result[code]])
            for code, title, first, shown in parts
        ],
        "chart": _chart(
            [(branches.get(one["key"], one["key"]), one) for one in largest[:CHARTED]]
            if len(result["branches"]) > 1
            else [(month["name"], one) for month, one in zip(months, result["months"], strict=True)]
        ),
        "ranked": [
            (title, [_outlet(row, branches, kinds) for row in result[code]])
            for code, title in (
                ("most_won", _("Who wins most")),
                ("most_lost", _("Who loses most")),
            )
        ],
    }


def _row(name: str, one: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": name,
        "current": Money(one["current"]),
        "draft": Money(one["draft"]),
        "difference": Money(one["draft"] - one["current"]),
        "outlets": one.get("outlets"),
    }


def _outlet(row: Sequence[Any], branches: dict[str, str], kinds: dict[str, str]) -> dict[str, Any]:
    return {
        "node_code": row[1] or str(row[0]),
        "branch": branches.get(row[2], row[2]),
        "kind": kinds.get(row[3], row[3]),
        "star": row[4] or "—",
        "current": Money(row[5]),
        "draft": Money(row[6]),
        "difference": Money(row[6] - row[5]),
    }


def _chart(rows: Iterable[tuple[str, dict[str, Any]]]) -> dict[str, Any]:
    shown = list(rows)
    return {
        "categories": [name for name, _one in shown],
        "series": [
            {"name": _("Now"), "values": [one["current"] for _name, one in shown]},
            {"name": _("With the draft"), "values": [one["draft"] for _name, one in shown]},
        ],
    }


pages.register("policy_trials")(
    Page(
        code="policy_trials",
        title=gettext_lazy("What-if and red team"),
        group="",
        position=0,
        icon="chart-bar",
        permissions=frozenset({"commission.read"}),
        views=(
            ("commission/policies/<uuid:policy>/trials/", home, "policy_trials"),
            ("commission/policies/<uuid:policy>/trials/<slug:kind>/", ask, "policy_trial_ask"),
            ("commission/trials/<uuid:trial>/", trial, "policy_trial"),
            ("commission/trials/<uuid:trial>/live/", live, "policy_trial_live"),
            ("commission/trials/<uuid:trial>/file/<slug:kind>/", file, "policy_trial_file"),
        ),
    )
)
