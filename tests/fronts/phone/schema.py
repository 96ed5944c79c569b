"""
Whether a page is VoiceXML 2.1: by W3C's own schema, and by what no schema can say.

The schema is vendored beside this module (`w3c/`, with its source and licence).
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from lxml import etree

_NAMESPACE = "{http://www.w3.org/2001/vxml}"


def faults(page: bytes) -> list[str]:
    """Return what is not as it must be in a page."""
    root = etree.fromstring(page)
    schema = _schema()
    found = [] if schema.validate(root) else [str(fault) for fault in schema.error_log]
    for grammar in root.iter(f"{_NAMESPACE}grammar"):
        rules = {one.get("id") for one in grammar}
        wanted = {str(one.get("uri"))[1:] for one in grammar.iter(f"{_NAMESPACE}ruleref")}
        found += [f"no rule {name}" for name in sorted({*wanted, str(grammar.get("root"))} - rules)]
        for text in grammar.itertext():
            found += [f"{key} is no key" for key in text.split() if key not in "0123456789*#"]
    names = {one.get("name") for one in root.iter(f"{_NAMESPACE}var", f"{_NAMESPACE}field")}
    for submit in root.iter(f"{_NAMESPACE}submit"):
        found += [
            f"no variable {name}"
            for name in submit.get("namelist", "").split()
            if name not in names
        ]
    return found


@cache
def _schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(Path(__file__).parent / "w3c" / "vxml.xsd"))
