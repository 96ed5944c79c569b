"""What a red team has found, as its page shows it: ploys, and what closes them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qudao.domain.commission import queries
from qudao.domain.saleschannel import queries as saleschannel
from qudao.fronts.backoffice.looks import look
from qudao.fronts.backoffice.templatetags.backoffice import rate
from qudao.fronts.design.templatetags.design import babel_locale, local_month, money, named
from qudao.kernel.money import Money


def names() -> tuple[dict[str, str], dict[str, str]]:
    """Return the names of branches and of kinds of channel, by code."""
    branches = {one.code: named(one) for one in saleschannel.divisions() if one.kind == "branch"}
    return branches, {one.code: named(one) for one in saleschannel.kinds()}


def gamed(result: dict[str, Any]) -> dict[str, Any]:
    """Return a finding as its template draws it."""
    branches, kinds = names()
    prices = result["prices"]
    return {
        "prices": [
            (_("A SIM card with its pack"), Money(prices["card"])),
            (_("The least use of a month"), Money(prices["use"])),
            (_("The least that a line in use pays in a month"), Money(prices["floor"])),
        ],
        "resale_ppm": prices["resale_ppm"],
        "plans": [{**_plan(one), "number": str(n)} for n, one in enumerate(result["plans"], 1)],
        "open": any(one["best"] for one in result["plans"]),
        "alike": [
            {
                **one,
                "branch": branches.get(one.get("branch", ""), one.get("branch", "")),
                "kind": kinds.get(one.get("kind", ""), one.get("kind", "")),
                "share_ppm": one["alike"] * 1_000_000 // max(one["all"], 1),
            }
            for one in result["alike"]
        ],
        "looked_at": [local_month(date.fromisoformat(one)) for one in result["looked_at"]],
    }


def _own(zh: str, en: str) -> str:
    """Return the text of the active language."""
    return en if babel_locale().startswith("en") else zh


def _plan(one: dict[str, Any]) -> dict[str, Any]:
    best = one["best"]
    card = one["break_even_card"]
    return {
        **one,
        "name": _own(one["plan_zh"], one["plan_en"]),
        "found": [_ploy(title, ploy) for title, ploy in _kinds_of(one) if ploy],
        "break_even_card": None if card is None else Money(card),
        "chart": None
        if best is None
        else {
            "categories": [str(n) for n in range(len(best["months"]))],
            "series": [
                {"name": _("Earned so far"), "values": _running(best["months"])},
                {"name": _("Cost of the ploy"), "values": [best["cost"]] * len(best["months"])},
            ],
        },
        "closing": [
            {
                **rule,
                "terms": [
                    {
                        **term,
                        "name": _own(term["label_zh"], term["label_en"]),
                        "row": "".join(part for part in term["term"].split(".") if part.isdigit()),
                        "is_money": term["kind"] == "money",
                    }
                    for term in rule["terms"]
                ],
            }
            for rule in one["closing"]
        ],
        "gates": [_gate(gate) for gate in one.get("gates", ())],
        "others": one.get("others", ()),
    }


GATES: Final = {
    "retention": gettext_lazy("Longer retention"),
    "collected": gettext_lazy("Higher least payment"),
    "use": gettext_lazy("Higher least use"),
    "window": gettext_lazy("Claw-back window"),
}


def _gate(one: dict[str, Any]) -> dict[str, Any]:
    scheme = queries.forms().get(one["scheme"])
    return {
        **one,
        "title": GATES.get(one["kind"], one["kind"]),
        "scheme": "" if scheme is None else _own(scheme.name_zh, scheme.name_en),
        "terms": [
            {
                "name": _own(term["label_zh"], term["label_en"]),
                "now": None if term["now"] is None else _value(term, term["now"]),
                "new": _value(term, term["new"]),
            }
            for term in one["terms"]
        ],
        "gain": None if one["gain"] is None else Money(one["gain"]),
        "card": None if one["card"] is None else Money(one["card"]),
    }


def _value(term: dict[str, Any], value: Any) -> str:
    """Return a term's value as people read it."""
    match term["kind"]:
        case "money":
            return money(Money(value))
        case "rate":
            return rate(value)
    text = ", ".join(str(each) for each in value) if isinstance(value, list) else str(value)
    return f"{text} {_('months')}" if term["unit"] == "month" else text


def _kinds_of(one: dict[str, Any]) -> tuple[tuple[str, Any], ...]:
    best, cheapest = one["best"], one["cheapest"]
    return (
        (_("Most gain for what it costs"), best),
        (_("Smallest outlay"), cheapest if cheapest != best else None),
    )


def _ploy(title: str, one: dict[str, Any]) -> dict[str, Any]:
    return {
        "title": title,
        "lines": one["lines"],
        "months": [
            (n, Money(spent), int(used))
            for n, (spent, used) in enumerate(zip(one["spent"], one["used"], strict=True))
        ],
        "business": look("business", one["business"]).text if one["business"] else "",
        "times": one["times"],
        "amount": Money(one["amount"]),
        "cost": Money(one["cost"]),
        "earned": Money(one["earned"]),
        "own": Money(one.get("own", one["earned"])),
        "gain": Money(one["gain"]),
        "rules": [(code, Money(fen)) for code, fen in sorted(one["rules"].items())],
    }


def _running(amounts: Iterable[int]) -> list[int]:
    found, so_far = [], 0
    for amount in amounts:
        so_far += amount
        found.append(so_far)
    return found
