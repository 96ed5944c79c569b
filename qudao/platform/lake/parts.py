"""What a manifest says of a file that was written."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from qudao.platform.lake.dataset import Dataset
from qudao.platform.lake.files import sha256_of
from qudao.platform.lake.manifests import Part


def part_of(
    root: Path, path: Path, file: Path, sums: pa.Table, one: Dataset, day: date | None
) -> Part:
    """Return a file's part in a version, by the sums of what is in it."""

    def total(name: str) -> int:
        return int(pc.sum(sums[name]).as_py() or 0)

    return Part(
        path=str(path.relative_to(root)),
        rows=total("rows"),
        totals={name: total(name) for name in one.totals},
        octets=file.stat().st_size,
        sha256=sha256_of(file),
        day=day,
    )
