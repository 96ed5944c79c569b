"""
Prepared recordings: `zh-hans/NAME.wav` and `en/NAME.wav` in the folder `QUDAO_PHONE_RECORDINGS`.

A page names a recording only if it is there; whatever is missing is spoken.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Final

from django.conf import settings

_NAME: Final = re.compile(r"[a-z0-9_-]{1,100}", re.ASCII)
LANGUAGES: Final = ("zh-hans", "en")


def names(language: str) -> frozenset[str]:
    """Return the names of the recordings in a language; read anew when the folder has changed."""
    folder = _folder(language)
    if folder is None:
        return frozenset()
    try:
        return _names(folder, folder.stat().st_mtime_ns)
    except OSError:
        return frozenset()


def file(language: str, name: str) -> Path | None:
    """Return the file of a recording."""
    folder = _folder(language)
    return None if folder is None or name not in names(language) else folder / f"{name}.wav"


def _folder(language: str) -> Path | None:
    if not settings.PHONE_RECORDINGS or language not in LANGUAGES:
        return None
    return Path(settings.PHONE_RECORDINGS) / language


@lru_cache(4)
def _names(folder: Path, _changed: int) -> frozenset[str]:
    return frozenset(one.stem for one in folder.glob("*.wav") if _NAME.fullmatch(one.stem))
