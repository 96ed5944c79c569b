"""
The contract as a PDF: A4, led by the active language, with the other one beside it in small print.

The same facts give the same octets.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from functools import cache
from typing import Any, Final
from xml.sax.saxutils import escape

from django.utils import translation
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from reportlab.graphics.barcode.code128 import Code128
from reportlab.lib.colors import Color, HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.platypus import (
    CondPageBreak,
    Flowable,
    Image,
    KeepTogether,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    Table,
)

from qudao.fronts.design.templatetags.design import local_day, money
from qudao.fronts.receipts.contract.words import (
    ContractFacts,
    Text,
    person_rows,
    service_rows,
    terms_of,
)
from qudao.fronts.receipts.paper import FONT, register, use_font

RARE: Final = "NotoSansSC-Rare"
"""What the ordinary font lacks of the general standard list of characters: names."""
RAREST: Final = "STSong-Light"
"""Any other character: in the font that PDF readers bring for simplified Chinese."""
MARGIN: Final = 18 * mm
WIDTH: Final = A4[0] - 2 * MARGIN
INK: Final = HexColor(0x1B2430)
FAINT: Final = HexColor(0x6B7684)
RULE: Final = HexColor(0xC9D0D8)
SHADE: Final = HexColor(0xF3F5F8)


def contract(facts: ContractFacts) -> bytes:
    """Draw the contract (PDF), led by the active language."""
    use_font()
    _use_rare_fonts()
    buffer = io.BytesIO()
    title = f"{_both(_('Mobile service agreement'))[0]} {facts.agreement}"
    document = SimpleDocTemplate(
        buffer,
        pagesize=A4,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=12 * mm,
        bottomMargin=15 * mm,
        title=title,
        author=facts.operator,
        invariant=1,
    )

    def foot(canvas: Any, page: Any) -> None:
        canvas.saveState()
        canvas.setFont(FONT, 7)
        canvas.setFillColor(FAINT)
        canvas.drawString(MARGIN, 10 * mm, f"{facts.agreement} · {facts.outlet_code}")
        canvas.drawRightString(A4[0] - MARGIN, 10 * mm, str(canvas.getPageNumber()))
        canvas.restoreState()

    document.build(_story(facts), onFirstPage=foot, onLaterPages=foot)
    return buffer.getvalue()


def _story(facts: ContractFacts) -> list[Flowable]:
    story: list[Flowable] = [_head(facts), Spacer(1, 1 * mm)]
    story += _section(pgettext_lazy("contract", "Customer"), _rows(person_rows(facts.customer)))
    if facts.agent is not None:
        story += _section(
            _("Agent, with the customer's authorization"), _rows(person_rows(facts.agent))
        )
    if facts.guardian is not None:
        story += _section(_("Guardian"), _rows(person_rows(facts.guardian)))
    story += _section(_("Line and services"), _rows(service_rows(facts)))
    story += _section(_("Paid on signing"), _charges(facts))
    story += _section(_("Terms"), _terms(facts))
    story.append(KeepTogether([Spacer(1, 3 * mm), _signed(facts)]))
    return story


def _head(facts: ContractFacts) -> Flowable:
    main, other = _both(_("Mobile service agreement"))
    barcode = Code128(facts.agreement, barHeight=9 * mm, barWidth=0.24 * mm, quiet=False)
    left = [
        _words(facts.operator, 9, FAINT),
        _words(main, 17, leading=23),
        _words(other, 8.5, FAINT),
    ]
    right = [barcode, Spacer(1, 1.2 * mm), _words(facts.agreement, 8, FAINT, align=2)]
    table = Table([[left, right]], colWidths=[WIDTH - 66 * mm, 66 * mm])
    table.setStyle(
        [
            ("LEFTPADDING", (0, 0), (-1, -1), 0),
            ("RIGHTPADDING", (0, 0), (-1, -1), 0),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("ALIGN", (1, 0), (1, 0), "RIGHT"),
            ("LINEBELOW", (0, 0), (-1, -1), 1.2, INK),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 8),
        ]
    )
    return table


def _rows(rows: Iterable[tuple[Text, str]]) -> Flowable:
    """Two to a line, each with its label above; what is long has a line of its own."""
    lines: list[list[Any]] = []
    spans: list[tuple[Any, ...]] = []
    half = WIDTH / 2 - 3 * mm
    room = False
    for label, value in rows:
        cell = [_label(label), _words(value, 9.5, leading=12.5)]
        long = pdfmetrics.stringWidth(value, FONT, 9.5) > half
        if room and not long:
            lines[-1][1], room = cell, False
            continue
        lines.append([cell, ""])
        room = not long
        if long:
            spans.append(("SPAN", (0, len(lines) - 1), (1, len(lines) - 1)))
    table = Table(lines, colWidths=[WIDTH / 2, WIDTH / 2])
    table.setStyle([*_GRID, *spans, ("VALIGN", (0, 0), (-1, -1), "TOP")])
    return table


def _charges(facts: ContractFacts) -> Flowable:
    cells = [
        [_words(name, 9.5), _words(money(amount), 9.5, align=2)] for name, amount in facts.charges
    ]
    cells.append(
        [_label(pgettext_lazy("contract", "Sum")), _words(money(facts.total), 13, align=2)]
    )
    table = Table(cells, colWidths=[WIDTH - 45 * mm, 45 * mm])
    table.setStyle([*_GRID, ("BACKGROUND", (0, -1), (-1, -1), SHADE)])
    return table


def _terms(facts: ContractFacts) -> Flowable:
    cells = []
    for place, text in enumerate(terms_of(facts), 1):
        main, other = _both(text)
        cells.append(
            [
                _words(f"{place}.", 8.5, FAINT),
                [_words(main, 8.5, leading=11.5), _words(other, 6.8, FAINT, leading=8.6)],
            ]
        )
    table = Table(cells, colWidths=[7 * mm, WIDTH - 7 * mm])
    table.setStyle(
        [
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LEFTPADDING", (0, 0), (-1, -1), 0),
            ("RIGHTPADDING", (0, 0), (-1, -1), 0),
            ("TOPPADDING", (0, 0), (-1, -1), 1.5),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 1.5),
        ]
    )
    return table


def _signed(facts: ContractFacts) -> Flowable:
    drawn: Flowable = Spacer(1, 20 * mm)
    if facts.signature:
        drawn = Image(
            io.BytesIO(facts.signature), 80 * mm, 20 * mm, kind="proportional", mask="auto"
        )
        drawn.hAlign = "LEFT"
    signer = (
        _("Signature of the agent")
        if facts.agent is not None
        else _("Signature of the guardian")
        if facts.guardian is not None
        else _("Signature of the customer")
    )
    table = Table(
        [
            [_label(signer), _label(_("Place and date"))],
            [
                drawn,
                [
                    _words(f"{facts.outlet} ({facts.outlet_code})", 9),
                    _words(local_day(facts.signed_at), 9),
                    _label(pgettext_lazy("contract", "Handled by")),
                    _words(facts.clerk, 9),
                ],
            ],
        ],
        colWidths=[WIDTH / 2, WIDTH / 2],
        rowHeights=[None, 22 * mm],
    )
    table.setStyle(
        [
            ("BOX", (0, 0), (-1, -1), 0.6, INK),
            ("LINEAFTER", (0, 0), (0, -1), 0.4, RULE),
            ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
        ]
    )
    return table


_GRID: Final[list[tuple[Any, ...]]] = [
    ("LINEBELOW", (0, 0), (-1, -1), 0.4, RULE),
    ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
    ("LEFTPADDING", (0, 0), (-1, -1), 2),
    ("RIGHTPADDING", (0, 0), (-1, -1), 2),
    ("TOPPADDING", (0, 0), (-1, -1), 2.2),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 3.2),
]


def _section(title: Text, body: Flowable) -> list[Flowable]:
    main, other = _both(title)
    heading = Table(
        [[_words(main, 10.5), _words(other, 7.5, FAINT, align=2)]],
        colWidths=[WIDTH * 0.6, WIDTH * 0.4],
    )
    heading.setStyle(
        [
            ("BACKGROUND", (0, 0), (-1, -1), SHADE),
            ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
            ("LEFTPADDING", (0, 0), (-1, -1), 4),
            ("RIGHTPADDING", (0, 0), (-1, -1), 4),
            ("TOPPADDING", (0, 0), (-1, -1), 2),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 4),
        ]
    )
    return [CondPageBreak(30 * mm), Spacer(1, 2.5 * mm), heading, body]


def _label(text: Text) -> Flowable:
    main, other = _both(text)
    return _words(f"{main}  {other}", 7, FAINT, leading=9)


def _words(
    text: str, size: float, color: Color = INK, *, leading: float = 0, align: int = 0
) -> Flowable:
    return Paragraph(_marked(text), _style(size, color, leading or size * 1.35, align, text))


def _style(size: float, color: Color, leading: float, align: int, text: str) -> ParagraphStyle:
    chinese = any(ord(character) > 0x2E7F for character in text)
    return ParagraphStyle(
        "text",
        fontName=FONT,
        fontSize=size,
        leading=leading,
        textColor=color,
        alignment=align,
        wordWrap="CJK" if chinese else None,
    )


@cache
def _use_rare_fonts() -> None:
    register(RARE, "NotoSansSC-Rare")
    pdfmetrics.registerFont(UnicodeCIDFont(RAREST))


def _marked(text: str) -> str:
    """Return text as markup, with what the ordinary font lacks in the others."""
    known, rare = (pdfmetrics.getFont(font).face.charToGlyph for font in (FONT, RARE))
    parts = []
    for character in text:
        if ord(character) in known:
            parts.append(escape(character))
        elif ord(character) in rare:
            parts.append(f'<font name="{RARE}">{character}</font>')
        elif ord(character) <= 0xFFFF:
            parts.append(f'<font name="{RAREST}">{escape(character)}</font>')
        else:
            parts.append("〓")  # the mark of printers for a character that is not at hand
    return "".join(parts)


def _both(text: Text) -> tuple[str, str]:
    """Return a text in the active language, and in the other one."""
    with translation.override("en"):
        english = str(text)
    with translation.override("zh-hans"):
        chinese = str(text)
    if (get_language() or "").startswith("en"):
        return english, chinese
    return chinese, english
