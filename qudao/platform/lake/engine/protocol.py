"""What the store asks of an engine, whichever it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import ibis
    import pyarrow as pa
    from ibis import Table
    from ibis.backends.sql import SQLBackend


@dataclass(frozen=True, slots=True)
class Prepared:
    """An expression in the words of one engine: to run it again on tables kept anew by name."""

    text: str
    schema: ibis.Schema


class Engine(Protocol):
    """What the store asks of an engine."""

    url: str
    backend: SQLBackend
    """The Ibis connection, for tables of one's own."""

    def scan(self, files: Sequence[Path], types: dict[str, str]) -> Table:
        """Return Parquet files as one table of these columns; an empty one of no files."""

    def stacked(
        self, parts: Mapping[int, Sequence[Path]], types: dict[str, str], number: str
    ) -> Table:
        """Return several sets of Parquet files, the number of its set in a column (int16)."""

    def text(self, file: Path, types: dict[str, str]) -> Table:
        """Return a CSV file without header, as PostgreSQL's COPY writes it, as a table."""

    def prepare(self, table: Table) -> Prepared:
        """Compile an expression once, which costs more than to run it on a small table."""

    def write(
        self,
        table: Table,
        folder: Path,
        order: Sequence[str] | None,
        columns: Sequence[str],
        *,
        fixed: Mapping[str, date | str],
        fast: bool = False,
    ) -> list[Path]:
        """
        Write these columns of a table into an empty folder and return the files.

        Sorted by `order`; of none: in the order in which the rows come; None: in any order,
        by all threads at once. `fixed` are columns that hold one value in all rows, and that the
        table has not; `fast` spares time rather than room.
        """

    def keep(self, table: Table | Prepared, name: str) -> Table:
        """Compute a table now and keep it in memory under a name, until `drop`."""

    def view(self, table: Table | Prepared, name: str) -> None:
        """Give a table a name, until `drop`, without computing it."""

    def drop(self, name: str) -> None:
        """Give the memory of a kept table back, or forget the name of a view."""

    def batches(self, table: Table) -> Iterator[pa.RecordBatch]:
        """Yield a table's rows as Arrow, without holding all of them."""

    def arrow(self, table: Table | Prepared) -> pa.Table:
        """Return a table's rows as Arrow."""

    def sessions(self, most: int) -> AbstractContextManager[Sequence[Engine]]:
        """
        Give up to so many engines, one for each thread; this one is the first.

        They share memory and processors, and what one keeps is its own. One alone comes of an
        engine that keeps all of a cluster busy with one question.
        """

    def close(self) -> None:
        """Give everything back."""
