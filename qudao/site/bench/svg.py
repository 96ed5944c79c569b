"""Charts as SVG: bars that lie, stacked bars, lines over time; one panel below the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from math import floor, log10
from pathlib import Path
from typing import Final

WIDTH: Final = 860
_LEFT: Final = 210
_RIGHT: Final = 150
_ROW: Final = 26
_LINES: Final = 150
"""Height of a panel of lines."""
COLOURS: Final = ("#2563a8", "#d97a1c", "#3d8c5f", "#8a4fa3", "#7a7f87")
_STYLE: Final = (
    "text{font:13px system-ui,'Noto Sans',sans-serif;fill:#1f2733}"
    ".title{font-size:18px;font-weight:600}.panel{font-size:14px;font-weight:600}"
    ".quiet{fill:#5b6573;font-size:12px}.end{text-anchor:end}.middle{text-anchor:middle}"
)


@dataclass(frozen=True, slots=True)
class Bar:
    """One line of a panel of bars."""

    label: str
    parts: Sequence[float]
    """One number, or several that are stacked."""
    note: str = ""
    """Stands behind the bar."""
    colour: int = 0
    """Of the first part; the others follow."""


@dataclass(frozen=True, slots=True)
class Panel:
    """A part of a chart, already drawn."""

    height: float
    shapes: Sequence[str]


def bars(
    title: str,
    rows: Sequence[Bar],
    names: Sequence[str] = (),
    mark: tuple[float, str] | None = None,
) -> Panel:
    """Lying bars on one scale from 0. `names`: of stacked parts; `mark`: a line to compare with."""
    most = max([sum(row.parts) for row in rows] + ([mark[0]] if mark else []) + [1e-9])
    scale = (WIDTH - _LEFT - _RIGHT) / most
    shapes = [_text(0, 16, title, "panel")]
    shapes += _legend(names)
    top = 30.0
    for row in rows:
        shapes.append(_text(_LEFT - 10, top + 16, row.label, "end"))
        x = float(_LEFT)
        for at, part in enumerate(row.parts):
            colour = COLOURS[(row.colour + at) % len(COLOURS)]
            shapes.append(
                f'<rect x="{x:.1f}" y="{top + 3:.1f}" width="{max(0.0, part * scale):.1f}"'
                f' height="{_ROW - 8}" rx="2" fill="{colour}"/>'
            )
            x += part * scale
        shapes.append(_text(x + 8, top + 16, row.note, ""))
        top += _ROW
    if mark:
        x = _LEFT + mark[0] * scale
        shapes.append(
            f'<line x1="{x:.1f}" y1="26" x2="{x:.1f}" y2="{top:.1f}" stroke="#b3261e"'
            ' stroke-dasharray="4 3"/>'
        )
        shapes.append(_text(x, top + 14, mark[1], "quiet middle"))
        top += 18
    return Panel(top + 14, shapes)


def lines(
    title: str,
    xs: Sequence[float],
    series: Sequence[tuple[str, Sequence[float]]],
    x_unit: str = "minutes",
) -> Panel:
    """Lines over time, from 0 up, with the largest value at the axis."""
    most = _round_up(max([max(ys, default=0) for _, ys in series] + [1e-9]))
    last = max([*xs, 1e-9])
    left, right, top = 70, 20, 30
    shapes = [_text(0, 16, title, "panel"), *_legend([name for name, _ in series])]
    for part in (0.0, 0.5, 1.0):
        y = top + _LINES * (1 - part)
        shapes.append(
            f'<line x1="{left}" y1="{y:.1f}" x2="{WIDTH - right}" y2="{y:.1f}" stroke="#dfe3e8"/>'
        )
        shapes.append(_text(left - 8, y + 4, number(most * part), "quiet end"))
    for at, (_, ys) in enumerate(series):
        points = " ".join(
            f"{left + x / last * (WIDTH - left - right):.1f},{top + _LINES * (1 - y / most):.1f}"
            for x, y in zip(xs, ys, strict=True)
        )
        shapes.append(
            f'<polyline points="{points}" fill="none" stroke="{COLOURS[at % len(COLOURS)]}"'
            ' stroke-width="1.6" stroke-linejoin="round"/>'
        )
    bottom = top + _LINES + 16
    shapes.append(_text(left, bottom, "0", "quiet middle"))
    shapes.append(_text(WIDTH - right, bottom, f"{number(last)} {x_unit}", "quiet end"))
    return Panel(bottom + 14, shapes)


def write(path: Path, title: str, note: str, panels: Sequence[Panel]) -> None:
    """Write the chart: a title, a quiet line below it, and the panels."""
    y = 64.0
    parts = [_text(0, 22, title, "title"), _text(0, 42, note, "quiet")]
    for panel in panels:
        parts.append(f'<g transform="translate(0 {y:.1f})">{"".join(panel.shapes)}</g>')
        y += panel.height
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-20 -12 {WIDTH + 40} {y + 12:.0f}"'
        f' width="{WIDTH + 40}" height="{y + 12:.0f}" role="img" aria-label="{escape(title)}">'
        f'<style>{_STYLE}</style><rect x="-20" y="-12" width="100%" height="100%" fill="#fff"/>'
        f"{''.join(parts)}</svg>\n",
        "utf-8",
    )


def number(value: float) -> str:
    """Return a number as people read it: three digits that count, thousands apart."""
    if value >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.3g}"


def _round_up(value: float) -> float:
    step = 10.0 ** floor(log10(value))
    parts = (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
    return next(part * step for part in parts if part * step >= value * 0.999)


def _legend(names: Sequence[str]) -> list[str]:
    if len(names) < 2:
        return []
    shapes, x = [], float(WIDTH)
    for at in reversed(range(len(names))):
        x -= 7.2 * len(names[at]) + 26
        shapes.append(
            f'<rect x="{x:.1f}" y="7" width="10" height="10" rx="2" fill="{COLOURS[at]}"/>'
        )
        shapes.append(_text(x + 15, 16, names[at], "quiet"))
    return shapes


def _text(x: float, y: float, text: str, style: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{style}">{escape(text)}</text>'
