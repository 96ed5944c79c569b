"""The parts that scan, photograph, sign and count down, in a browser with a made-up camera."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright
from reportlab.graphics.barcode.code128 import Code128

from tests.browser.conftest import DESK, FLAGS, PHONE, SHOTS, Desk, chromium

pytestmark = [pytest.mark.browser, pytest.mark.urls("tests.browser.parts_page")]

ICCID = "89860012345678901234"


def film(path: Path) -> None:
    """Two seconds before a bar code of an ICCID, as raw video (Y4M)."""
    code = Code128(ICCID)
    code.validate()
    code.encode()
    code.decompose()
    widths = [(letter.isupper(), "abcd".index(letter.lower()) + 1) for letter in code.decomposed]
    image = Image.new("L", (640, 480), 255)
    left = (640 - 2 * sum(width for _bar, width in widths)) // 2
    for bar, width in widths:
        if bar:
            image.paste(0, (left, 190, left + 2 * width, 290))
        left += 2 * width
    grey = b"\x80" * (320 * 240)
    with path.open("wb") as file:
        file.write(b"YUV4MPEG2 W640 H480 F10:1 Ip A1:1 C420jpeg\n")
        for _frame in range(10):
            file.write(b"FRAME\n" + image.tobytes() + grey + grey)


@pytest.fixture(scope="module")
def camera_browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    path = chromium()
    if path is None:
        pytest.skip("no chromium: `apt-get install chromium` to run the browser tests")
    video = tmp_path_factory.mktemp("camera") / "code.y4m"
    film(video)
    flags = [
        *FLAGS,
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-video-capture={video}",
    ]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=flags)
        yield browser
        browser.close()


def _open(browser: Browser, url: str, query: str = "", **options: Any) -> Desk:
    context = browser.new_context(viewport=DESK, base_url=url, locale="en-GB", **options)
    desk = Desk(context, context.new_page(), "en")
    desk.page.goto(f"/parts/{query}")
    return desk


@pytest.fixture
def parts(live_server: Any, camera_browser: Browser, transactional_db: None) -> Iterator[Desk]:
    desk = _open(camera_browser, live_server.url)
    yield desk
    desk.calm()
    desk.context.close()


def _codes(page: Page) -> list[str]:
    return page.locator("[data-scan-code]").all_inner_texts()


def test_a_scanner_types(parts: Desk) -> None:
    page = parts.page
    field = page.locator("[data-scanner-input]")
    field.click()
    for code in ("A1", "B 7", "A1"):
        page.keyboard.type(code)
        page.keyboard.press("Enter")
    assert _codes(page) == ["B7", "A1"]
    status = page.locator(".q-scanner [role=status]")
    expect(status).to_have_text("A1 is in the list already.")
    expect(page.locator("[data-scanner-count]")).to_have_text("1 of 3 scanned")
    expect(page.locator(".q-scan-wrong")).to_have_count(1)
    page.get_by_role("button", name="Remove B7").click()
    assert _codes(page) == ["A1"]
    page.locator("[data-scanner-input]").evaluate(
        "(field) => { const data = new DataTransfer(); data.setData('text', 'A2\\nA3;A4 A5 A6');"
        "field.dispatchEvent(new ClipboardEvent('paste',"
        "{clipboardData: data, bubbles: true, cancelable: true})) }"
    )
    assert _codes(page) == ["A5", "A4", "A3", "A2", "A1"]
    expect(status).to_have_text("The list is full: 5 at most.")
    assert page.locator("[name=codes]").input_value() == "A1\nA2\nA3\nA4\nA5"
    parts.accessible()


def test_the_camera_reads_a_code(parts: Desk) -> None:
    page = parts.page
    page.locator("[data-scan-one] [data-scan-camera]").click()
    expect(page.locator("[name=sim]")).to_have_value(ICCID)
    expect(page.locator("#camera")).not_to_be_visible()
    page.locator("[data-scanner] [data-scan-camera]").click()
    expect(page.locator("[data-scan-code]")).to_have_text([ICCID])
    expect(page.locator("#camera")).to_be_visible()
    parts.accessible()
    page.keyboard.press("Escape")
    expect(page.locator("[data-scanner-input]")).to_be_focused()


def test_a_picture_by_camera_and_from_a_file(parts: Desk) -> None:
    page = parts.page
    front = page.locator("[data-picture]").first
    front.locator("[data-picture-shoot]").click()
    expect(page.locator("#camera")).to_have_class("q-dialog q-camera q-camera-shoots q-camera-on")
    parts.shot("parts-camera")
    page.locator("[data-camera-shoot]").click()
    expect(front.locator("[role=status]")).to_contain_text("Picture taken")
    large = io.BytesIO()
    Image.effect_noise((3000, 2000), 60).save(large, "PNG")
    page.locator("[name=face]").set_input_files(
        {"name": "face.png", "mimeType": "image/png", "buffer": large.getvalue()}
    )
    face = page.locator("[data-picture]").nth(1)
    expect(face.locator("[role=status]")).to_contain_text("Picture taken")
    assert face.locator("canvas").evaluate("(c) => [c.width, c.height]") == [1600, 1067]
    assert page.locator("[name=face]").evaluate("(i) => i.files[0].type") == "image/jpeg"
    page.locator("[name=face]").set_input_files(
        {"name": "no.png", "mimeType": "image/png", "buffer": b"no picture"}
    )
    expect(face.locator("[role=status]")).to_contain_text("no picture that can be read")


def _sign(page: Page) -> None:
    pad = page.locator("[data-signature] canvas")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 40, box["y"] + 60)
    page.mouse.down()
    for step in range(20):
        page.mouse.move(box["x"] + 40 + 10 * step, box["y"] + 60 + (step % 5) * 15)
    page.mouse.up()


def test_a_signature_is_drawn_cleared_and_sent(parts: Desk) -> None:
    page = parts.page
    _sign(page)
    drawn = page.locator("[name=drawn]").input_value()
    image = Image.open(io.BytesIO(base64.b64decode(drawn.removeprefix("data:image/png;base64,"))))
    assert image.size == (900, 450)
    assert image.convert("L").getextrema()[0] < 60, "ink on paper"
    page.locator("[data-signature-clear]").click()
    assert page.locator("[name=drawn]").input_value() == ""
    _sign(page)
    page.locator("[name=sim]").fill(ICCID)
    page.locator("[data-scanner-input]").fill("A1")
    page.locator("[data-picture-shoot]").first.click()
    page.locator("[data-camera-shoot]").click()
    expect(page.locator("[data-picture]").first.locator("[role=status]")).to_contain_text("taken")
    page.locator("#send").click()
    expect(page.locator("#said")).to_contain_text(f"sim={ICCID} codes=A1 front=")
    said = dict(pair.split("=") for pair in page.locator("#said").inner_text().split())
    assert int(said["front"]) > 1000
    assert int(said["signature"]) > 1000


def test_time_runs_out_aloud(
    live_server: Any, camera_browser: Browser, transactional_db: None
) -> None:
    # Some seconds before the minute: however long the page took to come, it is said when it passes.
    desk = _open(camera_browser, live_server.url, "?left=64")
    voice = desk.page.locator("[data-countdown] [aria-live]")
    expect(voice).to_have_text("Number held: one minute left.", timeout=20_000)
    desk.context.close()
    desk = _open(camera_browser, live_server.url, "?left=1")
    expect(desk.page.locator("[data-countdown]")).to_contain_text("The number is free again")
    desk.calm()
    desk.context.close()


def test_how_it_looks(live_server: Any, camera_browser: Browser, transactional_db: None) -> None:
    for name, viewport, scheme in (
        ("desk-light", DESK, "light"),
        ("phone-light", PHONE, "light"),
        ("phone-dark", PHONE, "dark"),
    ):
        context = camera_browser.new_context(
            viewport=viewport, base_url=live_server.url, locale="en-GB", color_scheme=scheme
        )
        desk = Desk(context, context.new_page(), "en")
        desk.page.goto("/parts/")
        desk.page.locator(".q-map-canvas canvas").wait_for()
        desk.page.locator("[data-scanner-input]").fill("A1")
        desk.page.keyboard.press("Enter")
        _sign(desk.page)
        desk.accessible()
        wide = desk.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0
        if SHOTS:
            desk.page.screenshot(path=f"{SHOTS}/parts-{name}.png", full_page=True)
            desk.complaints.clear()
        desk.calm()
        context.close()


def test_without_script(live_server: Any, camera_browser: Browser, transactional_db: None) -> None:
    desk = _open(camera_browser, live_server.url, java_script_enabled=False)
    page = desk.page
    page.locator("[name=sim]").fill(ICCID)
    page.locator("[name=codes]").fill("A1\nA2")
    picture = io.BytesIO()
    Image.new("RGB", (400, 300), "white").save(picture, "PNG")
    page.locator("[name=front]").set_input_files(
        {"name": "front.png", "mimeType": "image/png", "buffer": picture.getvalue()}
    )
    page.get_by_text("Sign by keyboard instead").click()
    page.locator("[name=typed]").fill("Wang Wu")
    page.locator("#send").click()
    expect(page.locator("#said")).to_contain_text(f"sim={ICCID} codes=A1,A2 front=")
    desk.context.close()
