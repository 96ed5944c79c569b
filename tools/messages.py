"""
Translations: extract source strings, compile, and check that nothing is missing.

    python -m tools.messages            extract (where gettext is installed), then compile
    python -m tools.messages --compile  compile every .po to .mo with Babel
    python -m tools.messages --check    fail if a string is untranslated, fuzzy, missing or not
                                        compiled; needs no gettext
"""

from __future__ import annotations

import argparse
import ast
import io
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[1]
LANGUAGE = "zh_Hans"
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")
GETTEXTS = {"_", "gettext", "gettext_lazy", "gettext_noop"}
CONTEXTUAL = {"pgettext", "pgettext_lazy"}
PLURALS = {"ngettext", "ngettext_lazy"}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--check", action="store_true")
    mode.add_argument("--compile", action="store_true")
    options = parser.parse_args()
    if options.check:
        problems = list(check())
        print("\n".join(problems) or "translations: complete")
        return 1 if problems else 0
    if not options.compile:
        if shutil.which("xgettext") is None:
            print("gettext is not installed: compiling only")
        else:
            extract()
    for po in catalogues():
        po.with_suffix(".mo").write_bytes(compiled(load(po)))
        print(po.with_suffix(".mo").relative_to(ROOT))
    return 0


def apps() -> Iterator[Path]:
    """Every Django app of ours that speaks to people: it has a place for translations."""
    for locale in sorted((ROOT / "qudao").rglob("locale")):
        if locale.is_dir():
            yield locale.parent


def catalogues() -> Iterator[Path]:
    for app in apps():
        po = app / "locale" / LANGUAGE / "LC_MESSAGES" / "django.po"
        if po.exists():
            yield po


def load(po: Path) -> Catalog:
    with po.open("rb") as file:
        return read_po(file, locale="zh_Hans_CN")


def compiled(catalogue: Catalog) -> bytes:
    buffer = io.BytesIO()
    write_mo(buffer, catalogue)
    return buffer.getvalue()


def extract() -> None:
    """Let Django's makemessages update the .po of every app that has a locale folder."""
    for app in apps():
        subprocess.run(
            [
                sys.executable,
                "-m",
                "django",
                "makemessages",
                "--locale",
                LANGUAGE,
                "--no-location",
                "--no-obsolete",
                "--no-wrap",
                "--ignore=static/*",
                "--extension=html,txt,py",
                "--verbosity=0",
            ],
            cwd=app,
            check=True,
        )


def check() -> Iterator[str]:
    """Say what is wrong, one line each."""
    for app in apps():
        name = app.relative_to(ROOT)
        po = app / "locale" / LANGUAGE / "LC_MESSAGES" / "django.po"
        used = set(sources(app))
        if not po.exists():
            if used:
                yield f"{name}: no translations at all; run `make messages`"
            continue
        catalogue = load(po)
        known = {}
        for message in catalogue:
            if not message.id:
                continue
            singular = message.id if isinstance(message.id, str) else message.id[0]
            known[message.context, singular] = message
            text = message.string if isinstance(message.string, str) else " ".join(message.string)
            if not text.strip():
                yield f"{name}: not translated: {singular!r}"
            elif message.fuzzy:
                yield f"{name}: fuzzy: {singular!r}"
            elif set(PLACEHOLDER.findall(text)) - set(PLACEHOLDER.findall(str(message.id))):
                yield f"{name}: unknown placeholder in the translation of {singular!r}"
        for context, text in sorted(used - known.keys(), key=str):
            yield f"{name}: not in the catalogue: {text!r}{f' ({context})' if context else ''}"
        mo = po.with_suffix(".mo")
        if not mo.exists():
            yield f"{name}: not compiled; run `make messages`"
            continue
        with mo.open("rb") as file:
            stored = {(m.context, str(m.id)): m.string for m in read_mo(file) if m.id}
        wanted = {(m.context, str(m.id)): m.string for m in catalogue if m.id and m.string}
        if stored != wanted:
            yield f"{name}: the compiled file is out of date; run `make messages`"


def sources(app: Path) -> Iterator[tuple[str | None, str]]:
    """Find (context, text) of every string marked for translation in an app's files."""
    nested = [other for other in apps() if other != app and app in other.parents]
    for path in sorted(app.rglob("*")):
        if any(other in path.parents for other in nested) or "static" in path.parts:
            continue
        if path.suffix == ".py":
            yield from _python(path)
        elif path.suffix in (".html", ".txt") and "templates" in path.parts:
            yield from _template(path)


def _python(path: Path) -> Iterator[tuple[str | None, str]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        texts = [a.value for a in node.args if isinstance(a, ast.Constant)]
        if not texts or not all(isinstance(text, str) for text in texts[:1]):
            continue
        if name in GETTEXTS | PLURALS:
            yield None, texts[0]
        elif name in CONTEXTUAL:
            yield texts[0], texts[1]


TRANSLATE = re.compile(
    r"""\{%\s*trans(?:late)?\s+("[^"]*"|'[^']*')(?:\s+context\s+("[^"]*"|'[^']*'))?"""
)
BLOCK = re.compile(
    r"\{%\s*blocktrans(?:late)?\b([^%]*)%\}(.*?)\{%\s*endblocktrans(?:late)?\s*%\}", re.DOTALL
)
CONTEXT = re.compile(r"""context\s+("[^"]*"|'[^']*')""")
ARGUMENT = re.compile(r"""(_)\(("[^"]*"|'[^']*')\)""")


def _template(path: Path) -> Iterator[tuple[str | None, str]]:
    text = path.read_text()
    for literal, context in TRANSLATE.findall(text):
        yield (context[1:-1] or None) if context else None, literal[1:-1].replace("%", "%%")
    for options, body in BLOCK.findall(text):
        body = re.split(r"\{%\s*plural\s*%\}", body)[0].replace("%", "%%")
        body = re.sub(r"\{\{\s*(\w+)\s*\}\}", r"%(\1)s", body)
        if "trimmed" in options:
            body = " ".join(line.strip() for line in body.strip().splitlines())
        found = CONTEXT.search(options)
        yield found[1][1:-1] if found else None, body
    for _, literal in ARGUMENT.findall(text):
        yield None, literal[1:-1]


if __name__ == "__main__":
    sys.exit(main())
