"""The lake of this installation, as its settings have it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from qudao.platform.lake.engine import connect
from qudao.platform.lake.store import Lake


@contextmanager
def lake(url: str | None = None) -> Iterator[Lake]:
    """
    Open this installation's lake, for one task of one thread.

    `url` names another engine than the setting LAKE_ENGINE does. DuckDB is ready in
    milliseconds, so nothing is kept between tasks, and two tasks never share a connection.
    """
    root = folder()
    engine = connect(url or settings.LAKE_ENGINE)
    try:
        yield Lake(root, engine)
    finally:
        engine.close()


def folder() -> Path:
    """Return the lake's folder, made when it is not there."""
    path = Path(settings.LAKE_FOLDER)
    path.mkdir(mode=0o750, parents=True, exist_ok=True)
    return path


def drop_folder() -> Path:
    """Return the folder that the BOSS's extracts are dropped into."""
    path = Path(settings.LAKE_DROP)
    path.mkdir(mode=0o770, parents=True, exist_ok=True)
    return path
