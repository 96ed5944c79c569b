"""
How a refusal is said to a person: the fronts' business, so the fronts provide it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from qudao.kernel.refusals import Refusal

_word: Final[list[Callable[[Refusal], str]]] = []


def provide(word: Callable[[Refusal], str]) -> None:
    """Name the one who has the words; done once, when the application starts."""
    assert not _word, "somebody else has the words already"
    _word.append(word)


def word(refusal: Refusal) -> str:
    """Say a refusal in the active language; its code, as long as nobody has words."""
    return _word[0](refusal) if _word else refusal.code
