"""
Real calls into the phone hall: SIPp and baresip top a line up, baresip records what it hears.

Telephone → `qudao voice` → the hall's pages → the dialogue, and the money at the acquirer. In the
middle of it somebody says what is no SIP, and presses keys in a call that is not theirs.
"""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import httpx
import pytest
from django.test.utils import override_settings

pytest.importorskip("aiosipua", reason="the extra `voice` is not installed")

from qudao.domain.ordering.models import Order
from tests.fronts.phone.caller import SECRET, Get, Telephone
from tests.fronts.voice.hall import GatewayProcess, gateway, needs_voices
from tests.fronts.voice.test_calls import (
    CALL_S,
    Baresip,
    baresip,
    lasting,
    needs_baresip,
    needs_sipp,
    sipp,
)
from tests.fronts.voice.test_calls import SCENARIO as KEYS
from tests.fronts.voice.test_sip import ABUSE
from tests.fronts.voice.test_speech import tone
from tests.halls import world as worlds
from tests.halls.driver import World

pytestmark = needs_voices

PRESS: Final = '<nop><action><exec play_dtmf="{},80"/></action></nop>'

STRANGE: Final = """
  <send><![CDATA[

    {method} sip:[service]@[remote_ip]:[remote_port] SIP/2.0
    Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
    From: <sip:1393710[call_number]@[local_ip]:[local_port]>;tag=guessed
    To: <sip:[service]@[remote_ip]:[remote_port]>[peer_tag_param]
    Call-ID: [call_id]
    CSeq: {sequence} {method}
    Max-Forwards: 70
    Content-Type: application/dtmf
    Content-Length: [len]

    1

  ]]></send>
  <recv response="{status}" timeout="20000"/>
"""
"""A key for a call of somebody else, a method that is none of ours: each gets its no."""
STRANGERS: Final = (("INFO", 2, 481), ("SUBSCRIBE", 3, 405))

HANG_UP: Final = """
  <pause milliseconds="3000"/>
  <send retrans="500"><![CDATA[

    BYE sip:[service]@[remote_ip]:[remote_port] SIP/2.0
    Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
    From: <sip:1393710[call_number]@[local_ip]:[local_port]>;tag=[pid]from[call_number]
    To: <sip:[service]@[remote_ip]:[remote_port]>[peer_tag_param]
    Call-ID: [call_id]
    CSeq: 9 BYE
    Contact: <sip:caller@[local_ip]:[local_port]>
    Max-Forwards: 70
    Content-Length: 0

  ]]></send>
  <recv response="200" timeout="20000"/>
</scenario>
"""


@contextmanager
def phone_hall(
    made: tuple[World, str], part: str, folder: Path, recordings: str = ""
) -> Iterator[tuple[World, GatewayProcess]]:
    """A copy of the world, and `qudao voice` before its pages."""
    world, database = made
    platforms = json.dumps({"voice": {"secret": SECRET}})
    os.environ["QUDAO_VOICE_SECRET"] = SECRET
    try:
        with (
            worlds.copied(world, database, part) as there,
            override_settings(PHONE_GATEWAYS=platforms, PHONE_RECORDINGS=recordings),
            gateway(f"{there.url}/vxml/voice", folder) as running,
        ):
            httpx.get(f"{there.url}/vxml/voice", timeout=CALL_S, trust_env=False)  # it wakes up
            yield there, running
    finally:
        del os.environ["QUDAO_VOICE_SECRET"]


def scenario(folder: Path, msisdn: str, *rows: str) -> Path:
    """Calls from a number and presses rows of keys, each a moment after the one before."""
    text = KEYS.read_text()
    before, pressing = text.split('<pause milliseconds="300"/>')
    assert '<recv request="BYE"' in pressing
    pressed = "".join(
        f'<pause milliseconds="{700 + 200 * len(last)}"/>{PRESS.format(row)}'
        for last, row in zip(("", *rows), rows, strict=False)
    )
    strange = "".join(
        STRANGE.format(method=method, sequence=sequence, status=status)
        for method, sequence, status in STRANGERS
    )
    path = folder / "scenario.xml"
    path.write_text(
        f"{before}{strange}{pressed}{HANG_UP}".replace("1393710[call_number]@", f"{msisdn}@")
    )
    return path


@needs_sipp
def test_a_top_up_by_telephone(made: tuple[World, str], tmp_path: Path) -> None:
    with phone_hall(made, "_sipp", tmp_path) as (world, running):
        before = _orders()
        call = Telephone(_get(world.url), "/vxml/voice?caller=13900000001")
        call.choose("充值")  # by the menu's keys; then by one's own, for fifty yuan, yes
        rows = ("".join(call.pressed), f"{world.password}#", "#50#", "1")
        path = scenario(tmp_path, world.msisdn, *rows)
        nonsense(running.port)
        sipp(f"127.0.0.1:{running.port}", tmp_path, "-m", "1", "-mp", "41200", scenario=path)
        (order,) = _made(before)
        made_order = Order.objects.unscoped("all that there are").get(id=order)
        assert (made_order.msisdn, made_order.amount) == (world.msisdn, 50_00)
        log = running.stop()
    assert '"calls 2 (hangup 2)' in log and "malformed 9" in log, log


def nonsense(port: int) -> None:
    """What is no SIP, from somebody else."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        for octets in ABUSE:
            stranger.sendto(octets, ("127.0.0.1", port))


def _get(url: str) -> Get:
    headers = {"Authorization": f"Bearer {SECRET}"}

    def get(method: str, address: str, fields: dict[str, str]) -> tuple[int, bytes]:
        path = httpx.URL(address).raw_path.decode()
        data = fields if method == "POST" else None
        answer = httpx.request(
            method, f"{url}{path}", data=data, headers=headers, timeout=CALL_S, trust_env=False
        )
        return answer.status_code, answer.content

    return get


def _made(before: set[object]) -> set[object]:
    """The orders that are new, as soon as there are some: the call may be over before."""
    late = time.monotonic() + CALL_S
    while not (found := _orders() - before):
        assert time.monotonic() < late, "no order was made"
        time.sleep(0.05)
    return found


def _orders() -> set[object]:
    return set(Order.objects.unscoped("all that there are").values_list("id", flat=True))


@needs_baresip
def test_what_a_caller_hears(made: tuple[World, str], tmp_path: Path) -> None:
    """Recordings where there are some, spoken words otherwise; a key stops them."""
    folder = tmp_path / "recordings" / "zh-hans"
    folder.mkdir(parents=True)
    for name, frequency, seconds in (
        ("welcome", 440, 1.0),
        ("ask-menu", 660, 0.3),
        ("item-balance", 880, 1.0),
    ):
        (folder / f"{name}.wav").write_bytes(tone(frequency, seconds))
    with (
        phone_hall(made, "_baresip", tmp_path, str(folder.parent)) as (world, running),
        baresip(tmp_path / "baresip", world.msisdn) as telephone,
    ):
        before = _orders()
        telephone.tell("dial", f"sip:10086@127.0.0.1:{running.port}")
        telephone.wait("CALL_ESTABLISHED")
        _hear(telephone, 2.0)  # the welcome, and some of the menu
        telephone.tell("sndcode", "1")
        _hear(telephone, 4.0)  # the first folder, and what is in it
        nonsense(running.port)
        with override_settings(PHONE_RECORDINGS=""):  # all in words, to find the keys
            call = Telephone(_get(world.url), "/vxml/voice?caller=13900000001")
            call.choose("充值")
        heard_s = 4.0
        for row in ("*", *call.pressed, f"{world.password}#", "#", "50#", "1"):
            for key in row:
                telephone.tell("sndcode", key)
                heard_s += 0.25  # how long a key is pressed
                _hear(telephone, heard_s)
            heard_s += 0.5  # at least the beginning of the next question
            _hear(telephone, heard_s)
        assert len(_made(before)) == 1
        _hear(telephone, heard_s + 1)  # the receipt
        telephone.tell("hangup")
        telephone.wait("CALL_CLOSED")
    heard = telephone.heard()
    assert 0.8 <= lasting(heard, 440) <= 1.1
    assert 0.8 <= lasting(heard, 880) <= 1.1
    loud = [abs(sample) > 2_000 for sample in heard]
    assert sum(loud) > 3 * 8_000 * 0.3, "words are heard, too"


def _hear(telephone: Baresip, seconds: float) -> None:
    """Wait until the caller has heard so many seconds, from the beginning on."""
    late = time.monotonic() + 5
    while telephone.recorded_octets() < seconds * 16_000:
        assert time.monotonic() < late, telephone.logged()
        time.sleep(0.05)
