"""Tables in files: CSV (UTF-8 or GB 18030) and XLSX; read row by row, never raised for."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Final

from python_calamine import CalamineError, CalamineWorkbook

MOST_ROWS: Final = 200_000
LARGEST_UNPACKED: Final = 1 << 30
"""A small file that unpacks to more than this is meant to do harm."""
EXACT: Final = 2**53
"""Spreadsheets keep numbers as floats: above this they have forgotten the last digits."""
TOO_LONG_NUMBER: Final = "\N{WARNING SIGN}number"
"""Stands for a number that has lost digits: the column must be text."""


class Unreadable(Exception):
    """The file is no table; says why as a code of a row's problem."""


def rows(file_name: str, content: bytes) -> Iterator[list[str]]:
    """
    Return the rows of a table as text, the heading first, empty ones too (they count).

    :raises Unreadable: if it is none.
    """
    if content[:4] == b"PK\x03\x04":
        return _xlsx(content)
    if file_name.lower().endswith((".xlsx", ".xls")):
        raise Unreadable("unreadable")
    return _csv(content)


def _csv(content: bytes) -> Iterator[list[str]]:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        first = text[:4096].splitlines()
        mark = max(",;\t", key=first[0].count) if first else ","
        try:
            yield from csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)
        except csv.Error as error:
            raise Unreadable("unreadable") from error
        return
    raise Unreadable("unreadable")


def _xlsx(content: bytes) -> Iterator[list[str]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(info.file_size for info in archive.infolist()) > LARGEST_UNPACKED:
                raise Unreadable("too_large")
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        sheet = book.get_sheet_by_index(0)
        # Rows above the first cell are left out by the reader, though people count them.
        start = sheet.start[0] if sheet.start else 0
        for _ in range(start):
            yield []
        for cells in sheet.iter_rows():
            yield [_text(cell) for cell in cells]
    except (CalamineError, zipfile.BadZipFile, ValueError, IndexError) as error:
        raise Unreadable("unreadable") from error


def _text(cell: object) -> str:
    match cell:
        case None | "":
            return ""
        case str():
            return cell
        case bool():
            return str(int(cell))
        case float() | int():
            if abs(cell) >= EXACT:
                return TOO_LONG_NUMBER
            return str(int(cell)) if cell == int(cell) else repr(cell)
        case datetime():
            return cell.date().isoformat()
        case date() | time():
            return cell.isoformat()
    return str(cell)
