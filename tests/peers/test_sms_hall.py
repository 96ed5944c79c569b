"""
Whole dialogues with money: from phones behind programs of others to `qudao sms` and back.

One hall is connected to all of them, and each of them misbehaves in the middle of its dialogue: it
is told so, the dialogue goes on where it was, and the others notice nothing.
"""

from __future__ import annotations

import json
import struct
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

import pytest

from qudao.domain.credential import operations as credential
from qudao.domain.ordering.models import Order
from qudao.kernel.personal import Secret
from qudao.platform.smpp.codes import Status
from tests.cmpp_gateway import CmppGateway, cmpp_gateway
from tests.halls import world as worlds
from tests.halls.driver import World, walk
from tests.peers.capture import Relay, write
from tests.peers.phones import CMPP, Centre, KannelPhones, Phones
from tests.peers.programs import need_debian, node, perl, smpp34
from tests.peers.scenario import CODE
from tests.province import assert_sound
from tests.sms_process import sms_process

pytestmark = pytest.mark.xdist_group("peers")

STRANGERS: Final = ("13900000001", "13900000002", "13900000003")
LIMIT: Final = 1_000_00
SMSC, ISMG = 2_775, 7_890
"""Ports by which tshark knows the protocols."""


# ---- what they do that they should not -----------------------------------------------------------


DELIVERED: Final = b"\0" + b"\0\x00139\0" + b"\0\x0010086\0" + bytes(9)
"""A deliver_sm up to its sm_length."""


def smpp(command: int, body: bytes = b"", *, length: int | None = None) -> str:
    octets = 16 + len(body) if length is None else length
    return struct.pack(">IIII", octets, command, 0, 9).hex() + body.hex()


def no_pdus(centre: Centre) -> None:
    """A text longer than its PDU, a command that there is not: both get a no."""
    for octets, status in (
        (smpp(5, DELIVERED + b"\x20YE"), Status.RINVMSGLEN),
        (smpp(0xEE), Status.RINVCMDID),
    ):
        centre.tell(octets=octets)
        assert centre.event("nack")["status"] == status


def no_lengths(centre: Centre) -> None:
    """A length that cannot be is told, then the line is cut; a PDU that stops is hung up on."""
    centre.tell(octets=smpp(5, b"hello", length=0x7FFFFFFF))
    assert centre.event("nack")["status"] == Status.RINVCMDLEN
    centre.event("bound")
    centre.tell(octets=smpp(5, b"hello", length=200))
    centre.tell(hang_up=True)
    centre.event("bound")


def flood(centre: Centre) -> None:
    """More at once than anybody writes, and half a character: all is taken or put off."""
    centre.tell(**{"from": STRANGERS[0], "hex": "4f59ff", "data_coding": 8})
    centre.tell(**{"from": STRANGERS[0], "text": "?", "times": 200})
    statuses = {centre.event("taken")["status"] for _ in range(201)}
    assert statuses <= {Status.ROK, Status.RTHROTTLED}


def no_text(phones: KannelPhones) -> None:
    """Half a character, and more than goes into ten messages."""
    phones.say(STRANGERS[1], "余额".encode("utf-16-be")[:3])
    assert phones.hear(STRANGERS[1])
    phones.say(STRANGERS[1], "余额" * 1_000)


def no_messages(gateway: Centre) -> None:
    """A content that is cut is refused, a command of nobody passed over; a length ends the line."""
    body = bytes(8 + 21 + 10 + 3 + 21 + 1) + b"\xff"
    gateway.tell(octets=(struct.pack(">III", 12 + len(body), 5, 7) + body).hex())
    assert gateway.event("taken")["status"] in (2, 4)
    gateway.tell(octets=struct.pack(">III", 12, 0xEE, 8).hex())
    gateway.tell(**{"from": STRANGERS[2], "hex": "4f59ff"})
    assert gateway.event("taken")["status"] == 0
    gateway.tell(octets=struct.pack(">III", 0x7FFFFFFF, 5, 9).hex())
    gateway.event("bound")


# ---- who they are --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Peer:
    open: Callable[[Path], Any]
    abuse: Callable[[Any], None]


PEERS: Final = {
    "npm": Peer(lambda _: Centre("npm", partial(node, "centre.js")), no_pdus),
    "net-smpp": Peer(
        lambda _: Centre("net-smpp", lambda told: perl("centre.pl", told)), no_lengths
    ),
    "smpp34": Peer(
        lambda _: Centre("smpp34", lambda told: smpp34("smpp34_centre.py", told)), flood
    ),
    "kannel": Peer(KannelPhones, no_text),
    "pycmpp": Peer(
        lambda _: Centre("pycmpp", lambda told: smpp34("pycmpp_gateway.py", told), CMPP),
        no_messages,
    ),
}


class OwnGateway(Phones):
    """Ours for CMPP 3.0, which no library that there is speaks; tshark reads along."""

    def __init__(self, gateway: CmppGateway) -> None:
        self._gateway, self._read = gateway, 0

    @property
    def link(self) -> dict[str, Any]:
        return self._gateway.link()

    def say(self, msisdn: str, text: str) -> None:
        self._read = self._gateway.count(msisdn)
        assert self._gateway.text(msisdn, CODE, text) == 0

    def hear(self, msisdn: str) -> str:
        return self._gateway.received(msisdn, self._read)[self._read]


@dataclass
class Town:
    """One hall, and everybody whom it is connected to."""

    world: World
    phones: dict[str, Any]
    relays: dict[str, Relay]

    def payer(self) -> str:
        """Somebody with a bound card and a service password."""
        msisdn = self.world.boss.fresh().msisdn
        ctx = self.world.province.system(datetime.now(UTC))
        credential.set_password(ctx, msisdn=msisdn, password=Secret(self.world.password))
        self.world.acquirer.bind(msisdn, limit=LIMIT)
        return msisdn

    def top_up(self, phones: Phones, meanwhile: Callable[[], None] = lambda: None) -> str:
        """A top-up of fifty yuan, from its keyword to its receipt, and once only; whose."""
        payer, said = self.payer(), 0

        def send(text: str) -> str:
            nonlocal said
            said += 1
            if said == 3:
                meanwhile()
            return phones.asks(payer, text)

        answers = {"msisdn": payer, "amount": "50"}
        shown = walk(send, "top_up", answers, msisdn=payer, password=self.world.password)
        assert "¥50.00" in shown.text
        phones.asks(payer, "1")  # the yes comes once more
        orders = Order.objects.unscoped("all that there are").filter(msisdn=payer)
        assert list(orders.values_list("amount", flat=True)) == [50_00]
        assert self.world.acquirer.card(payer)["available"] == LIMIT - 50_00
        return payer


@pytest.fixture(scope="module")
def town(made: tuple[World, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    folder = tmp_path_factory.mktemp("peers")
    with ExitStack() as stack:
        phones = {
            name: stack.enter_context(closing(one.open(folder))) for name, one in PEERS.items()
        }
        phones["own"] = OwnGateway(stack.enter_context(cmpp_gateway()))
        links = {name: one.link for name, one in phones.items()}
        relays = {
            name: stack.enter_context(closing(Relay(links[name]["port"], port)))
            for name, port in (("npm", SMSC), ("own", ISMG))
        }
        for name, relay in relays.items():
            links[name] = {**links[name], "port": relay.port}
        world = stack.enter_context(worlds.copied(*made, "_peers"))
        hall = sms_process(world.environment, folder, list(links.values()))
        stack.enter_context(hall)
        yield Town(world, phones, relays)
        assert_sound()


@pytest.mark.parametrize("name", PEERS)
def test_a_top_up(town: Town, name: str) -> None:
    phones = town.phones[name]
    others = [one for other, one in town.phones.items() if other != name]

    def meanwhile() -> None:
        PEERS[name].abuse(phones)
        for number, other in enumerate(others):
            assert "网点" in other.asks(f"1390000010{number}", "WD"), "the others are served"

    town.top_up(phones, meanwhile)
    assert phones.asks("13900000200", "WD").count("\n") > 15, "a long answer, in parts"


# ---- what tshark reads of it ---------------------------------------------------------------------


MALFORMED: Final = "_ws.malformed"
SMPP_FIELDS: Final = ("smpp.command_id", "smpp.command_status", "smpp.message_text")
CMPP_FIELDS: Final = ("cmpp.Command_Id", "cmpp.submit_resp.Result", "cmpp.Dest_terminal_Id")
SUBMIT, DELIVER, ANSWER = 4, 5, 0x80000000
"""The same in both protocols."""
ALIVE: Final = {"npm": 0x15, "own": 8}
"""What asks whether the other side lives."""


@pytest.mark.parametrize(
    "name, fields", [("npm", SMPP_FIELDS), ("own", CMPP_FIELDS)], ids=["smpp", "cmpp-3.0"]
)
def test_a_top_up_as_tshark_reads_it(
    town: Town, tmp_path: Path, name: str, fields: tuple[str, str, str]
) -> None:
    need_debian("tshark", "tshark")
    relay, path = town.relays[name], tmp_path / "dialogue.pcap"
    before = len(relay.sent)
    payer = town.top_up(town.phones[name])
    write(path, relay.sent[before:])
    wanted = (part for field in (*fields, MALFORMED) for part in ("-e", field))
    done = subprocess.run(
        ["tshark", "-r", path, "-d", f"tcp.port=={SMSC},smpp", "-T", "json", *wanted],
        capture_output=True,
        check=True,
        text=True,
        timeout=60,
    )
    layers = [packet["_source"].get("layers", {}) for packet in json.loads(done.stdout)]
    commands, answers, told, malformed = (
        [value for layer in layers for value in layer.get(field, [])]
        for field in (*fields, MALFORMED)
    )
    assert malformed == []
    of = Counter(int(each, 16) for each in commands)
    assert set(of) <= {
        each | kind for each in (SUBMIT, DELIVER, ALIVE[name]) for kind in (0, ANSWER)
    }
    assert of[SUBMIT] == of[SUBMIT | ANSWER] >= of[DELIVER] == of[DELIVER | ANSWER] == 6
    assert len(answers) >= of[SUBMIT] and {int(each, 0) for each in answers} == {0}
    # Of a text in CMPP it shows nothing, of whom it is for it does.
    assert any("实收: ¥50.00" in each for each in told) if name == "npm" else set(told) == {payer}
