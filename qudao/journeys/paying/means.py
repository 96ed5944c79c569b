"""The ways of paying that this installation has: the settings name who holds the money."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string

from qudao.domain.checkout.ports import Means
from qudao.kernel.refusals import Kind, Refusal


@dataclass(eq=False)
class MeansMissing(Refusal, kind=Kind.UNAVAILABLE):
    """Nobody takes money in this way here."""

    means: str


def configured(means: str) -> bool:
    """Say whether the settings name somebody for a way of paying."""
    return means in settings.PAYMENT_MEANS


def means_of(code: str) -> Means:
    """
    Return who holds the money of a way of paying; made once in a process.

    :raises MeansMissing: if the settings name nobody.
    """
    if not configured(code):
        raise MeansMissing(code)
    return _made(settings.PAYMENT_MEANS[code])


@cache
def _made(path: str) -> Means:
    made: Means = import_string(path)()
    return made
