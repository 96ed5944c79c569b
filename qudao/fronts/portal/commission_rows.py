"""Lines of commission in words: for the statement's page and its files."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from qudao.domain.commission.queries import settlements as queries
from qudao.domain.commission.queries.effective import rules_by_number
from qudao.domain.commission.types import RuleRecord, Unit
from qudao.domain.commission.types.settlements import LineRecord, StatementRecord
from qudao.fronts.design.templatetags.design import babel_locale, named
from qudao.fronts.portal.templatetags.portal import business_name
from qudao.kernel.money import Money


def sums(found: StatementRecord) -> list[tuple[str, Money]]:
    """From what was earned to what is paid; what is nothing is left out."""
    rows = [
        (_("Earned"), found.earned),
        (_("Corrections of earlier months"), found.adjusted),
        (_("Owed from the month before"), found.brought),
        (_("Tax withheld"), -found.tax),
        (_("Owed into the next month"), -found.carried),
    ]
    return [(label, amount) for label, amount in rows if amount or label == rows[0][0]]


def told(lines: tuple[LineRecord, ...]) -> list[dict[str, Any]]:
    """Lines with the words of their rules and sales."""
    rules = rules_by_number({one.rule for one in lines})
    sales = queries.facts(lines)
    return [
        {
            "line": one,
            "name": rule_name(rules.get(one.rule), one.rule),
            "sale": sales.get(one.fact) or sales.get(one.origin),
            "is_points": is_points(rules.get(one.rule)),
            "amount": one.amount if is_points(rules.get(one.rule)) else Money(one.amount),
        }
        for one in lines
    ]


def corrects(line: LineRecord) -> str:
    """Why a line changes a closed month; empty for a month's own line."""
    return {
        "reversed": _(
            "A sale was taken back: what was paid for it goes back, to the fen, whatever the rules"
            " are today."
        ),
        "late": _("This came late, and is paid by the rules of its own month."),
        "undone": _("A late correction changed this: what was paid before goes back."),
    }.get(line.why, "")


def per_cent(ppm: int) -> str:
    """A rate as people read it; a rate of whole hundreds of per cents is a fixed amount's."""
    return f"{ppm // 10_000:,}.{abs(ppm) % 10_000:04d}".rstrip("0").rstrip(".") + " %"


def base_is_money(line: LineRecord, sales: Any) -> bool:
    """A base is money where it is the sale's; else it counts something, such as lines or tens."""
    sale = sales.get(line.fact)
    return sale is not None and abs(line.base) in {sale.amount.minor, sale.debit.minor}


def computed(line: LineRecord, sales: Any, *, is_points: bool) -> dict[str, Any]:
    """How a line was computed, in words."""
    is_money = base_is_money(line, sales)
    return {
        "line": line,
        "base": Money(line.base) if is_money else line.base,
        "base_is_money": is_money,
        "amount": line.amount if is_points else Money(line.amount),
        "corrects": corrects(line),
        "rate": per_cent(line.rate_ppm),
        "coefficient": per_cent(line.coefficient_ppm),
    }


def file_rows(found: StatementRecord) -> Any:
    batch: list[LineRecord] = []
    for one in queries.every_line(found):
        batch.append(one)
        if len(batch) == 2_000:
            yield from cells(tuple(batch))
            batch.clear()
    yield from cells(tuple(batch))


def cells(lines: tuple[LineRecord, ...]) -> Any:
    rules = rules_by_number({one.rule for one in lines})
    for row in told(lines):
        line, sale = row["line"], row["sale"]
        yield (
            policy_name(rules.get(line.rule)),
            row["name"],
            sale.day if sale else None,
            business_name(sale.business) if sale else "",
            str(sale.order or "") if sale else "",
            line.base,
            line.slice,
            line.rate_ppm,
            line.coefficient_ppm,
            None if row["is_points"] else row["amount"],
            row["amount"] if row["is_points"] else None,
            str(line.fact),
            line.of_month,
        )


def is_points(rule: RuleRecord | None) -> bool:
    return rule is not None and rule.unit == Unit.POINT


def rule_name(rule: RuleRecord | None, number: int) -> str:
    return str(number) if rule is None else named(rule)


def policy_name(rule: RuleRecord | None) -> str:
    if rule is None:
        return ""
    return rule.policy_en if babel_locale().startswith("en") else rule.policy_zh
