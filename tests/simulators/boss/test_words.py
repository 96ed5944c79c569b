"""Whatever the simulator refuses, people are told in their own language."""

from django.utils import translation

from qudao.fronts.wording.terms import BOSS_REFUSALS
from simulators.boss.rules import REASONS


def test_every_code_of_refusal_is_worded() -> None:
    assert set(REASONS) <= set(BOSS_REFUSALS)
    with translation.override("en"):
        assert all(str(BOSS_REFUSALS[code]).isascii() for code in REASONS)
