"""
What was not loaded of all that others dropped, for whoever words it: extracts that were refused, by
notes beside their files; rows that were put aside, by files in the lake. Needs no engine.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import datetime
from itertools import islice
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import msgspec

from qudao.kernel.refusals import Refusal
from qudao.platform.lake import refusals
from qudao.platform.lake.extracts import types
from qudao.platform.lake.extracts.types import CONTROL, BrokenRow, RowProblem
from qudao.platform.lake.manifests import Manifest

FOLDER: Final = "refused"
_NOTE: Final = ".refusal.json"
_BRANCH: Final = re.compile(r"[1-9][0-9]{1,3}")
_MONTH: Final = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True)
class RefusedExtract:
    """An extract that was refused."""

    at: datetime
    control: str
    """Name of its control file."""
    month: str
    """YYYY-MM; nothing where the control file does not say it."""
    branch: str
    """Division code; nothing where the control file does not say it."""
    code: str
    refusal: Refusal | None
    """None: it is of a kind that is refused no more."""


class _Note(msgspec.Struct):
    at: datetime
    control: str
    month: str
    branch: str
    code: str
    fields: dict[str, Any]


def note(control_file: Path, refusal: Refusal, at: datetime) -> None:
    """Note why an extract is refused, while its control file still lies where it was dropped."""
    given = _given(control_file)
    made = _Note(
        at,
        control_file.name,
        _matching(_MONTH, given.get("month")),
        _matching(_BRANCH, given.get("branch")),
        refusal.code,
        {field.name: getattr(refusal, field.name) for field in fields(refusal)},  # type: ignore[arg-type]
    )
    folder = control_file.parent / FOLDER
    folder.mkdir(mode=0o770, exist_ok=True)
    stem = control_file.name.removesuffix(CONTROL)
    (folder / f"{at:%Y%m%dT%H%M%S}-{stem}{_NOTE}").write_bytes(msgspec.json.encode(made))


def noted(drop: Path) -> Iterator[RefusedExtract]:
    """Yield what was refused in a drop folder, the newest first."""
    for file in sorted((drop / FOLDER).glob(f"*{_NOTE}"), reverse=True):
        one = msgspec.json.decode(file.read_bytes(), type=_Note)
        kind = _KINDS.get(one.code)
        try:
            refusal = None if kind is None else msgspec.convert(one.fields, kind)
        except msgspec.ValidationError:  # such refusals say something else by now
            refusal = None
        yield RefusedExtract(one.at, one.control, one.month, one.branch, one.code, refusal)


def rows_aside(root: Path, manifest: Manifest, most: int | None = None) -> Iterator[BrokenRow]:
    """Yield the first rows that were put aside when a version was made, or all of them."""
    name = manifest.details.get("quarantine", "")
    if not name or not (root / name).is_file():
        return
    with (root / name).open(encoding="utf-8", newline="") as file:
        for row in islice(csv.DictReader(file), most):
            number = int(row.pop("row"))
            if "reason" in row:  # as it was written before there were codes
                yield BrokenRow(number, RowProblem.NOTED, value=row["reason"])
            else:
                yield BrokenRow(number, RowProblem(row.pop("problem")), **row)


def _given(control_file: Path) -> dict[str, Any]:
    try:
        return msgspec.json.decode(control_file.read_bytes(), type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {}


def _matching(pattern: re.Pattern[str], value: object) -> str:
    return value if isinstance(value, str) and pattern.fullmatch(value) else ""


def _refusals(module: ModuleType) -> Iterator[type[Refusal]]:
    for one in vars(module).values():
        if isinstance(one, type) and issubclass(one, Refusal) and one is not Refusal:
            yield one


_KINDS: Final = {kind.code: kind for module in (types, refusals) for kind in _refusals(module)}
