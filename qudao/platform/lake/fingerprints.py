"""One value for the content of a table, whatever the engine, the order of rows and the files."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_NULL: Final = np.uint64(0x9E3779B97F4A7C15)
_FACTORS: Final = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))
_SHIFT: Final = np.uint64(31)


def fingerprint(batches: Iterable[pa.RecordBatch]) -> str:
    """
    Return 32 hexadecimal digits that stand for the rows, as a multiset.

    Each row is hashed over its columns in their order; the hashes are summed twice, modulo 2^64,
    so neither the order of the rows nor how they are cut into batches matters.
    """
    rows, sums = 0, [0, 0]
    for batch in batches:
        rows += batch.num_rows
        hashes = np.full(batch.num_rows, _NULL, dtype=np.uint64)
        for column in batch.columns:
            hashes = _mixed(hashes ^ _words(column))
        sums[0] = (sums[0] + int(hashes.sum(dtype=np.uint64))) % (1 << 64)
        sums[1] = (sums[1] + int(_mixed(hashes).sum(dtype=np.uint64))) % (1 << 64)
    return hashlib.blake2b(f"{rows} {sums[0]} {sums[1]}".encode(), digest_size=16).hexdigest()


def _mixed(values: Any) -> Any:
    for factor in _FACTORS:
        values = (values ^ (values >> _SHIFT)) * factor
    return values ^ (values >> _SHIFT)


def _words(column: pa.Array) -> Any:
    """A column's values as 64 bits each: numbers themselves, texts by their digests."""
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        column = column.dictionary_encode()
    if pa.types.is_dictionary(column.type):
        digests = [
            int.from_bytes(hashlib.blake2b((text or "").encode(), digest_size=8).digest())
            for text in column.dictionary.to_pylist()
        ]
        table = np.array([*digests, int(_NULL)], dtype=np.uint64)
        return table[pc.fill_null(column.indices, len(digests)).to_numpy(zero_copy_only=False)]
    if pa.types.is_date(column.type):
        column = column.cast(pa.int32())
    missing = column.is_null().to_numpy(zero_copy_only=False)
    numbers = pc.fill_null(column.cast(pa.int64()), 0).to_numpy(zero_copy_only=False)
    return np.where(missing, _NULL, numbers.astype(np.int64).view(np.uint64))
