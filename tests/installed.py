"""A data folder as a first start of `qudao run` leaves it, for tests that begin after that."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from qudao.site.postgres.home import prepare
from tests.database import KEPT as TESTS
from tests.database import copied, mark

KEPT = TESTS.with_name("installed")

STEPS = ("migrate", "reference")
FILES = ("secret", "keys")


def fill(data: Path) -> None:
    """Put tables and reference data into an empty data folder."""
    place = kept()
    for name in FILES:
        shutil.copy2(place / name, data / name)
    copied(place / "cluster", prepare(data).cluster)


def kept() -> Path:
    """
    Give the folder of tables and reference data, a stopped server's `cluster` among it.

    They are made once and kept until a migration, an SQL file or a package changes.
    """
    place = KEPT / mark()
    KEPT.mkdir(parents=True, exist_ok=True)
    with (KEPT / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not place.exists():
            _make(place)
    return place


def _make(kept: Path) -> None:
    draft = Path(tempfile.mkdtemp(prefix="qudao-installed-"))
    draft.chmod(0o711)
    environment = {k: v for k, v in os.environ.items() if k != "DATABASE_URL"}
    environment |= {"QUDAO_DATA": str(draft), "DJANGO_SETTINGS_MODULE": "qudao.site.settings"}

    def qudao(*arguments: str) -> None:
        command = [sys.executable, "-m", "qudao.site.cli", *arguments]
        subprocess.run(command, env=environment, check=True, capture_output=True)

    try:
        qudao("postgres", "start")
        try:
            for step in STEPS:
                qudao(step)
        finally:
            qudao("postgres", "stop")
        place = kept.with_name(f"{kept.name}-draft")
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(mode=0o711)
        for name in FILES:
            shutil.copy2(draft / name, place / name)
        copied(prepare(draft).cluster, place / "cluster")
        place.rename(kept)
        for older in KEPT.iterdir():
            if older.is_dir() and older != kept:
                shutil.rmtree(older, ignore_errors=True)
    finally:
        shutil.rmtree((draft / "postgres").resolve(), ignore_errors=True)
        shutil.rmtree(draft, ignore_errors=True)
