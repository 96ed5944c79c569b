"""The tokens keep their promise: text 4.5 : 1, edges and signs 3 : 1, in both themes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

CSS = Path("qudao/fronts/design/static/design/css/tokens.css").read_text()
TEXT = [
    *((ink, ground) for ink in ("ink", "ink-2") for ground in ("paper", "surface", "inset")),
    *(("ink-3", ground) for ground in ("paper", "surface", "inset")),
    *((tone, "surface") for tone in ("jade", "leaf", "amber", "cinnabar", "sky", "plum", "stone")),
    *((tone, f"{tone}-tint") for tone in ("leaf", "amber", "cinnabar", "sky", "plum", "stone")),
    ("jade-deep", "jade-tint"),
    ("jade", "paper"),
    ("on-jade", "jade"),
    ("on-jade", "jade-deep"),
    ("on-cinnabar", "cinnabar"),
    ("sign-ink", "sign-paper"),
    ("sign-line", "sign-paper"),
    ("ink", "amber-tint"),
    ("ink", "sky-tint"),
    ("ink", "leaf-tint"),
    ("ink", "cinnabar-tint"),
]
SIGNS = [
    ("edge", "surface"),
    ("focus", "paper"),
    ("focus", "surface"),
    *((f"series-{n}", "surface") for n in (1, 3, 4, 5)),
]


def _tokens(theme: str) -> dict[str, str]:
    light, dark = CSS.split('[data-bs-theme="dark"] {', 1)
    found = dict(re.findall(r"--q-([\w-]+): (#[0-9a-f]{6});", light))
    if theme == "dark":
        dark = dark.split("\n}", 1)[0]
        found |= dict(re.findall(r"--q-([\w-]+): (#[0-9a-f]{6});", dark))
    return found


def _luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_contrast(theme: str) -> None:
    tokens = _tokens(theme)
    for pairs, least in ((TEXT, 4.5), (SIGNS, 3.0)):
        for ink, ground in pairs:
            ratio = _contrast(tokens[ink], tokens[ground])
            assert ratio >= least, f"{theme}: {ink} on {ground} is {ratio:.2f} : 1"
