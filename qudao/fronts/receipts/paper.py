"""Receipts on paper: what is set on them, and the PDF for a printer of 80 mm."""

from __future__ import annotations

import gzip
import io
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from reportlab.graphics.barcode.code128 import Code128
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

FONT = "NotoSansSC"
WIDTH = 80 * mm
"""Paper of a receipt printer."""
MARGIN = 6 * mm
LEADING = 5.2 * mm


@dataclass(frozen=True, slots=True)
class Paper:
    """A receipt, worded."""

    place: str
    title: str
    number: str
    copy: str
    """Empty on the first printing."""
    lines: tuple[tuple[str, str], ...]
    paid_label: str
    paid: str
    verdict: str
    foot: str


def copy_mark(prints: int) -> str:
    """Return what marks a copy, in both languages whoever prints it; empty on the first."""
    return f"补打 REPRINT {prints - 1}" if prints > 1 else ""


def pdf(paper: Paper) -> bytes:
    """Draw a receipt 80 mm wide, as long as it needs to be."""
    use_font()
    wrapped = [
        (label, _wrapped(value, 9, WIDTH - 2 * MARGIN - 24 * mm)) for label, value in paper.lines
    ]
    verdict = _wrapped(paper.verdict, 9, WIDTH - 2 * MARGIN)
    foot = _wrapped(paper.foot, 7, WIDTH - 2 * MARGIN)
    place = _wrapped(paper.place, 13, WIDTH - 2 * MARGIN)
    rows = sum(len(value) for _label, value in wrapped) + len(verdict) + len(foot) + len(place)
    height = rows * LEADING + (71 if paper.copy else 63) * mm
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=(WIDTH, height), pageCompression=1)
    canvas.setTitle(f"{paper.title} {paper.number}")
    canvas.setAuthor(paper.place)
    y = height - 11 * mm
    for line in place:
        canvas.setFont(FONT, 13)
        canvas.drawCentredString(WIDTH / 2, y, line)
        y -= 6 * mm
    canvas.setFont(FONT, 9)
    canvas.drawCentredString(WIDTH / 2, y, paper.title)
    if paper.copy:
        y -= 8 * mm
        half = pdfmetrics.stringWidth(paper.copy, FONT, 11) / 2 + 3 * mm
        canvas.roundRect(WIDTH / 2 - half, y - 2 * mm, 2 * half, 7 * mm, 1.5 * mm)
        canvas.setFont(FONT, 11)
        canvas.drawCentredString(WIDTH / 2, y, paper.copy)
    y = _rule(canvas, y - 4 * mm)
    for label, values in wrapped:
        canvas.setFont(FONT, 9)
        canvas.setFillGray(0.35)
        canvas.drawString(MARGIN, y, label)
        canvas.setFillGray(0)
        for value in values:
            canvas.drawRightString(WIDTH - MARGIN, y, value)
            y -= LEADING
    y = _rule(canvas, y + 1.5 * mm)
    canvas.setFont(FONT, 9)
    canvas.drawString(MARGIN, y - 1 * mm, paper.paid_label)
    canvas.setFont(FONT, 16)
    canvas.drawRightString(WIDTH - MARGIN, y - 1.5 * mm, paper.paid)
    y = _rule(canvas, y - 5 * mm)
    canvas.setFont(FONT, 9)
    for line in verdict:
        canvas.drawCentredString(WIDTH / 2, y, line)
        y -= LEADING
    barcode = Code128(paper.number, barHeight=10 * mm, barWidth=0.26 * mm, quiet=False)
    y -= 8 * mm
    barcode.drawOn(canvas, (WIDTH - barcode.width) / 2, y)
    y -= 4.5 * mm
    canvas.setFont(FONT, 9)
    canvas.drawCentredString(WIDTH / 2, y, paper.number)
    y -= 7 * mm
    canvas.setFillGray(0.35)
    canvas.setFont(FONT, 7)
    for line in foot:
        canvas.drawCentredString(WIDTH / 2, y, line)
        y -= 4 * mm
    canvas.showPage()
    canvas.save()
    return buffer.getvalue()


@cache
def use_font() -> None:
    """Register the carried font once: it has every character of GB 2312 and Latin-1."""
    register(FONT, "NotoSansSC-GB2312")


def register(name: str, file: str) -> None:
    """Register a carried font under a name."""
    packed = resources.files("qudao.fronts.receipts") / "fonts" / f"{file}.ttf.gz"
    pdfmetrics.registerFont(TTFont(name, io.BytesIO(gzip.decompress(packed.read_bytes()))))


def _rule(canvas: Any, y: float) -> float:
    canvas.saveState()
    canvas.setDash(1, 2)
    canvas.setLineWidth(0.5)
    canvas.line(MARGIN, y, WIDTH - MARGIN, y)
    canvas.restoreState()
    return float(y - 6 * mm)


def _wrapped(text: str, size: float, width: float) -> list[str]:
    """Break a text to a width: between words, or between any two Chinese characters."""
    lines, line = [], ""
    for part in _parts(text):
        if line and pdfmetrics.stringWidth(line + part.rstrip(), FONT, size) > width:
            lines.append(line.rstrip())
            line = part.lstrip()
        else:
            line += part
    return [*lines, line.rstrip()] if line.strip() or not lines else lines


def _parts(text: str) -> list[str]:
    parts: list[str] = []
    for character in text:
        wide = ord(character) > 0x2E7F
        if parts and not wide and not parts[-1].endswith(" ") and ord(parts[-1][-1]) <= 0x2E7F:
            parts[-1] += character
        else:
            parts.append(character)
    return parts
