"""The receipt as a PDF: Chinese is set, a copy is marked, the number is there."""

from __future__ import annotations

import io
import shutil
import subprocess
from dataclasses import replace

import pytest
from reportlab.pdfbase import pdfmetrics

from qudao.fronts.receipts import paper as receipts

PAPER = receipts.Paper(
    place="郑州市中原区建设西路特约代理点",
    title="收据",
    number="26112200000002630",
    copy="",
    lines=(
        ("业务", "充值"),
        ("客户号码", "138 0000 0000"),
        ("产品", "一个名字很长很长的流量包套餐，含省内流量与国内流量共计三十吉字节"),
    ),
    paid_label="实收",
    paid="¥50.00",
    verdict="运营商已办理成功。",
    foot="请妥善保管本收据，如有疑问请凭收据号拨打客服热线。",
)


def _text(pdf: bytes) -> str:
    if shutil.which("pdftotext") is None:
        pytest.skip("no pdftotext: `apt-get install poppler-utils` to read PDFs back")
    done = subprocess.run(
        ["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True
    )
    return done.stdout.decode()


def test_words_come_out_of_the_pdf() -> None:
    text = _text(receipts.pdf(PAPER))
    for words in ("充值", "138 0000 0000", "¥50.00", "26112200000002630", "实收"):
        assert words in text
    assert "补打" not in text


def test_a_copy_says_so() -> None:
    text = _text(receipts.pdf(replace(PAPER, copy="补打 REPRINT 1")))
    assert "补打 REPRINT 1" in text


def test_the_font_has_every_character_of_gb_2312() -> None:
    receipts.use_font()
    known = pdfmetrics.getFont(receipts.FONT).face.charToGlyph
    common = (bytes((h, low)) for h in range(0xB0, 0xF8) for low in range(0xA1, 0xFF))
    missing = [
        character
        for pair in common
        if (character := pair.decode("gb2312", "ignore")) and ord(character) not in known
    ]
    assert missing == []


def test_long_words_are_broken_within_the_paper() -> None:
    receipts.use_font()
    for line in receipts._wrapped(PAPER.lines[2][1] * 3, 9, 120):
        assert pdfmetrics.stringWidth(line, receipts.FONT, 9) <= 120
    assert receipts._wrapped("two words", 9, 500) == ["two words"]
    assert io.BytesIO(receipts.pdf(PAPER)).read(5) == b"%PDF-"
