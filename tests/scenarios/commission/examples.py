"""
Worked examples: tables that a finance person reads and checks by hand, and that the tests compute.

In a file: `## Rules` with a section `### code: scheme (for whom)` for each; then tables of facts
(`## Sales`, `## Customers' lines`, …), and `## Lines` with what is expected, all of it. Money is in
yuan, shares are per cent or factors; what a column does not name is as the code has it by default.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from qudao.domain.commission.computing import Sample
from qudao.domain.commission.schemes import read_terms, schemes
from qudao.domain.commission.types import Rounding, Rule, Selector, TermKind, Unit, terms_of
from qudao.kernel.money import Money

Table = list[dict[str, str]]

FACTS = {
    "Sales": "sales",
    "Customers' lines": "subscribers",
    "Outlets": "outlets",
    "Taken back": "reversals",
    "Verdicts": "verdicts",
    "Earlier months": "usage",
    "Earlier totals": "totals",
    "Earlier lines": "past",
}
MONEY = {"amount", "debit", "billed", "collected", "base"}
DAYS = {"day", "sale_day", "from_day", "until_day", "opened_day", "activated_day"}
TEXTS = {"business", "offering", "channel", "district", "kind", "ownership", "market", "state"}


@dataclass(frozen=True)
class Example:
    month: date
    rules: list[Rule]
    sample: Sample
    expected: list[dict[str, Any]]


def read(file: Path) -> Example:
    """Read an example from its file."""
    sections = dict(_sections(file.read_text("utf-8"), "## "))
    month = date.fromisoformat(sections["Month"].strip() + "-01")
    rules = [
        _rule(number, heading, text)
        for number, (heading, text) in enumerate(_sections(sections["Rules"], "### "), 1)
    ]
    codes = {rule.code: rule.number for rule in rules}
    facts = {
        name: [_fact(row, codes) for row in _tables(sections[heading])[0]]
        for heading, name in FACTS.items()
        if heading in sections
    }
    tables = _tables(sections["Lines"])
    expected = [_fact(row, codes) for row in tables[0]] if tables else []
    return Example(month, rules, Sample(**facts), expected)


def _sections(text: str, mark: str) -> Iterator[tuple[str, str]]:
    for part in re.split(rf"^{mark}", text, flags=re.MULTILINE)[1:]:
        heading, _, rest = part.partition("\n")
        yield heading.strip(), rest


def _tables(text: str) -> list[Table]:
    """Every table of a text: a line of names, a line of dashes, lines of values."""
    found: list[Table] = []
    names: list[str] = []
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if not line.strip().startswith("|"):
            names = []
        elif not names:
            names = cells
            found.append([])
        elif not set(line) <= set("|-: "):
            found[-1].append(dict(zip(names, cells, strict=True)))
    return found


def _rule(number: int, heading: str, text: str) -> Rule:
    match = re.fullmatch(r"(\w+): (\w+)", heading)
    assert match, heading
    code, scheme = match.groups()
    record = schemes[scheme]
    kinds = {term.name: term for term in terms_of(record)}
    terms: dict[str, Any] = {}
    rule: dict[str, Any] = {}
    for table in _tables(text):
        if set(table[0]) == {"term", "value"}:
            for row in table:
                name, value = row["term"], row["value"]
                if name in kinds:
                    terms[name] = _value(kinds[name].kind, value)
                elif "." in name:
                    part, _, inner = name.partition(".")
                    inside = {term.name: term for term in terms_of(kinds[part].record)}
                    terms.setdefault(part, {})[inner] = _value(inside[inner].kind, value)
                else:
                    rule |= _condition(name, value)
        else:
            name = _rows_of(kinds, set(table[0]), terms)
            inside = {term.name: term for term in terms_of(kinds[name].record)}
            terms[name] = [
                {key: _value(inside[key].kind, value) for key, value in row.items() if value}
                for row in table
            ]
    selector = Selector(**rule.pop("selector", {}))
    return Rule(number, code, scheme, read_terms(scheme, terms), selector, **rule)


def _rows_of(kinds: dict[str, Any], columns: set[str], known: dict[str, Any]) -> str:
    """Which term the rows of a table are: the one whose record has such fields."""
    for name, term in kinds.items():
        if term.kind is TermKind.ROWS and name not in known:
            fields = {field.name for field in dataclasses.fields(term.record)}
            if columns <= fields:
                return name
    raise AssertionError(f"no term has the columns {columns}")


def _condition(name: str, value: str) -> dict[str, Any]:
    if name in ("from_day", "until_day"):
        return {name: date.fromisoformat(value)}
    if name == "rounding":
        return {name: Rounding(value)}
    if name == "unit":
        return {name: Unit(value)}
    values = [one.strip() for one in value.split(",")]
    numbers = name in ("stars", "tiers", "outlets")
    return {"selector": {name: tuple(map(int, values)) if numbers else tuple(values)}}


def _value(kind: TermKind, text: str) -> Any:
    if kind is TermKind.MONEY:
        return Money.parse(text).minor if text else None
    if kind in (TermKind.RATE, TermKind.COEFFICIENT):
        return _ppm(text) if text else None
    if kind is TermKind.COUNT:
        return int(text) if text else None
    if kind is TermKind.MONTHS:
        return [int(one) for one in text.split(",")]
    if kind in (TermKind.BUSINESSES, TermKind.RULES, TermKind.VERDICTS):
        return [one.strip() for one in text.split(",")]
    return text


def _ppm(text: str) -> int:
    """`8 %` and `1.2` as parts per million."""
    number, per_cent = text.removesuffix("%").strip(), text.endswith("%")
    whole, _, fraction = number.removeprefix("-").partition(".")
    digits = 4 if per_cent else 6
    parts = int(whole + f"{fraction:0<{digits}}")
    assert len(fraction) <= digits, text
    return -parts if number.startswith("-") else parts


def _fact(row: dict[str, str], codes: dict[str, int]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, text in row.items():
        if not text:
            continue
        if name == "rule":
            found[name] = codes[text]
        elif name in MONEY:
            found[name] = Money.parse(text).minor
        elif name in ("rate", "coefficient", "share"):
            found[f"{name}_ppm"] = _ppm(text)
        elif name in DAYS:
            found[name] = date.fromisoformat(text)
        else:
            found[name] = text if name in TEXTS else int(text)
    return found
