"""A folder of modules, each of which registers one thing."""

import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from qudao.kernel.registry import Registry

MODULE = """
from plug_ins import things

@things.register("{code}")
def thing():
    return "{code}"
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    package = tmp_path / "plug_ins"
    package.mkdir()
    (package / "__init__.py").write_text(
        "from qudao.kernel.registry import Registry\nthings = Registry('plug_ins')\n"
    )
    for code in ("pear", "apple"):
        (package / f"{code}.py").write_text(MODULE.format(code=code))
    monkeypatch.syspath_prepend(str(tmp_path))
    yield package
    for name in [name for name in sys.modules if name.partition(".")[0] == "plug_ins"]:
        del sys.modules[name]


def test_every_module_of_the_folder_is_found(folder: Path) -> None:
    from plug_ins import things  # type: ignore[import-not-found]

    assert list(things) == ["apple", "pear"]
    assert len(things) == 2 and things["pear"]() == "pear"
    assert "plum" not in things
    with pytest.raises(KeyError):
        things["plum"]


def test_threads_that_come_first_together_all_see_everything(folder: Path) -> None:
    (folder / "banana.py").write_text("import time\ntime.sleep(0.2)\n" + MODULE.format(code="fig"))
    from plug_ins import things

    start, seen = threading.Barrier(4), []

    def look() -> None:
        start.wait()
        seen.append(list(things))

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [["apple", "fig", "pear"]] * 4


def test_a_code_is_registered_once() -> None:
    things: Registry[str] = Registry("tests.kernel")
    things.register("a")("first")
    with pytest.raises(AssertionError):
        things.register("a")("second")
