"""Translations: `update` adds new texts to the .po files, `compile` makes the .mo files, `check`
says what is not translated, not compiled, or translated in two ways.

Each package with a folder `locale` holds the translations of the texts below it. Source texts are
English, so zh_Hans is the only translation.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import django
from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path("qudao")
PO = Path("locale/zh_Hans/LC_MESSAGES/django.po")
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "gettext_lazy": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext_lazy": ((1, "c"), 2, 3),
    "gettext_noop": None,
}
Key = tuple[str | None, str]


def catalogs() -> list[Path]:
    return sorted(ROOT.rglob(str(PO)))


def texts(file: Path) -> Iterator[tuple[int, str | tuple[str, ...], str | None]]:
    """The texts of one source file: line, text (or singular and plural), context."""
    source = file.read_text("utf-8")
    if file.suffix != ".py":
        from django.utils.translation.template import templatize

        source = templatize(source)
    stream = io.BytesIO(source.encode())
    for line, text, _, context in extract(
        "python", stream, KEYWORDS, options={"encoding": "utf-8"}
    ):
        if text and (text if isinstance(text, str) else text[0]):
            yield line, text, context


def sources() -> Iterator[Path]:
    for pattern in ("*.py", "*.html", "*.txt"):
        for path in sorted(ROOT.rglob(pattern)):
            if pattern == "*.py" or "templates" in path.parts:
                yield path


def home_of(source: Path) -> Path | None:
    """The .po file a source's texts belong to: the nearest folder above with `locale`."""
    for folder in source.parents:
        if (folder / "locale").is_dir():
            return folder / PO
    return None


def load(path: Path) -> Catalog:
    if not path.exists():
        return Catalog(locale="zh_Hans", domain="django", project="qudao", fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale="zh_Hans", domain="django")


def compiled(catalog: Catalog) -> bytes:
    # Babel puts the present moment where a header names none: the same texts, the same bytes.
    catalog.creation_date = catalog.revision_date = datetime(2000, 1, 1, tzinfo=UTC)
    stream = io.BytesIO()
    write_mo(stream, catalog)
    return stream.getvalue()


def known_elsewhere() -> set[Key]:
    """What is translated by Django and the other packages, or by any of our compiled catalogues."""
    from django.utils.translation import trans_real

    found: set[Key] = set()
    for key, _ in trans_real.translation("zh-hans")._catalog.items():  # type: ignore[attr-defined]
        text = key[0] if isinstance(key, tuple) else key
        context, mark, plain = text.partition("\x04")
        found.add((context, plain) if mark else (None, text))
    return found


def missing() -> Iterator[tuple[Path, int, str | tuple[str, ...], str | None]]:
    """Texts that nobody translates."""
    ours: set[Key] = set()
    for path in catalogs():
        for message in load(path):
            if message.id and message.string and all(message.string) and not message.fuzzy:
                first = message.id if isinstance(message.id, str) else message.id[0]
                ours.add((message.context, first))
    known = ours | known_elsewhere()
    for source in sources():
        for line, text, context in texts(source):
            first = text if isinstance(text, str) else text[0]
            if (context, first) not in known:
                yield source, line, text, context


def contradictions(paths: Iterable[Path]) -> Iterator[str]:
    """Texts that two catalogues translate differently.

    Django merges all catalogues: one of the translations wins on every page, the other is shown
    nowhere.
    """
    said: dict[tuple[Key, bool], tuple[Path, object]] = {}
    for path in paths:
        for message in load(path):
            if not message.id:
                continue
            plural = not isinstance(message.id, str)
            first = message.id[0] if plural else message.id
            key = (message.context, first), plural
            other, translation = said.setdefault(key, (path, message.string))
            if translation != message.string:
                context = f" (context {message.context!r})" if message.context else ""
                yield (
                    f"{path}: {first!r}{context} is {message.string!r} here and {translation!r} in "
                    f"{other}; give the special one a context"
                )


def update() -> int:
    added = 0
    changed: dict[Path, Catalog] = {}
    for source, line, text, context in missing():
        home = home_of(source)
        if home is None:
            print(f"{source}:{line}: no folder `locale` above it")
            continue
        catalog = changed.setdefault(home, load(home))
        added += catalog.get(text, context) is None
        catalog.add(text, locations=[(str(source), line)], context=context)
    for path, catalog in changed.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            write_po(file, catalog, width=100, include_lineno=False, sort_output=True)
    print(f"{added} texts added to {len(changed)} files")
    return 0


def compile_all() -> int:
    for path in catalogs():
        path.with_suffix(".mo").write_bytes(compiled(load(path)))
    return 0


def check() -> int:
    faults = []
    for path in catalogs():
        catalog = load(path)
        for message in catalog:
            if message.id and (not message.string or not all(message.string) or message.fuzzy):
                faults.append(f"{path}: not translated: {message.id!r}")
        mo = path.with_suffix(".mo")
        if not mo.exists() or mo.read_bytes() != compiled(catalog):
            faults.append(f"{path}: not compiled; run `make messages`")
    for source, line, text, _ in missing():
        faults.append(f"{source}:{line}: no translation: {text!r}")
    faults += contradictions(catalogs())
    print("\n".join(faults) if faults else "translations: complete and compiled")
    return bool(faults)


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qudao.site.settings")
    django.setup()
    actions = {"update": update, "compile": compile_all, "check": check}
    if len(sys.argv) != 2 or sys.argv[1] not in actions:
        print(f"usage: python -m tools.messages {'|'.join(actions)}")
        return 2
    return actions[sys.argv[1]]()


if __name__ == "__main__":
    sys.exit(main())
