"""Pure rules of payments: node codes in what payers write, rows of files, drawers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable
from typing import Final

from qudao.domain.payment.types import ParsedStatement, RowError
from qudao.kernel.money import Money
from qudao.kernel.numbers import luhn_ok

LARGEST: Final = Money(10_000_000_00)
"""No single payment is larger; what is, is a slip of the keyboard."""

EXPLAIN_FROM: Final = Money(10_00)
"""From this difference on, missing or surplus, a drawer is closed only with a remark."""

LONGEST_TEXT: Final = 500
"""Characters of a reference, a payer's name or what the payer wrote."""

_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")

_NODE_CODE = re.compile(
    r"(?<![0-9])[0-9]{12}(?![0-9])"
    r"|(?<![0-9])(?<![0-9][ \-])[0-9]{4}([ \-])[0-9]{4}\1[0-9]{4}(?![ \-]?[0-9])"
)


def node_codes_in(remittance: str) -> tuple[str, ...]:
    """
    Return the node codes that a payer's text may mean: twelve digits whose last one checks.

    They stand together or in groups of four, as people write long numbers.
    """
    found = (re.sub(r"[ \-]", "", m.group()) for m in _NODE_CODE.finditer(remittance))
    return tuple(dict.fromkeys(code for code in found if luhn_ok(code)))


def check_statement(parsed: ParsedStatement, imported: Collection[str]) -> tuple[RowError, ...]:
    """
    Return all that is wrong with a file, by row.

    `imported` are the references that the account has already. No text may be longer than a bank's
    own fields are, or hold what cannot be printed.
    """
    errors = list(parsed.errors)
    if not parsed.lines and not errors:
        errors.append(RowError(0, "empty"))
    seen = Counter(line.reference for line in parsed.lines)
    for line in parsed.lines:
        texts = (line.reference, line.remittance, line.payer)
        if any(len(text) > LONGEST_TEXT or _UNPRINTABLE.search(text) for text in texts):
            errors.append(RowError(line.row, "unreadable"))
        elif not line.reference:
            errors.append(RowError(line.row, "reference_missing"))
        elif seen[line.reference] > 1:
            errors.append(RowError(line.row, "duplicate_in_file", line.reference))
        elif line.reference in imported:
            errors.append(RowError(line.row, "already_imported", line.reference))
        if not Money.zero() < line.amount <= LARGEST:
            errors.append(RowError(line.row, "amount", str(line.amount)))
    return tuple(sorted(errors, key=lambda error: error.row))


def total(amounts: Iterable[Money]) -> Money:
    """Return the sum."""
    return Money(sum(amount.minor for amount in amounts))
