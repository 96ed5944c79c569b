"""
The lake: datasets as versions of Parquet files by month and branch.

    <lake>/<dataset>/month=2026-10/branch=4101/v0001/part-000.parquet
                                                    /manifest.json

A version is written aside and renamed, so it is there whole or not at all; nobody changes it after.
A later version supersedes it; its manifest may keep files of earlier ones.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import ibis
import pyarrow as pa

from qudao.platform.lake import exact
from qudao.platform.lake.dataset import FACT, Dataset, datasets
from qudao.platform.lake.engine import Engine, Prepared, columns_with_nulls, connect, file_problem
from qudao.platform.lake.files import MANIFEST, damage, folder_of
from qudao.platform.lake.fingerprints import fingerprint
from qudao.platform.lake.manifests import (
    Input,
    Inputs,
    Manifest,
    VersionId,
    inputs_of,
    manifest_from,
    to_json,
)
from qudao.platform.lake.numbering import highest_place, numbered
from qudao.platform.lake.parts import part_of
from qudao.platform.lake.refusals import (
    NotTheDataset,
    VersionChanged,
    VersionMissing,
    VersionTaken,
)

if TYPE_CHECKING:
    from ibis import Table


class Lake:
    """A folder of datasets, and an engine that reads them."""

    def __init__(self, root: Path, engine: Engine) -> None:
        self.root = root
        self.engine = engine
        self._summing: dict[tuple[Dataset, tuple[str, ...]], Prepared] = {}

    # -- reading

    def read(
        self,
        dataset: Dataset | str,
        *,
        months: Collection[date] | None = None,
        branches: Collection[str] | None = None,
        versions: Inputs | None = None,
    ) -> Table:
        """
        Return a dataset's rows of these months and branches (None: of all), newest versions.

        With `versions`, exactly the versions that were pinned, and nothing of files that were not.

        :raises VersionMissing: if a pinned version is gone.
        :raises VersionChanged: if a pinned version is not what it was.
        """
        one = _known(dataset)
        found = self.manifests(one, months=months, branches=branches, versions=versions)
        files = [self.root / part.path for manifest in found for part in manifest.parts]
        return self.engine.scan(files, one.types)

    def read_months(
        self,
        dataset: Dataset | str,
        months: Mapping[int, date],
        *,
        number: str,
        branches: Collection[str] | None = None,
        versions: Inputs | None = None,
    ) -> Table:
        """Return a dataset's rows of several months, each with its month's number in a column."""
        one = _known(dataset)
        parts = {
            each: [
                self.root / part.path
                for manifest in self.manifests(
                    one, months=[month], branches=branches, versions=versions
                )
                for part in manifest.parts
            ]
            for each, month in months.items()
        }
        return self.engine.stacked(parts, one.types, number)

    def manifests(
        self,
        dataset: Dataset | str,
        *,
        months: Collection[date] | None = None,
        branches: Collection[str] | None = None,
        versions: Inputs | None = None,
    ) -> tuple[Manifest, ...]:
        """Return what `read` would read, by month and branch."""
        one = _known(dataset)
        if versions is None:
            return tuple(
                self.manifest(VersionId(one.name, month, branch, numbers[-1]))
                for month, branch, numbers in self._files(one, months, branches)
            )
        wanted = [
            pinned
            for pinned in versions.versions
            if pinned.version.dataset == one.name
            and (months is None or pinned.version.month in months)
            and (branches is None or pinned.version.branch in branches)
        ]
        found = []
        for pinned in wanted:
            manifest = self.manifest(pinned.version)
            if manifest.digest != pinned.digest:
                raise VersionChanged(str(pinned.version))
            found.append(manifest)
        return tuple(found)

    def manifest(self, version: VersionId) -> Manifest:
        """Return the manifest of one version. :raises VersionMissing: if there is none."""
        try:
            return manifest_from((self._version(version) / MANIFEST).read_bytes())
        except FileNotFoundError:
            raise VersionMissing(str(version)) from None

    def history(self, dataset: Dataset | str, month: date, branch: str) -> tuple[Manifest, ...]:
        """Return all versions of a file, oldest first."""
        one = _known(dataset)
        return tuple(
            self.manifest(VersionId(one.name, month, branch, number))
            for _, _, numbers in self._files(one, [month], [branch])
            for number in numbers
        )

    def pin(
        self,
        *months: date,
        names: Iterable[str] | None = None,
        branches: Collection[str] | None = None,
    ) -> Inputs:
        """Return the newest versions of these datasets (None: all) in these months."""
        return inputs_of(
            Input(manifest.version, manifest.digest)
            for name in (datasets if names is None else names)
            for manifest in self.manifests(name, months=months, branches=branches)
        )

    def months(self, dataset: Dataset | str) -> tuple[date, ...]:
        """Return the months that a dataset has, oldest first."""
        return tuple(sorted({month for month, _, _ in self._files(_known(dataset), None, None)}))

    def branches(self, dataset: Dataset | str, month: date) -> tuple[str, ...]:
        """Return the branches that a dataset has in a month."""
        return tuple(branch for _, branch, _ in self._files(_known(dataset), [month], None))

    def fingerprint(self, table: Table) -> str:
        """Return what stands for a table's content, the same on every engine and in any order."""
        return fingerprint(self.engine.batches(table))

    def damaged(self, *, months: Collection[date] | None = None) -> list[str]:
        """Return in words which files of any version are missing, or are not what was written."""
        found: dict[str, str] = {}
        for name in sorted(datasets):
            for month, branch, numbers in self._files(datasets[name], months, None):
                for number in numbers:
                    for part in self.manifest(VersionId(name, month, branch, number)).parts:
                        if part.path not in found:
                            found[part.path] = damage(self.root, part)
        return [problem for problem in found.values() if problem]

    # -- writing

    def write(
        self,
        table: Table,
        dataset: Dataset | str,
        *,
        month: date,
        branch: str,
        at: datetime,
        source: str,
        day: date | None = None,
        lineage: Sequence[str] = (),
        ordered: bool = True,
        as_given: bool = False,
        details: dict[str, str] | None = None,
        by: Sequence[str] = (),
        tell: Callable[[pa.Table], object] = lambda sums: None,
    ) -> Manifest:
        """
        Write the next version of a file, and return its manifest.

        `month` and `branch` are put onto the rows. With `day` the rows are that business day's:
        the other days' files are kept from the version before. Rows of a numbered dataset need no
        numbers: those whose key an earlier version had keep theirs, others get the next ones.
        `ordered=False` lets an engine write several files at once, in any order: for results that
        nobody looks up by outlet. `as_given=True` says that the rows come in the dataset's order.
        What was written is read once, for its rows and totals; `tell` gets them `by` columns.

        :raises NotTheDataset: if the columns are not the dataset's.
        :raises VersionTaken: if somebody else wrote the next version meanwhile.
        """
        one = _known(dataset)
        assert month.day == 1, month
        before = self.history(one, month, branch)
        number = before[-1].number + 1 if before else 1
        version = VersionId(one.name, month, branch, number)
        places = before[-1].places if before else 0
        fixed: dict[str, date | str] = {"month": month, "branch": branch}
        table = table.drop(*(name for name in fixed if name in table.columns))
        if one.numbered and FACT not in table.columns:
            table = numbered(self.engine, table, one, branch, before, places, self.root)
        target = self._version(version)
        draft = target.with_name(f".{target.name}-{os.getpid()}-{secrets.token_hex(3)}")
        draft.mkdir(parents=True)
        try:
            order = None if not ordered else () if as_given else one.order
            rows = _as_declared(table, one, fixed)
            files = self.engine.write(rows, draft, order, [*one.types], fixed=fixed, fast=one.large)
            sums = [self._sums(file, one, tuple(by)) for file in files]
            new = [
                part_of(self.root, target / file.name, file, each, one, day)
                for file, each in zip(files, sums, strict=True)
            ]
            self._refuse_nulls(files, one)
            kept = [
                part
                for part in (before[-1].parts if before and day is not None else ())
                if part.day != day
            ]
            parts = tuple([*kept, *[part for part in new if part.rows]])
            if one.numbered:
                places = max(places, highest_place(self.engine, files, one))
            manifest = Manifest(
                dataset=one.name,
                month=month,
                branch=branch,
                number=number,
                parts=parts,
                rows=sum(part.rows for part in parts),
                totals={name: sum(part.totals[name] for part in parts) for name in one.totals},
                source=source,
                made_at=at,
                supersedes=before[-1].number if before else None,
                places=places,
                lineage=tuple(lineage),
                details=details or {},
            )
            (draft / MANIFEST).write_bytes(to_json(manifest))
            _settle(draft, target, version)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
        for each in sums:
            tell(each)
        return manifest

    def _sums(self, file: Path, one: Dataset, by: tuple[str, ...]) -> pa.Table:
        """Return `rows` and the totals of what was written, as it can be read again."""
        if problem := file_problem(file, one.types):
            raise NotTheDataset(one.name, problem)
        name = f"lake_written_{one.name}"
        self.engine.view(self.engine.scan([file], one.types), name)
        if (one, by) not in self._summing:
            table = ibis.table(one.types, name=name)
            sums = {total: exact.total(table[total]) for total in one.totals}
            grouped = table.group_by(*by) if by else table
            self._summing[one, by] = self.engine.prepare(
                grouped.agg(rows=exact.wide(table.count()), **sums)
            )
        return self.engine.arrow(self._summing[one, by])

    def _refuse_nulls(self, files: Sequence[Path], one: Dataset) -> None:
        names = sorted(set().union(*(columns_with_nulls(file) for file in files)) & one.needed)
        if names:
            raise NotTheDataset(one.name, f"nothing in {', '.join(names)}")

    # -- folders

    def sweep(self, before: datetime) -> int:
        """Remove what killed processes had begun to write before then; return how many."""
        drafts = [*self.root.glob("*/month=*/branch=*/.v*"), *self.root.glob(".copied/*")]
        old = [draft for draft in drafts if draft.stat().st_mtime < before.timestamp()]
        for draft in old:
            shutil.rmtree(draft, ignore_errors=True)
        return len(old)

    def _version(self, version: VersionId) -> Path:
        return folder_of(self.root, version)

    def _files(
        self, one: Dataset, months: Collection[date] | None, branches: Collection[str] | None
    ) -> list[tuple[date, str, list[int]]]:
        """Return month, branch and the numbers of the versions of each file, in order."""
        found = []
        for folder in sorted((self.root / one.name).glob("month=*/branch=*")):
            month = date.fromisoformat(folder.parent.name.removeprefix("month=") + "-01")
            branch = folder.name.removeprefix("branch=")
            if (months is not None and month not in months) or (
                branches is not None and branch not in branches
            ):
                continue
            numbers = sorted(int(version.name[1:]) for version in folder.glob("v[0-9]*"))
            if numbers:
                found.append((month, branch, numbers))
        return found


def open_lake(root: Path, url: str = "duckdb://") -> Lake:
    """Open the lake of a folder with the engine of a URL (see `engine.connect`)."""
    root.mkdir(parents=True, exist_ok=True)
    return Lake(root, connect(url))


def _known(dataset: Dataset | str) -> Dataset:
    return datasets[dataset] if isinstance(dataset, str) else dataset


def _as_declared(table: Table, one: Dataset, fixed: Collection[str]) -> Table:
    """Return the table with exactly the dataset's columns and types, but for those that are put."""
    types = {name: type for name, type in one.types.items() if name not in fixed}
    missing = [name for name in types if name not in table.columns]
    if missing:
        raise NotTheDataset(one.name, f"no column {', '.join(missing)}")
    if table.schema() == ibis.schema(types):
        return table
    return table.select(**{name: table[name].cast(type) for name, type in types.items()})


def _settle(draft: Path, target: Path, version: VersionId) -> None:
    """Put a version in its place: after the rename a crash can lose nothing of it."""
    for file in draft.iterdir():
        with file.open("rb") as written:
            os.fsync(written.fileno())
    _flush(draft)
    try:
        draft.rename(target)
    except OSError:
        if target.exists():
            raise VersionTaken(str(version)) from None
        raise
    for folder in (target.parent, target.parent.parent, target.parent.parent.parent):
        _flush(folder)  # month and branch may be new


def _flush(folder: Path) -> None:
    """Have the names in a folder on the disk."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
