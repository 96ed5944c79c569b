"""TM Forum's specifications as validators."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any, Final

from jsonschema import Draft4Validator, FormatChecker

FOLDER: Final = Path(__file__).parent / "data" / "tmf"


@cache
def _specification(number: int) -> dict[str, Any]:
    (path,) = FOLDER.glob(f"TMF{number}-*.swagger.json")
    return dict(json.loads(path.read_text("utf-8")))


def complaints(number: int, definition: str, body: object) -> list[str]:
    """What is wrong with a body by a definition of a specification: nothing, or each fault."""
    definitions = _specification(number)["definitions"]
    schema = {"$ref": f"#/definitions/{definition}", "definitions": definitions}
    validator = Draft4Validator(schema, format_checker=FormatChecker())
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(body)]
