"""The day's traffic, against a web server of its own."""

import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from qudao.platform.identity.models import ApiToken
from qudao.site import reference
from qudao.site.bench.ports import free_port
from qudao.site.demo import build, live
from qudao.site.integrity import faults
from qudao.site.run import web_command


@pytest.fixture
def address(server_environment: dict[str, str], tmp_path: Path) -> Iterator[str]:
    """A web server on this test's database."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with (tmp_path / "web.log").open("wb") as output:
        server = subprocess.Popen(
            web_command("127.0.0.1", port, 1, 4),
            env=server_environment,
            stdout=output,
            stderr=output,
        )
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            assert server.poll() is None, (tmp_path / "web.log").read_text()
            try:
                urllib.request.urlopen(f"{url}/api/v1/offers", timeout=60)
            except urllib.error.HTTPError:
                break  # it answers: without a token, 401
            except OSError:
                time.sleep(0.1)
        yield url
    finally:
        server.terminate()
        server.wait()


@pytest.mark.django_db(transaction=True)
def test_a_day_is_played_through_the_api(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in reference.load():
        pass
    small = build.Wishes(outlets=6, customers=200, days=1, segments=1)
    build.build(small, datetime.now(UTC), None, lambda text: None)
    before = orders()
    told: list[str] = []

    monkeypatch.setattr(live, "AT_COUNTER", 0.3)
    assert live.play(address, rate=25, seconds=4, say=told.append) == 0

    assert told[0].startswith("6 outlets sell, 25 a second")
    summary, latest = told[-2:]
    accepted = int(summary.split("accepted ")[1].split(",")[0])
    repeated = int(summary.split("repeated ")[1].split(",")[0])
    assert accepted > 20
    assert "no answer" not in summary
    assert "at the counter: " in summary, summary
    (counters,) = (line for line in summary.splitlines() if "at the counter: " in line)
    served = sum(int(part.split()[-1]) for part in counters.split(": ")[1].split(", "))
    assert served >= 1
    assert latest.startswith("The latest ")
    assert faults() == []
    # A repetition is answered like the first request, and makes no order of its own.
    assert accepted - repeated <= orders() - before - served <= accepted
    assert not ApiToken.objects.filter(revoked_at__isnull=True).exists()


def orders() -> int:
    return build.state(datetime.now(UTC))[1]


@pytest.mark.django_db(transaction=True)
def test_without_a_province_it_says_what_to_do() -> None:
    for _ in reference.load():
        pass
    told: list[str] = []
    assert live.play("http://127.0.0.1:9", rate=1, seconds=1, say=told.append) == 1
    assert told == [
        "There are no outlets that sell: build the demo province first, with `qudao demo`."
    ]
