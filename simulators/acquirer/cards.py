"""Bank cards: what a number must be like, and what the issuer of some numbers says."""

from __future__ import annotations

from typing import Final

TEST_CARDS: Final = {
    "6200000000000005": "",
    "6200000000000013": "insufficient-funds",
    "6200000000000021": "expired",
    "6200000000000039": "declined",
}
"""Numbers and the code with which they are declined; any other right number pays."""

REASONS: Final = {
    "no-card": "no card is bound to this number",
    "insufficient-funds": "the card's limit does not suffice",
    "expired": "the card is not valid any more",
    "declined": "the card's issuer declined",
    "cancelled": "the customer cancelled",
    "timed-out": "the customer did not pay in time",
}


def cleaned(number: str) -> str:
    """A card's number as people write it, without spaces and hyphens."""
    return number.replace(" ", "").replace("-", "")


def valid(number: str) -> bool:
    """Whether a cleaned number has the length of a card's and the right check digit (Luhn)."""
    if not (number.isascii() and number.isdecimal() and 12 <= len(number) <= 19):
        return False
    digits = [int(digit) for digit in reversed(number)]
    doubled = (divmod(2 * digit, 10) for digit in digits[1::2])
    return (sum(digits[::2]) + sum(tens + ones for tens, ones in doubled)) % 10 == 0
