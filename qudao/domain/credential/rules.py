"""Pure rules: which passwords are weak, what a way of identifying proves and for how long."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Final

from qudao.domain.credential.types import Caller, Need, Policy, Way

COMMON: Final = frozenset(
    {
        "112233",
        "123321",
        "131420",
        "131452",
        "142536",
        "147258",
        "147369",
        "147852",
        "159357",
        "159753",
        "168168",
        "201314",
        "258369",
        "456123",
        "518518",
        "520131",
        "520520",
        "521521",
        "555666",
        "654123",
        "666888",
        "741852",
        "753951",
        "778899",
        "789456",
        "852456",
        "888666",
        "963852",
        "987456",
    }
)
"""Figures on a keypad, and numbers that sound like something: what people choose most."""

PROVABLE: Final = frozenset({Need.MONEY, Need.DATA})
"""What a proof can be good for."""

LIMITS: Final = {
    "password_digits": (6, 8),
    "password_tries": (3, 10),
    "lock_h": (1, 168),
    "code_life_s": (60, 1800),
    "code_tries": (3, 10),
    "code_wait_s": (30, 600),
    "codes_per_line": (3, 50),
    "codes_per_address": (5, 10_000),
    "wrong_per_address": (5, 1000),
    "known_min": (5, 1440),
    "money_min": (1, 60),
    "data_min": (1, 60),
}
"""The least and the most of each rule that an operator may change."""


def clean_digits(text: str) -> str:
    """Return a password or code as it is compared: plain digits, no spaces."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def weakness(password: str, msisdn: str, policy: Policy, avoid: Iterable[str] = ()) -> str | None:
    """
    Return why a clean password is too weak, as a code; None if it is not.

    `avoid` are texts about the owner (a document's number, which holds the date of birth): no part
    of them, as long as the password, may be it.
    """
    if not (password.isascii() and password.isdigit()):
        return "digits"
    if len(password) != policy.password_digits:
        return "length"
    if len(set(password)) == 1:
        return "same"
    steps = {(int(b) - int(a)) % 10 for a, b in zip(password, password[1:], strict=False)}
    if steps in ({1}, {9}):
        return "run"
    if any(_repeats(password, period) for period in (2, 3, 4)) or len(set(password)) == 2:
        return "pattern"
    if password in msisdn or password in msisdn[::-1]:
        return "number"
    if any(password in text for text in avoid):
        return "personal"
    if any(password.startswith(common) or password.endswith(common) for common in COMMON):
        return "common"
    return None


def good_for(way: Way, purpose: str = "") -> frozenset[Need]:
    """
    Return what a way of identifying proves a line for.

    The network, and a code for signing in or for setting a password, tell the number only; a code
    for money or data is good for that; a service password and the owner's document for both.
    """
    if way in (Way.PASSWORD, Way.DOCUMENT):
        return PROVABLE
    return frozenset(need for need in PROVABLE if way == Way.CODE and need.value == purpose)


def proof(msisdn: str, way: Way, at: datetime, policy: Policy, needs: Collection[Need]) -> Caller:
    """Return the caller that was identified in a way that is good for these needs."""
    money, data = timedelta(minutes=policy.money_min), timedelta(minutes=policy.data_min)
    return Caller(
        msisdn=msisdn,
        way=way,
        identified_at=at,
        known_until=at + timedelta(minutes=policy.known_min),
        money_until=at + money if Need.MONEY in needs else None,
        data_until=at + data if Need.DATA in needs else None,
    )


def out_of_range(policy: Policy) -> tuple[str, int, int] | None:
    """Return the first rule that is beyond its limits, with them; None if all are within."""
    for one in fields(policy):
        least, most = LIMITS[one.name]
        if not least <= getattr(policy, one.name) <= most:
            return one.name, least, most
    return None


def _repeats(text: str, period: int) -> bool:
    """Say whether a text is its beginning, over and over."""
    return period * 2 <= len(text) and all(
        text[place] == text[place % period] for place in range(len(text))
    )
