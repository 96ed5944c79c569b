"""Values as people read them, and files that are all there."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.template import Context, engines
from django.test import Client, RequestFactory
from django.utils import translation

from qudao.domain.catalog import queries as catalog
from qudao.fronts.design.templatetags import design
from qudao.kernel.money import Money
from qudao.kernel.page import Page, PageRequest

DESIGN = Path("qudao/fronts/design")
AT = datetime(2026, 11, 21, 16, 30, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("fen", "shown"),
    [(0, "¥0.00"), (5, "¥0.05"), (123_456_78, "¥123,456.78"), (-20_00, "−¥20.00")],
)
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_money(language: str, fen: int, shown: str) -> None:
    with translation.override(language):
        assert design.money(Money(fen)) == shown


def test_money_with_its_sign() -> None:
    assert design.money_signed(Money(20_00)) == "+¥20.00"
    assert design.money_signed(Money(-20_00)) == "−¥20.00"
    assert design.money_out(Money(20_00)) == "−¥20.00"
    assert design.money(None) == ""


@pytest.mark.parametrize(
    ("language", "style", "shown"),
    [
        ("zh-hans", "medium", "11月22日 00:30"),
        ("en", "medium", "22 Nov, 00:30"),
        ("zh-hans", "full", "2026年11月22日 00:30:05"),
        ("en", "full", "22 Nov 2026, 00:30:05"),
        ("en", "clock", "00:30"),
    ],
)
def test_times_are_on_the_markets_clock(language: str, style: str, shown: str) -> None:
    with translation.override(language):
        assert design.local_time(AT, style) == shown


def test_dates_and_numbers() -> None:
    with translation.override("zh-hans"):
        assert design.local_date(date(2026, 11, 2)) == "2026年11月2日"
        assert design.local_month(date(2026, 11, 2)) == "2026年11月"
    with translation.override("en"):
        assert design.local_date(date(2026, 11, 2)) == "2 Nov 2026"
    assert design.number("13800138000") == "138 0013 8000"
    assert design.local_day(AT) == design.local_date(date(2026, 11, 22))


def _icons() -> set[str]:
    sprite = finders.find(design.SPRITE)
    assert sprite is not None
    return set(re.findall(r'<symbol id="([\w-]+)"', Path(sprite).read_text()))


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (1, (1, 20, "", "?page=2")),
        (3, (41, 45, "?page=2", "")),
        (99, (0, 0, "?page=3", "")),
    ],
)
def test_the_way_back_from_behind_the_last_page_leads_to_it(
    number: int, shown: tuple[int, int, str, str]
) -> None:
    offset = (number - 1) * 20
    page = Page(tuple(range(45)[offset : offset + 20]), 45, PageRequest(20, offset))
    found = design.pager(Context({"request": RequestFactory().get("/")}), page)
    assert tuple(found[name] for name in ("first", "last", "previous", "next")) == shown


def test_every_icon_that_is_used_is_in_the_sprite() -> None:
    used = {business.icon for business in catalog.businesses().values()}
    for front in Path("qudao/fronts").iterdir():
        for template in front.rglob("*.html"):
            used |= set(re.findall(r'{% icon "([\w-]+)"', template.read_text()))
    assert used <= _icons()


def test_every_static_file_that_templates_name_exists() -> None:
    for front in Path("qudao/fronts").iterdir():
        for template in front.rglob("*.html"):
            for name in re.findall(r"{% static '([^']+)' %}", template.read_text()):
                assert finders.find(name), f"{template}: {name}"


def test_vendored_files_are_small_and_licensed() -> None:
    for folder in (DESIGN / "static/vendor").iterdir():
        if folder.is_dir():
            assert (folder / "LICENSE").exists()
            assert all(file.stat().st_size < 2 * 2**20 for file in folder.iterdir())
            assert f"`{folder.name}/`" in (DESIGN / "static/vendor/VENDORED.md").read_text()


@pytest.mark.parametrize("name", ["400.html", "403.html", "403_csrf.html", "404.html", "429.html"])
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_error_pages(name: str, language: str) -> None:
    with translation.override(language):
        text = engines["django"].get_template(name).render({})
    assert "<h1>" in text
    assert bool(re.search(r"<h1>[^<]*[\u4e00-\u9fff]", text)) == (language == "zh-hans")


def test_the_page_for_faults_needs_nothing_and_speaks_both() -> None:
    text = engines["django"].get_template("500.html").render()
    assert "系统出错了" in text
    assert "Something went wrong" in text


def test_no_inline_style_script_or_handler_in_any_template() -> None:
    for front in ("design", "portal", "signin"):
        for template in (Path("qudao/fronts") / front).rglob("*.html"):
            text = template.read_text()
            assert not re.search(r"\sstyle=|<style|\son[a-z]+=|javascript:", text), template
            assert not re.search(r"<script(?![^>]*\ssrc=)", text), template


@pytest.mark.django_db
def test_the_theme_is_kept_and_leads_nowhere_else() -> None:
    client = Client()
    chosen = client.post("/preferences/theme/", {"theme": "dark", "next": "/orders/"})
    assert chosen.url == "/orders/"
    assert client.cookies["qudao_theme"].value == "dark"
    away = client.post("/preferences/theme/", {"theme": "auto", "next": "https://evil.example/"})
    assert away.url == "/"
    assert client.cookies["qudao_theme"].value == ""
    assert client.get("/preferences/theme/").status_code == 405
