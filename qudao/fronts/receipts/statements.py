"""A commission statement on paper: A4, as many pages as it takes."""

from __future__ import annotations

import io
from dataclasses import dataclass
from xml.sax.saxutils import escape

from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from reportlab.lib import colors
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from qudao.fronts.receipts.paper import FONT, use_font


@dataclass(frozen=True, slots=True)
class Statement:
    """A month's statement, worded."""

    place: str
    code: str
    month: str
    is_draft: bool
    """It may still change: the month is not approved."""
    rows: tuple[tuple[str, str, str, str], ...]
    """Policy, rule, lines, amount."""
    sums: tuple[tuple[str, str], ...]
    paid: str


def pdf(statement: Statement) -> bytes:
    """Draw a statement."""
    use_font()
    title = ParagraphStyle("title", fontName=FONT, fontSize=16, leading=22)
    plain = ParagraphStyle("plain", fontName=FONT, fontSize=9, leading=13, wordWrap="CJK")
    right = ParagraphStyle("right", parent=plain, alignment=TA_RIGHT)
    head = [_("Policy"), _("Rule"), pgettext("commission", "Lines"), _("Amount")]
    body = [
        [
            Paragraph(escape(policy), plain),
            Paragraph(escape(rule), plain),
            Paragraph(lines, right),
            Paragraph(escape(str(amount)), right),
        ]
        for policy, rule, lines, amount in statement.rows
    ]
    heads = [
        Paragraph(escape(one), plain if place < 2 else right) for place, one in enumerate(head)
    ]
    table = Table([heads, *body], colWidths=[60 * mm, 60 * mm, 20 * mm, 34 * mm], repeatRows=1)
    table.setStyle(
        TableStyle(
            [
                ("LINEBELOW", (0, 0), (-1, 0), 0.8, colors.black),
                ("LINEBELOW", (0, 1), (-1, -1), 0.25, colors.lightgrey),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ]
        )
    )
    sums = Table(
        [
            [Paragraph(escape(label), plain), Paragraph(escape(amount), right)]
            for label, amount in (*statement.sums, (_("Paid out"), statement.paid))
        ],
        colWidths=[80 * mm, 34 * mm],
        hAlign="RIGHT",
    )
    sums.setStyle(TableStyle([("LINEABOVE", (0, -1), (-1, -1), 0.8, colors.black)]))
    told = f"{statement.place} · {statement.code}"
    story = [
        Paragraph(escape(f"{_('Commission statement')} · {statement.month}"), title),
        Paragraph(escape(told), plain),
        *(
            [Paragraph(escape(_("The month is not approved yet: it may change.")), plain)]
            if statement.is_draft
            else []
        ),
        Spacer(1, 6 * mm),
        table,
        Spacer(1, 6 * mm),
        sums,
    ]
    buffer = io.BytesIO()
    margins = {name: 18 * mm for name in ("leftMargin", "rightMargin", "topMargin")}
    SimpleDocTemplate(
        buffer,
        pagesize=A4,
        title=f"{_('Commission statement')} {statement.month}",
        author=statement.place,
        **margins,
    ).build(story)
    return buffer.getvalue()
