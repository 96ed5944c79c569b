"""Sound of texts and recordings, made by espeak-ng and sox."""

from __future__ import annotations

import asyncio
import math
import os
import shutil
import struct
import wave
from io import BytesIO
from pathlib import Path

import pytest

from qudao.fronts.voice.g711 import RATE, a_law_sample
from qudao.fronts.voice.speech import NoSound, Speech
from tests.fronts.voice.hall import needs_voices

pytestmark = needs_voices


def tone(frequency: int, seconds: float, rate: int = 16_000) -> bytes:
    """A WAV file of one tone."""
    samples = (
        int(12_000 * math.sin(2 * math.pi * frequency * at / rate))
        for at in range(int(rate * seconds))
    )
    content = BytesIO()
    with wave.open(content, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))
    return content.getvalue()


def loudness(sound: bytes) -> float:
    """Root of the mean square of A-law, of 4032."""
    return math.sqrt(sum(a_law_sample(octet) ** 2 for octet in sound) / max(len(sound), 1))


@pytest.mark.parametrize(
    ("words", "language"), [("您的余额是五十元", "zh-CN"), ("Fifty yuan", "en")]
)
def test_words_are_heard(words: str, language: str) -> None:
    sound = asyncio.run(Speech().of_text(words, language))
    assert 0.5 * RATE < len(sound) < 5 * RATE
    assert loudness(sound) > 50


def test_languages_sound_unlike() -> None:
    async def both() -> tuple[bytes, bytes]:
        speech = Speech()
        return await speech.of_text("12", "zh-CN"), await speech.of_text("12", "en-GB")

    chinese, english = asyncio.run(both())
    assert chinese != english


def test_what_many_want_is_made_once_and_what_is_old_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, real = tmp_path / "begun", shutil.which("espeak-ng")
    counting = tmp_path / "espeak-ng"
    counting.write_text(f'#!/bin/sh\necho once >> {begun}\nexec {real} "$@"\n')
    counting.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")

    async def speak() -> int:
        speech = Speech(most_octets=30_000)
        await asyncio.gather(*(speech.of_text("one", "en") for _ in range(5)))
        first = begun.read_text().count("once")
        for words in ("two two two two", "three three three three", "four four four four"):
            await speech.of_text(words, "en")
        await speech.of_text("one", "en")
        return first

    assert asyncio.run(speak()) == 1
    assert begun.read_text().count("once") == 5


def test_a_text_that_looks_like_an_option_is_a_text() -> None:
    assert loudness(asyncio.run(Speech().of_text("--version", "en"))) > 50


def test_prepared_recordings_by_language_and_none_from_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "hello.wav").write_bytes(tone(440, 0.5))
    (tmp_path / "hello.wav").write_bytes(tone(880, 1.0))
    (tmp_path.parent / "secret.wav").write_bytes(b"")
    speech = Speech(tmp_path)
    assert speech.prepared("hello.wav", "en-GB") == tmp_path / "en" / "hello.wav"
    assert speech.prepared("hello.wav", "zh-CN") == tmp_path / "hello.wav"
    assert speech.prepared("other.wav", "en") is None
    for name in ("../secret.wav", "..", "en/hello.wav", "hello", ".wav"):
        assert speech.prepared(name, "en") is None
    sound = asyncio.run(speech.of_file(tmp_path / "hello.wav"))
    assert abs(len(sound) - RATE) < 80
    assert 500 < loudness(sound) < 1500


def test_a_recording_that_is_none() -> None:
    with pytest.raises(NoSound):
        asyncio.run(Speech().of_recording("x", b"no sound at all"))
