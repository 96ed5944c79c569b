"""A lake's folder as files: what backups take, and whether all of it is there. Needs no engine."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Final

from qudao.platform.lake.manifests import Inputs, Manifest, Part, VersionId, manifest_from

MANIFEST: Final = "manifest.json"


def sha256_of(file: Path) -> str:
    """Return the digest of a file's content."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def folder_of(root: Path, version: VersionId) -> Path:
    """Return where a version lies."""
    return (
        root
        / version.dataset
        / f"month={version.month:%Y-%m}"
        / f"branch={version.branch}"
        / f"v{version.number:04}"
    )


def all_files(root: Path) -> list[Path]:
    """
    Return all files below a lake's folder, in order, without what is being written just now.

    Versions are renamed into their place: each is among them whole, or not at all.
    """
    found = []
    for folder, names, files in os.walk(root):
        names[:] = sorted(name for name in names if not name.startswith("."))
        found += [Path(folder, name) for name in sorted(files) if not name.startswith(".")]
    return found


def manifests(root: Path) -> Iterator[Manifest]:
    """Yield the manifests of all versions of all datasets."""
    for file in sorted(root.glob(f"*/month=*/branch=*/v[0-9]*/{MANIFEST}")):
        yield manifest_from(file.read_bytes())


def months(root: Path) -> list[date]:
    """Return the months that the lake has files of, newest first."""
    names = {folder.name.removeprefix("month=") for folder in root.glob("*/month=*")}
    return sorted((date.fromisoformat(f"{name}-01") for name in names), reverse=True)


def newest(root: Path, month: date) -> list[Manifest]:
    """Return the newest version of each file of a month, by dataset and branch."""
    found: dict[Path, Path] = {}
    for file in root.glob(f"*/month={month:%Y-%m}/branch=*/v[0-9]*/{MANIFEST}"):
        kept = found.setdefault(file.parent.parent, file)
        if _number(file) > _number(kept):
            found[file.parent.parent] = file
    return [manifest_from(found[folder].read_bytes()) for folder in sorted(found)]


def history(root: Path, dataset: str, month: date, branch: str) -> list[Manifest]:
    """Return all versions of a file, newest first; the names are a dataset's and a branch's."""
    folder = folder_of(root, VersionId(dataset, month, branch, 1)).parent
    found = sorted(folder.glob(f"v[0-9]*/{MANIFEST}"), key=_number, reverse=True)
    return [manifest_from(file.read_bytes()) for file in found]


def _number(file: Path) -> int:
    return int(file.parent.name[1:])


def damage(root: Path, part: Part) -> str:
    """Return in words what is wrong with a file, or nothing."""
    file = root / part.path
    if not file.is_file():
        return f"the lake's file {part.path} is missing"
    return "" if sha256_of(file) == part.sha256 else f"the lake's file {part.path} was altered"


def damaged(root: Path) -> list[str]:
    """Return in words which files of any version are missing, or are not what was written."""
    parts = {part.path: part for manifest in manifests(root) for part in manifest.parts}
    return [problem for part in parts.values() if (problem := damage(root, part))]


def unpinned(root: Path, pinned: Iterable[Inputs]) -> list[str]:
    """Return in words which versions that were pinned are missing, or are not what they were."""
    found = []
    for one in sorted({one for inputs in pinned for one in inputs.versions}, key=str):
        try:
            manifest = manifest_from((folder_of(root, one.version) / MANIFEST).read_bytes())
        except FileNotFoundError:
            found.append(f"the lake's version {one.version} is missing, and settlements name it")
            continue
        if manifest.digest != one.digest:
            found.append(f"the lake's version {one.version} is not the one that settlements name")
    return found
