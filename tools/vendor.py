"""
Refresh the browser files and the font that the repository carries, from their npm packages.

`python -m tools.vendor [PACKAGE…]` packs each package (or those named) with npm, copies the built
files that we serve, draws the icon sprite from the icons named below, and cuts the receipt font
down to GB 2312. Nothing in the build or at run time needs it: run it only to move to another
version.
"""

from __future__ import annotations

import gzip
import io
import json
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DESIGN = ROOT / "qudao/fronts/design/static/vendor"
RECEIPT_FONTS = ROOT / "qudao/fronts/receipts/fonts"
TEST_DATA = ROOT / "tests/data"

ICONS = """
adjustments-horizontal alert-circle alert-triangle arrow-back-up arrow-bar-to-down arrow-down
arrow-down-left arrow-left arrow-right arrow-up arrow-up-right arrows-exchange backspace ban
barcode bell bell-ringing bolt box building-bank building-store building-warehouse calendar
calendar-due calendar-time camera camera-off camera-rotate cash chart-bar check chevron-down
chevron-left chevron-right chevron-up circle-check circle-dashed circle-x clipboard-check
clipboard-list clock clock-pause clock-x coins contrast copy corner-down-left credit-card
currency-yuan device-desktop device-laptop device-mobile device-mobile-dollar device-mobile-heart
device-sim diamond download eraser eye eye-off face-id file-check file-invoice file-spreadsheet
file-text file-type-csv file-type-pdf filter fingerprint focus-2 gift hand-stop hash headphones
help-circle history home hourglass hourglass-empty id info-circle key keyboard language list-check
list-details lock lock-open login logout mail map map-pin menu-2 minus moon numbers package
package-export package-import package-off packages pencil percentage photo photo-check
player-pause player-play plus point printer progress-check qrcode receipt receipt-refund refresh
replace report-money rotate-clockwise route scale scan search send settings shield-check
shopping-bag shopping-cart signature snowflake stack-2 star sun switch-horizontal tag thumb-down
thumb-up ticket transfer-in transfer-out trash trending-up truck truck-delivery truck-return
upload user user-check user-circle user-minus user-plus user-shield users users-group wallet world
writing-sign x zoom-question
"""


@dataclass(frozen=True)
class Package:
    """An npm package, the version that we carry, and its files: (inside the package, ours)."""

    name: str
    version: str
    licence: str
    target: Path
    files: tuple[tuple[str, str], ...]


PACKAGES = (
    Package(
        "@tabler/core",
        "1.6.1",
        "MIT",
        DESIGN / "tabler-core-1.6.1",
        (("dist/css/tabler.min.css", "tabler.min.css"),),
    ),
    Package(
        "@tabler/icons",
        "3.51.0",
        "MIT",
        DESIGN / "tabler-icons-3.51.0",
        (("LICENSE", "LICENSE"),),
    ),
    Package(
        "htmx.org",
        "2.0.11",
        "0BSD",
        DESIGN / "htmx-2.0.11",
        (("LICENSE", "LICENSE"), ("dist/htmx.min.js", "htmx.min.js")),
    ),
    Package(
        "echarts",
        "6.1.0",
        "Apache-2.0",
        DESIGN / "echarts-6.1.0",
        (
            ("LICENSE", "LICENSE"),
            ("NOTICE", "NOTICE"),
            ("dist/echarts.min.js", "echarts.min.js"),
        ),
    ),
    Package(
        "echarts",
        "4.9.0",
        "Apache-2.0",
        DESIGN / "echarts-maps-4.9.0",
        (
            ("LICENSE", "LICENSE"),
            ("NOTICE", "NOTICE"),
            ("map/json/province/henan.json", "henan.json"),
        ),
    ),
    Package(
        "bpmn-js",
        "18.31.1",
        "bpmn.io",
        DESIGN / "bpmn-js-18.31.1",
        (
            ("LICENSE", "LICENSE"),
            ("dist/bpmn-viewer.production.min.js", "bpmn-viewer.min.js"),
            ("dist/assets/diagram-js.css", "diagram-js.css"),
            ("dist/assets/bpmn-js.css", "bpmn-js.css"),
        ),
    ),
    Package(
        "@zxing/library",
        "0.23.0",
        "Apache-2.0",
        DESIGN / "zxing-library-0.23.0",
        (("LICENSE", "LICENSE"), ("umd/index.min.js", "zxing.min.js")),
    ),
    Package(
        "axe-core",
        "4.14.1",
        "MPL-2.0",
        TEST_DATA / "axe-core-4.14.1",
        (("LICENSE", "LICENSE"), ("axe.min.js", "axe.min.js")),
    ),
    Package(
        "@expo-google-fonts/noto-sans-sc",
        "0.4.3",
        "OFL-1.1",
        RECEIPT_FONTS,
        (("LICENSE_FONT", "LICENSE"),),
    ),
)


def main(wanted: list[str]) -> int:
    with tempfile.TemporaryDirectory() as folder:
        for package in PACKAGES:
            if wanted and package.name not in wanted:
                continue
            source = _unpack(package, Path(folder))
            package.target.mkdir(parents=True, exist_ok=True)
            for inside, ours in package.files:
                shutil.copyfile(source / inside, package.target / ours)
            match package.name:
                case "@tabler/core":
                    _tabler(package.target)
                case "@tabler/icons":
                    _sprite(source / "icons/outline", package.target / "sprite.svg")
                case "@expo-google-fonts/noto-sans-sc":
                    _font(source / "400Regular/NotoSansSC_400Regular.ttf", package.target)
            print(f"{package.name} {package.version} -> {package.target.relative_to(ROOT)}")
    return 0


def _unpack(package: Package, folder: Path) -> Path:
    done = subprocess.run(
        ["npm", "pack", "--silent", "--json", f"{package.name}@{package.version}"],
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    )
    answer = json.loads(done.stdout)
    name = answer[0]["filename"] if isinstance(answer, list) else answer["filename"]
    archive = folder / name.replace("@", "").replace("/", "-")
    target = folder / archive.stem
    with tarfile.open(archive) as tar:
        tar.extractall(target, filter="data")
    return Path(target, "package")


def _tabler(target: Path) -> None:
    """Drop the pointer to a source map that we do not carry; write the licence out in full."""
    css = target / "tabler.min.css"
    text = re.sub(r"/\*# sourceMappingURL=.*?\*/\s*$", "", css.read_text())
    css.write_text(text)
    (target / "LICENSE").write_text(TABLER_LICENCE)


def _sprite(icons: Path, target: Path) -> None:
    symbols = []
    for name in sorted(ICONS.split()):
        text = (icons / f"{name}.svg").read_text()
        paths = re.findall(r"<(?:path|circle|rect|line|polyline)\b[^>]*/>", text)
        drawn = "".join(re.sub(r"\s+", " ", path) for path in paths if "M0 0h24v24H0z" not in path)
        symbols.append(
            f'<symbol id="{name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" '
            f'stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round">{drawn}</symbol>'
        )
    body = "\n".join(symbols)
    target.write_text(f'<svg xmlns="http://www.w3.org/2000/svg">\n{body}\n</svg>\n')


def _characters() -> Iterator[int]:
    yield from range(0x20, 0x7F)
    yield from range(0xA0, 0x100)
    yield from map(ord, "•…—–‘’“”¥€™→←↑↓×÷≤≥№")
    for high in range(0xA1, 0xF8):
        for low in range(0xA1, 0xFF):
            try:
                yield ord(bytes((high, low)).decode("gb2312"))
            except (UnicodeDecodeError, TypeError):
                continue


def _rare() -> list[int]:
    """
    Characters of the general standard list (通用规范汉字表, State Council, 2013) outside GB 2312:
    names given since then may hold them.
    """
    return [ord(one) for one in Path(__file__).with_name("rare_characters.txt").read_text().strip()]


def _font(source: Path, target: Path) -> None:
    cut = {"GB2312": _characters(), "Rare": _rare()}
    for name, characters in cut.items():
        file = target / f"NotoSansSC-{name}.ttf.gz"
        file.write_bytes(gzip.compress(_cut(source, name, characters), mtime=0))


def _cut(source: Path, name: str, characters: Iterable[int]) -> bytes:
    from fontTools import subset  # type: ignore[import-not-found]  # not in the lock: rare

    options = subset.Options()
    options.layout_features = []
    options.hinting = False
    options.glyph_names = False
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
    options.notdef_outline = True
    options.drop_tables += ["GSUB", "GPOS", "GDEF", "BASE", "vhea", "vmtx", "STAT", "DSIG"]
    font = subset.load_font(str(source), options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=sorted({code for code in characters if code > 0x1F}))
    subsetter.subset(font)
    # The licence reserves no name for this family; the suffix says all the same that it is cut.
    for record in font["name"].names:
        if record.nameID in (1, 4):
            record.string = f"{record.toUnicode()} {name}"
        if record.nameID == 6 and name != "GB2312":
            # A PDF tells fonts apart by this.
            record.string = f"{record.toUnicode()}-{name}"
    buffer = io.BytesIO()
    font.save(buffer)
    return buffer.getvalue()


TABLER_LICENCE = """MIT License

Copyright (c) 2018-2026 The Tabler Authors
Copyright (c) 2018-2026 codecalm.net Paweł Kuna

Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.
"""

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
