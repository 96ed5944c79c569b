"""Real calls by telephones of others: SIPp presses keys, baresip records what is heard."""

from __future__ import annotations

import json
import math
import os
import random
import shutil
import socket
import struct
import subprocess
import time
import wave
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

import pytest

pytest.importorskip("aiosipua", reason="the extra `voice` is not installed")

from qudao.fronts.voice.g711 import SILENCE
from qudao.site.bench.ports import free_port
from tests.fronts.voice.hall import Hall, Request, gateway, hall, needs_voices
from tests.fronts.voice.telephone import page
from tests.fronts.voice.test_speech import tone

pytestmark = needs_voices

SCENARIO: Final = Path(__file__).parent / "scenarios" / "keys.xml"
CALL_S: Final = 60

START = page(
    """<form id="f"><field name="what"><property name="timeout" value="10s"/>
       <prompt>请按一查询余额, 按二缴费. 请按一查询余额, 按二缴费. 请按一查询余额.</prompt>
       <option dtmf="1" value="balance">余额</option><option dtmf="2" value="bill">缴费</option>
       <filled><submit next="amount" namelist="what session.connection.remote.uri"/></filled>
       </field></form>"""
)
AMOUNT = page(
    """<form><field name="amount" type="digits?maxlength=6"><prompt xml:lang="en">How much?</prompt>
       </field><block><submit next="done" method="post" namelist="amount"/></block></form>"""
)
DONE = page("<form><block>谢谢<disconnect/></block></form>")
PAGES: Final = {"/start": START, "/amount": AMOUNT, "/done": DONE}


def sipp(address: str, folder: Path, *options: str, scenario: Path = SCENARIO) -> None:
    """Run the scenario; it fails if one of its calls does not go as written."""
    command = ["sipp", address, "-sf", str(scenario), "-s", "10086", "-i", "127.0.0.1"]
    more = ("-nostdin", "-trace_err", "-timeout", str(CALL_S), "-timeout_error", *options)
    done = subprocess.run(
        [*command, *more], cwd=folder, capture_output=True, text=True, timeout=CALL_S + 10
    )
    errors = "".join(path.read_text() for path in folder.glob("*_errors.log"))
    assert done.returncode == 0, f"{done.returncode} {done.stdout[-1500:]} {done.stderr} {errors}"


needs_sipp = pytest.mark.skipif(
    not shutil.which("sipp") or os.geteuid() != 0,
    reason="SIPp (Debian's sip-tester) is not installed, or may not send keys without root",
)


@needs_sipp
def test_calls_that_press_keys_while_a_prompt_is_said(tmp_path: Path) -> None:
    with hall(PAGES) as pages, gateway(f"{pages.url}/start", tmp_path) as running:
        sipp(f"127.0.0.1:{running.port}", tmp_path, "-m", "5", "-r", "5", "-mp", "41000")
        log = running.stop()
    calls: dict[str, list[Request]] = {}
    for request in pages.requests:
        caller = request.query.get("caller") or request.cookie.removeprefix("call=")
        calls.setdefault(caller, []).append(request)
    assert sorted(calls) == [f"1393710{number}" for number in range(1, 6)]
    for caller, asked in calls.items():
        assert [(one.method, one.path) for one in asked] == [
            ("GET", "/start"),
            ("GET", "/amount"),
            ("POST", "/done"),
        ]
        assert asked[0].query["callee"] == "10086"
        assert asked[1].fields == {"what": "bill", "session.connection.remote.uri": caller}
        assert asked[2].fields == {"amount": "1255"}
    assert '"calls 5 (disconnect 5)' in log and "malformed 0" in log


class Baresip:
    """A telephone that is told what to do over TCP, and writes down what it hears."""

    def __init__(self, folder: Path, number: str) -> None:
        self.folder = folder
        self.control = free_port()
        (folder / "config").write_text(
            f"sip_listen 127.0.0.1:{_free_pair()}\nnet_interface 127.0.0.1\n"
            "module_path /usr/lib/baresip/modules\n"
            "module g711.so\nmodule aubridge.so\nmodule sndfile.so\nmodule uuid.so\n"
            "module_app account.so\nmodule_app menu.so\nmodule_app ctrl_tcp.so\n"
            f"ctrl_tcp_listen 127.0.0.1:{self.control}\n"
            "audio_player aubridge,here\naudio_source aubridge,here\naudio_alert aubridge,there\n"
            "audio_txmode poll\nrtp_ports 42000-42100\n"
            f"snd_path {folder}\n"
        )
        (folder / "accounts").write_text(f"<sip:{number}@127.0.0.1>;regint=0\n")
        (folder / "contacts").write_text("")
        with (folder / "baresip.log").open("wb") as log:
            self.process = subprocess.Popen(
                ["baresip", "-f", str(folder)], stdout=log, stderr=log, stdin=subprocess.DEVNULL
            )
        self._events = b""
        self._line = self._connected()

    def _connected(self) -> socket.socket:
        late = time.monotonic() + CALL_S
        while True:
            try:
                return socket.create_connection(("127.0.0.1", self.control), timeout=CALL_S)
            except OSError:
                assert self.process.poll() is None and time.monotonic() < late, self.logged()
                time.sleep(0.05)  # it does not listen yet

    def logged(self) -> str:
        return (self.folder / "baresip.log").read_text(errors="replace")

    def tell(self, command: str, params: str = "") -> None:
        message = json.dumps({"command": command, "params": params})
        self._line.sendall(f"{len(message)}:{message},".encode())

    def wait(self, kind: str) -> dict[str, Any]:
        """The next event of this kind."""
        while True:
            length, colon, rest = self._events.partition(b":")
            if colon and len(rest) > int(length):
                self._events = rest[int(length) + 1 :]
                event: dict[str, Any] = json.loads(rest[: int(length)])
                if event.get("type") == kind:
                    return event
                continue
            more = self._line.recv(4096)
            assert more, self.logged()
            self._events += more

    def recorded_octets(self) -> int:
        return sum(path.stat().st_size for path in self.folder.glob("dump-*-dec.wav"))

    def heard(self) -> list[int]:
        """The samples that were received, at 8 kHz."""
        (path,) = self.folder.glob("dump-*-dec.wav")
        with wave.open(str(path)) as file:
            assert (file.getframerate(), file.getsampwidth(), file.getnchannels()) == (8000, 2, 1)
            content = file.readframes(file.getnframes())
        return [sample for (sample,) in struct.iter_unpack("<h", content)]


@contextmanager
def baresip(folder: Path, number: str = "13937100009") -> Iterator[Baresip]:
    folder.mkdir()
    telephone = Baresip(folder, number)
    try:
        yield telephone
    finally:
        telephone._line.close()
        telephone.process.terminate()
        try:
            telephone.process.wait(10)
        except subprocess.TimeoutExpired:
            telephone.process.kill()
            telephone.process.wait()


def _free_pair() -> int:
    """A port for UDP and TCP, and the next for TLS, that no connection may get meanwhile."""
    while True:
        port = random.randrange(20_000, 32_000, 2)
        with ExitStack() as probes:
            try:
                for kind, place in (
                    (socket.SOCK_DGRAM, port),
                    (socket.SOCK_STREAM, port),
                    (socket.SOCK_STREAM, port + 1),
                ):
                    probe = probes.enter_context(socket.socket(type=kind))
                    probe.bind(("127.0.0.1", place))
            except OSError:
                continue
            return port


def strength(samples: list[int], frequency: int) -> float:
    """How much of a frequency there is: 1 if there is nothing else (Goertzel)."""
    turn = 2 * math.pi * frequency / 8000
    real = sum(sample * math.cos(turn * at) for at, sample in enumerate(samples))
    imaginary = sum(sample * math.sin(turn * at) for at, sample in enumerate(samples))
    energy = sum(sample * sample for sample in samples)
    return 2 * (real * real + imaginary * imaginary) / (len(samples) * energy) if energy else 0


needs_baresip = pytest.mark.skipif(
    not shutil.which("baresip"), reason="Debian's baresip-core is not installed"
)


@contextmanager
def recorded(folder: Path, start: bytes, **recordings: bytes) -> Iterator[Baresip]:
    """A telephone in a call with this page, and the gateway with these recordings."""
    kept = folder / "recordings"
    kept.mkdir()
    for name, content in recordings.items():
        (kept / f"{name}.wav").write_bytes(content)
    with (
        hall({"/start": start}) as pages,
        gateway(f"{pages.url}/start", folder, "--recordings", str(kept)) as running,
        baresip(folder / "baresip") as telephone,
    ):
        telephone.tell("dial", f"sip:10086@127.0.0.1:{running.port}")
        telephone.wait("CALL_ESTABLISHED")
        yield telephone


def lasting(samples: list[int], frequency: int) -> float:
    """Seconds of a tone that is loud: silence, and any other sound, counts for nothing."""
    frames = [samples[at : at + 400] for at in range(0, len(samples) - 399, 400)]
    loud = [frame for frame in frames if sum(s * s for s in frame) / 400 > 4_000**2]
    return sum(strength(frame, frequency) > 0.8 for frame in loud) * 0.05


@needs_baresip
def test_what_is_heard_is_what_was_recorded(tmp_path: Path) -> None:
    start = page(
        """<form><block><audio src="low.wav"/><audio src="none.wav"><audio src="high.wav"/></audio>
           <disconnect/></block></form>"""
    )
    tones = {"low": tone(440, 2.0), "high": tone(880, 1.0, rate=22_050)}
    with recorded(tmp_path, start, **tones) as telephone:
        telephone.wait("CALL_CLOSED")
    heard = telephone.heard()
    lengths = lasting(heard, 440), lasting(heard, 880)
    assert 1.8 <= lengths[0] <= 2.1 and 0.8 <= lengths[1] <= 1.1, lengths


@needs_baresip
def test_a_key_stops_what_is_said(tmp_path: Path) -> None:
    start = page(
        """<form><field name="x" type="digits?length=1"><audio src="long.wav"/></field>
           <block><audio src="high.wav"/><disconnect/></block></form>"""
    )
    tones = {"long": tone(440, 50.0, rate=8_000), "high": tone(880, 1.0)}
    with recorded(tmp_path, start, **tones) as telephone:
        late = time.monotonic() + CALL_S
        while telephone.recorded_octets() < 16_000:  # the caller has heard a second of it
            assert time.monotonic() < late, telephone.logged()
            time.sleep(0.05)
        telephone.tell("sndcode", "7")
        telephone.wait("CALL_CLOSED")
    heard = telephone.heard()
    assert 0.8 <= lasting(heard, 440) < 30
    assert 0.8 <= lasting(heard, 880) <= 1.1


def test_strangers_press_no_keys_and_the_end_hangs_up(tmp_path: Path) -> None:
    """A flood of keys from another port than the caller's; then SIGTERM in the middle of a call."""
    start = page(
        """<form><field name="x" type="digits?length=1"><property name="timeout" value="200ms"/>
           <noinput><submit next="quiet"/></noinput></field></form>"""
    )
    wait = page('<form><block><audio src="long.wav"/></block></form>')
    (tmp_path / "long.wav").write_bytes(tone(440, 60.0, rate=8_000))
    kept = ("--recordings", str(tmp_path))
    key = struct.pack("!BBHIIBBH", 0x80, 96, 1, 1, 1, 5, 10, 400)
    with (
        hall({"/start": start, "/quiet": wait}) as pages,
        gateway(f"{pages.url}/start", tmp_path, *kept) as running,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as phone,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger,
    ):
        for one in (phone, ear):
            one.bind(("127.0.0.1", 0))
            one.settimeout(CALL_S)
        phone.connect(("127.0.0.1", running.port))
        answer = _established(phone, ear.getsockname()[1])
        media = int(answer.split("m=audio ")[1].split()[0])
        assert ear.recvfrom(2_000)[1] == ("127.0.0.1", media)
        for _ in range(2_000):
            stranger.sendto(key, ("127.0.0.1", media))
        while set(ear.recv(2_000)[12:]) <= set(SILENCE):
            pass  # until the tone of the second page is heard
        assert [request.path for request in pages.requests] == ["/start", "/quiet"]
        running.process.terminate()
        bye = phone.recv(4_000).decode()
        assert bye.startswith("BYE sip:caller@127.0.0.1")
        head = "\r\n".join(line for line in bye.splitlines() if _of_answer(line))
        phone.send(f"SIP/2.0 200 OK\r\n{head}\r\nContent-Length: 0\r\n\r\n".encode())
        log = running.stop()
    assert '"calls 1 (hangup 1)' in log
    assert int(log.rsplit("of strangers ", 1)[1].split(";")[0]) > 0


def _established(phone: socket.socket, media: int) -> str:
    """Call, and confirm the answer."""
    offer = (
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
        f"m=audio {media} RTP/AVP 8 96\r\na=rtpmap:96 telephone-event/8000\r\n"
    )
    here = phone.getsockname()[1]

    def message(method: str, to: str, body: str) -> bytes:
        return (
            f"{method} sip:1@127.0.0.1 SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP 127.0.0.1:{here};branch=z9hG4bK{method}\r\n"
            f"From: <sip:139@127.0.0.1>;tag=a\r\nTo: {to}\r\nCall-ID: x\r\nCSeq: 1 {method}\r\n"
            f"Contact: <sip:caller@127.0.0.1:{here}>\r\nContent-Type: application/sdp\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}"
        ).encode()

    phone.send(message("INVITE", "<sip:1@127.0.0.1>", offer))
    answer = ""
    while not answer.startswith("SIP/2.0 200"):
        answer = phone.recv(4_000).decode()
    to = next(line for line in answer.splitlines() if line.startswith("To: "))
    phone.send(message("ACK", to.removeprefix("To: "), ""))
    return answer


def _of_answer(line: str) -> bool:
    return line.split(":")[0] in {"Via", "From", "To", "Call-ID", "CSeq"}


def test_a_caller_is_not_taken_without_a_page(tmp_path: Path) -> None:
    with (
        hall({"/broken": b"<vxml"}) as pages,
        gateway(f"{pages.url}/broken", tmp_path) as running,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as phone,
    ):
        phone.settimeout(CALL_S)
        phone.connect(("127.0.0.1", running.port))
        here = phone.getsockname()[1]
        phone.send(
            "INVITE sip:1@127.0.0.1 SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP 127.0.0.1:{here};branch=z9hG4bKx\r\n"
            "From: <sip:../etc/passwd@x>;tag=a\r\nTo: <sip:1@127.0.0.1>\r\nCall-ID: x\r\n"
            "CSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n".encode()
        )
        answers = [phone.recv(4096), phone.recv(4096)]
        assert [answer.split()[1] for answer in answers] == [b"100", b"503"]
        assert _asked(pages) == {"caller": "", "callee": "1", "call": "x"}


def _asked(pages: Hall) -> dict[str, str]:
    return {"caller": "", **pages.requests[0].query}
