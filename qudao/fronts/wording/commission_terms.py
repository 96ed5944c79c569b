"""What is wrong with a commission policy, in words; and the codes of policies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from qudao.domain.commission.queries import forms
from qudao.domain.commission.types import PolicyProblem, Term, TermKind, terms_of
from qudao.fronts.design.templatetags import design
from qudao.kernel.money import Money

POLICY_STATES: Final[Mapping[str, str | Promise]] = {
    "draft": pgettext_lazy("the policy", "is still a draft"),
    "proposed": pgettext_lazy("the policy", "waits for marketing"),
    "endorsed": pgettext_lazy("the policy", "waits for finance"),
    "approved": pgettext_lazy("the policy", "waits for the support centre"),
    "configured": pgettext_lazy("the policy", "waits to be verified"),
    "verified": pgettext_lazy("the policy", "was verified"),
    "effective": pgettext_lazy("the policy", "is effective"),
    "withdrawn": pgettext_lazy("the policy", "was withdrawn"),
}

CASE_PROBLEMS: Final[Mapping[str, str | Promise]] = {
    "no_rows": pgettext_lazy("test case", "it has no rows"),
    "too_many_rows": pgettext_lazy("test case", "it has more than 200 rows"),
    "branch_unknown": pgettext_lazy("test case", "there is no such branch"),
    "kind_unknown": pgettext_lazy("test case", "there is no such kind of channel"),
    "star_unknown": pgettext_lazy("test case", "stars go from 0 (none) to 5"),
    "tier_unknown": pgettext_lazy("test case", "tiers go from 1 to 4"),
    "month_unusable": pgettext_lazy("test case", "the month must be a first day, and not far away"),
    "too_many_facts": pgettext_lazy(
        "test case", "its rows stand for more than 5,000 facts: let them stand for fewer"
    ),
    "times_outside": pgettext_lazy("test case", "a row stands for one to 5,000 facts"),
    "day_outside": pgettext_lazy(
        "test case", "a sale's day lies in the month, or in the 24 months before"
    ),
    "opened_later": pgettext_lazy("test case", "the line was opened after the month"),
    "business_unknown": pgettext_lazy("test case", "there is no such business"),
    "negative": pgettext_lazy("test case", "amounts and use are not below zero"),
    "too_large": pgettext_lazy("test case", "a figure is too large"),
    "opening_unknown": pgettext_lazy(
        "test case",
        "it names as its opening a row that is no sale: enter the number of a sale's row",
    ),
    "line_twice": pgettext_lazy("test case", "another row has the same line and month"),
    "line_differs": pgettext_lazy(
        "test case", "another row of the same line has another opening, or stands for more or fewer"
    ),
    "named_fewer": pgettext_lazy(
        "test case", "it stands for more facts than the row that it names"
    ),
    "reversed_unknown": pgettext_lazy(
        "test case", "there is no such sale to take back: enter the number of a sale's row"
    ),
    "reversed_outside": pgettext_lazy(
        "test case", "a sale is taken back on its day or later, and not after the month"
    ),
    "reversed_twice": pgettext_lazy("test case", "another row takes the same sale back"),
    "verdict_unnamed": pgettext_lazy(
        "test case", "a verdict needs its code, such as suspected_lines"
    ),
    "verdict_of_unknown": pgettext_lazy(
        "test case",
        "there is no such sale or line: enter the number of its row, or nothing for the outlet",
    ),
    "share_outside": pgettext_lazy("test case", "a suspected share is from 0 to 100 %"),
    "found_outside": pgettext_lazy(
        "test case", "a verdict's day lies in the month, or in the 24 months before"
    ),
    "guided_no_sale": pgettext_lazy(
        "test case", "who guided a customer is said of a sale: enter the number of its row"
    ),
}

PROBLEMS: Final[Mapping[str, str | Promise]] = {
    # of the policy
    "no_plans": _("A policy needs a plan: add one."),
    "no_rules": _("The plan has no rule: add one, or take the plan away."),
    "too_many_rules": _("There are more than %(most)s rules: make two policies of it."),
    "too_many_named": _("More than %(most)s are named: name fewer."),
    "too_long": _("Too long: at most %(most)s characters."),
    "name_missing": _("Give it a name in both languages."),
    "day_too_far": _("This day is too far away."),
    "end_missing": _("A staged incentive needs its last day."),
    "ends_before_start": _("It ends before it begins: choose a later last day."),
    "budget_out_of_range": _("A budget is more than nothing, or left empty."),
    "unknown_code": _("There is no %(code)s here: choose from the list."),
    "unknown_rule": _("No rule is called %(code)s: name one of this policy, or of another."),
    "circle": _("The rule stands upon itself: name other rules, none that stands upon this one."),
    "code_twice": _("Two rules have this code: give one another."),
    "code_taken": _("A rule of another policy has this code: choose another."),
    "code_unusable": _(
        "A code begins with a small letter, then letters, digits, '.', '-' or '_': at most 40."
    ),
    "scheme_unknown": _("There is no such scheme: choose one of the list."),
    "terms_unreadable": _("The terms cannot be read: fill in every field, and whole numbers only."),
    # of the schemes
    "empty": _("Fill this in."),
    "not_positive": _("It must be more than zero."),
    "negative": _("It must not be below zero."),
    "too_large": _("Too large: at most %(most)s."),
    "gap": _("Between %(least)s and %(below)s nothing would be paid: close the gap."),
    "overlap": _("From %(least)s to %(below)s two rows would pay: let only one."),
    "inverted": _("It ends before it begins: exchange the two."),
    "twice": _("This stands in two rows: take one away."),
    "not_exact": _("Finer than is reckoned: use multiples of %(step)s."),
    "not_whole": _("All parts together make %(sum)s: let them make %(whole)s."),
    "pays_nothing": _("It would never pay anything: change it, or take the rule away."),
}

_BARE: Final[Mapping[str, str | Promise]] = {
    "too_large": _("This is larger than it may be."),
    "gap": _("Between two rows nothing would be paid: close the gap."),
    "overlap": _("Two rows would pay for the same: let only one."),
    "not_exact": _("This is finer than is reckoned."),
}
"""The same without values, where a scheme gives none."""

FIELDS: Final[Mapping[str, str | Promise]] = {
    "name_zh": _("Name in Chinese"),
    "name_en": _("Name in English"),
    "purpose": _("Purpose"),
    "valid_from": _("First day"),
    "valid_until": pgettext_lazy("policy", "Last day"),
    "budget": _("Budget of a month"),
    "branches": _("Branches"),
    "districts": _("Districts"),
    "kinds": _("Kinds of channel"),
    "ownership": _("Ownership"),
    "markets": _("Markets"),
    "stars": _("Stars"),
    "tiers": _("Tiers"),
    "outlets": _("Named outlets"),
    "plan": _("Plan"),
    "code": _("Code"),
    "scheme": _("Scheme"),
    "businesses": _("Businesses"),
}


def problem(found: PolicyProblem, *, placed: bool = True) -> str:
    """
    Say what is wrong; `placed` also says where: not needed beside the field itself.

    Amounts and rates are shown as their term is entered.
    """
    term = _term(found)
    values = {name: _value(value, term) for name, value in found.values.items()}
    text = PROBLEMS.get(found.code)
    if text is None:
        said = gettext("This cannot be so (%(code)s).") % {"code": found.code}
    else:
        try:
            said = str(text) % values
        except KeyError:
            said = str(_BARE.get(found.code, text))
    if not placed:
        return said
    where = [part for part in (found.rule, label(found, term)) if part]
    if found.row is not None:
        where.append(gettext("row %(n)s") % {"n": found.row + 1})
    return f"{' · '.join(where)}: {said}" if where else said


def label(found: PolicyProblem, term: Term | None = None) -> str:
    """Return the name of the field that a problem is about."""
    term = term or _term(found)
    if term is not None:
        return term.en if _english() else term.zh
    return str(FIELDS.get(found.field.rpartition(".")[2], found.field))


def _term(found: PolicyProblem) -> Term | None:
    """Return the term that a problem is about: the innermost of a path such as `bands.rate_ppm`."""
    form = forms().get(found.scheme)
    terms = form.terms if form else ()
    term = None
    for name in found.field.split("."):
        here = next((one for one in terms if one.name == name), None)
        if here is None:
            break
        term, terms = here, _inner(here)
    return term


def _inner(term: Term) -> tuple[Term, ...]:
    return terms_of(term.record) if term.record is not None else ()


def _value(value: int | str, term: Term | None) -> str:
    if not isinstance(value, int):
        return value
    match term.kind if term is not None else None:
        case TermKind.MONEY | TermKind.ROWS:
            return design.money(Money(value))
        case TermKind.RATE:
            return f"{value / 10_000:g} %"
        case TermKind.COEFFICIENT:
            return f"{value / 1_000_000:g}"
    return design.count(value)


def _english() -> bool:
    return (get_language() or "").startswith("en")
