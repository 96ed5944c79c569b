"""Connecting: versions, proofs, refusals; and a link that comes back."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

import pytest

from qudao.platform.cmpp import proof
from qudao.platform.cmpp.client import (
    Account,
    ConnectRefused,
    GatewayUnproved,
    HungUp,
    Link,
    State,
    Taken,
    connect,
)
from qudao.platform.cmpp.layout import Version
from qudao.platform.cmpp.patience import Patience
from qudao.platform.cmpp.pdu import (
    ActiveTest,
    Answer,
    Connect,
    ConnectResp,
    Deliver,
    DeliverResp,
    Request,
    Result,
    Status,
    SubmitResp,
)
from qudao.platform.cmpp.server import MOST_STRANGERS
from qudao.platform.cmpp.session import TERMINATED, Session
from qudao.platform.cmpp.wire import HEADER
from qudao.platform.smpp.client import Backoff
from qudao.platform.smpp.types import NotSent, Unanswered
from tests.platform.cmpp.lines import (
    A_DELIVER,
    A_SUBMIT,
    SECRET,
    SP,
    Peer,
    account,
    answer,
    clock,
    ends,
    gateway,
    in_loop,
    take,
    until,
)


class Scripted:
    """A gateway that answers CMPP_CONNECT as it is told to: None hangs up."""

    def __init__(self, *answers: ConnectResp | bytes | None, form: Version = Version.V30) -> None:
        self._answers, self._form = list(answers), form
        self.asked: list[Connect] = []
        self.peers: list[Peer] = []

    async def __aenter__(self) -> Scripted:
        self._server = await asyncio.start_server(self._welcome, "127.0.0.1", 0)
        self.port = int(self._server.sockets[0].getsockname()[1])
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for peer in self.peers:
            peer.writer.close()

    async def _welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = Peer(reader, writer)
        self.peers.append(peer)
        sequence, request = await peer.receive()
        assert isinstance(request, Connect)
        self.asked.append(request)
        match self._answers.pop(0):
            case None:
                writer.close()
            case bytes() as octets:
                await peer.send_octets(octets)
            case response:
                peer.version = self._form
                if not response.authenticator_ismg.strip(b"\0"):
                    response = proof.answer(request, SECRET, response.status, self._form)
                await peer.send(response, sequence)


class TestVersions:
    @pytest.mark.parametrize("highest", Version)
    @in_loop
    async def test_the_highest_that_both_know(self, highest: Version) -> None:
        async with gateway(highest=highest) as (_, port):
            session = await connect(account(port), take, clock=clock)
            assert session.version is highest
            assert await session.submit(A_SUBMIT) == SubmitResp(msg_id=0x1234)
            await session.terminate()

    @in_loop
    async def test_a_gateway_of_3_0_speaks_2_0_to_who_asks_so(self) -> None:
        async with gateway() as (ismg, port):
            session = await connect(account(port, versions=(Version.V20,)), take, clock=clock)
            assert session.version is Version.V20
            await until(lambda: bool(ismg.sessions))
            (theirs,) = ismg.sessions
            assert theirs.version is Version.V20
            assert theirs.peer == SP
            await session.terminate()

    @in_loop
    async def test_who_knows_only_3_0_is_refused_by_a_gateway_of_2_0(self) -> None:
        async with gateway(highest=Version.V20) as (_, port):
            with pytest.raises(ConnectRefused, match=r"VERSION \(4\)") as caught:
                await connect(account(port, versions=(Version.V30,)), take, clock=clock)
            assert caught.value.status == Status.VERSION

    @in_loop
    async def test_a_gateway_that_hangs_up_on_3_0(self) -> None:
        async with Scripted(None, ConnectResp(), form=Version.V20) as ismg:
            session = await connect(account(ismg.port), take, clock=clock)
            assert session.version is Version.V20
            assert [one.version for one in ismg.asked] == [0x30, 0x20]
            session.abort("seen enough")

    @in_loop
    async def test_a_gateway_of_2_0_that_takes_any_version(self) -> None:
        """Its answer is in the form of 2.0, and so is the rest."""
        async with Scripted(ConnectResp(), form=Version.V20) as ismg:
            session = await connect(account(ismg.port), take, clock=clock)
            assert session.version is Version.V20
            session.abort("seen enough")

    @in_loop
    async def test_a_gateway_that_hangs_up_on_everything(self) -> None:
        async with Scripted(None, None) as ismg:
            with pytest.raises(HungUp, match="hung up without an answer"):
                await connect(account(ismg.port), take, clock=clock)


class TestProofs:
    @pytest.mark.parametrize(
        ("changes", "status"),
        [({"secret": b"wrong"}, Status.PROOF), ({"sp_id": "999999"}, Status.SOURCE)],
    )
    @in_loop
    async def test_who_does_not_prove_himself_is_refused(
        self, changes: dict[str, Any], status: Status
    ) -> None:
        async with gateway() as (ismg, port):
            with pytest.raises(ConnectRefused, match=status.name) as caught:
                await connect(account(port, **changes), take, clock=clock)
            assert caught.value.status == status
            assert not ismg.sessions

    @in_loop
    async def test_a_gateway_must_prove_itself(self) -> None:
        async with Scripted(ConnectResp(authenticator_ismg=b"x" * 16)) as ismg:
            with pytest.raises(GatewayUnproved):
                await connect(account(ismg.port), take, clock=clock)
            assert await ismg.peers[0].hung_up()

    @in_loop
    async def test_unless_its_account_says_otherwise(self) -> None:
        async with Scripted(ConnectResp(authenticator_ismg=b"x" * 16)) as ismg:
            session = await connect(account(ismg.port, check_gateway=False), take, clock=clock)
            assert session.reason is None
            session.abort("seen enough")

    @pytest.mark.parametrize("changes", [{"sp_id": "9012345"}, {"sp_id": "移动"}, {"versions": ()}])
    def test_an_account_that_cannot_be_one(self, changes: dict[str, Any]) -> None:
        with pytest.raises(ValueError, match="sp_id|version"):
            account(7890, **changes)

    def test_the_secret_is_not_shown(self) -> None:
        assert "secret" not in repr(Account(host="h", sp_id=SP, secret=SECRET))


class TestOddGateways:
    @pytest.mark.parametrize(
        ("octets", "what"),
        [
            (b"HTTP/1.1 400 Bad Request\r\n\r\n", "cannot have 1213486160 octets"),
            (HEADER.pack(13, 0x80000008, 1) + b"\0", "is answered by ActiveTestResp"),
            (HEADER.pack(14, 0x80000001, 1) + b"\0\0", "ConnectResp 1: it ends after 14 octets"),
        ],
    )
    @in_loop
    async def test_what_is_not_cmpp(self, octets: bytes, what: str) -> None:
        async with Scripted(octets) as ismg:
            with pytest.raises(NotSent, match=what):
                await connect(account(ismg.port), take, clock=clock)

    @in_loop
    async def test_silence(self) -> None:
        async with Scripted(b"") as ismg:
            with pytest.raises(NotSent, match="not connected within 0.02 s"):
                await connect(
                    account(ismg.port), take, clock=clock, patience=Patience(connect_s=0.02)
                )
            assert await ismg.peers[0].hung_up()

    @in_loop
    async def test_a_status_of_its_own(self) -> None:
        async with Scripted(ConnectResp(status=17)) as ismg:
            with pytest.raises(ConnectRefused, match=r"OTHER \(17\)"):
                await connect(account(ismg.port), take, clock=clock)


class TestGateway:
    @pytest.mark.parametrize(
        "octets",
        [
            b"GET / HTTP/1.1\r\n\r\n",
            HEADER.pack(12, ActiveTest.COMMAND, 1),
            HEADER.pack(12, 0x99, 1),
            b"\0\0\0\x27\0\0",
        ],
    )
    @in_loop
    async def test_who_does_not_connect_in_order_is_left(self, octets: bytes) -> None:
        async with gateway(patience=Patience(connect_s=0.1)) as (ismg, port):
            peer = Peer(*await asyncio.open_connection("127.0.0.1", port))
            await peer.send_octets(octets)
            assert await peer.hung_up()
            assert not ismg.sessions
            peer.writer.close()

    @in_loop
    async def test_a_connect_that_is_cut_short_is_told_so(self) -> None:
        async with gateway() as (_, port):
            peer = Peer(*await asyncio.open_connection("127.0.0.1", port))
            await peer.send_octets(HEADER.pack(30, Connect.COMMAND, 9) + bytes(18))
            sequence, response = await peer.receive()
            assert isinstance(response, ConnectResp)
            assert (sequence, response.status) == (9, Status.STRUCTURE)
            assert await peer.hung_up()
            peer.writer.close()

    @in_loop
    async def test_who_speaks_nonsense_does_not_disturb_the_others(self) -> None:
        async with gateway() as (_, port):
            good = await connect(account(port), take, clock=clock)
            bad = Peer(*await asyncio.open_connection("127.0.0.1", port))
            await bad.send(proof.connect(SP, SECRET, clock(), Version.V30))
            assert isinstance((await bad.receive()).body, ConnectResp)
            sending = [asyncio.create_task(good.submit(A_SUBMIT)) for _ in range(100)]
            await bad.send_octets(bytes(range(256)) * 100)
            assert await bad.hung_up()
            assert {(await one).result for one in sending} == {Result.TAKEN}
            assert await good.terminate() == TERMINATED
            bad.writer.close()

    @in_loop
    async def test_strangers_are_few_and_gone_when_it_stops(self) -> None:
        async with gateway() as (ismg, port):
            strangers = [
                Peer(*await asyncio.open_connection("127.0.0.1", port))
                for _ in range(MOST_STRANGERS)
            ]
            await until(lambda: len(ismg._strangers) == MOST_STRANGERS)
            with pytest.raises(HungUp):
                await connect(account(port), take, clock=clock)
            strangers.pop().writer.close()
            await until(lambda: len(ismg._strangers) < MOST_STRANGERS)
            session = await connect(account(port), take, clock=clock)
            await ismg.stop()
            assert await session.wait() == TERMINATED
            for stranger in strangers:
                assert await stranger.hung_up()
                stranger.writer.close()

    @in_loop
    async def test_it_ends_all_sessions_in_order(self) -> None:
        async with gateway() as (ismg, port):
            sessions = [await connect(account(port), take, clock=clock) for _ in range(3)]
            await until(lambda: len(ismg.sessions) == 3)
            await ismg.stop()
            for session in sessions:
                assert await session.wait() == TERMINATED
            assert not ismg.sessions

    @in_loop
    async def test_nobody_there(self) -> None:
        async with gateway() as (ismg, port):
            await ismg.stop()
            with pytest.raises(NotSent, match="not connected: "):
                await connect(account(port), take, clock=clock)


def link(port: int, taken: Taken = take, **options: Any) -> Link:
    """A link that comes back quickly."""
    backoff = Backoff(first_s=0.001, most_s=0.002)
    return Link(account(port), taken, **{"clock": clock, "backoff": backoff} | options)


class TestLink:
    @in_loop
    async def test_a_fault_of_ours_is_logged_and_told(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        def broken() -> datetime:
            raise RuntimeError("no clock")

        made = link(1, clock=broken)
        with pytest.raises(RuntimeError, match="no clock"):
            async with made:
                await until(lambda: "the link has failed" in caplog.text)
        assert made.state is State.STOPPED

    @in_loop
    async def test_it_comes_back_after_a_broken_line(self) -> None:
        taken: list[Deliver] = []

        async def note(message: Deliver) -> Result | None:
            taken.append(message)
            return None

        async with gateway() as (ismg, port):
            async with link(port, note) as made:
                for connections in (1, 2, 3):
                    await until(lambda more=connections: made.connections == more)  # type: ignore[misc]
                    assert (await made.submit(A_SUBMIT, wait_s=10)).msg_id == 0x1234
                    assert made.state is State.CONNECTED
                    await until(lambda: len(ismg.sessions) == 1)
                    (theirs,) = ismg.sessions
                    assert await theirs.request(A_DELIVER) == DeliverResp(msg_id=7)
                    theirs.abort("a broken line")
                    await theirs.wait()
            assert made.state is State.STOPPED
            assert taken == [A_DELIVER] * 3
            with pytest.raises(NotSent, match="stopped"):
                await made.submit(A_SUBMIT)

    @in_loop
    async def test_a_message_waits_for_the_connection(self) -> None:
        async with gateway() as (_, port), link(port) as made:
            with pytest.raises(NotSent, match="not connected: connecting"):
                await made.submit(A_SUBMIT)
            assert (await made.submit(A_SUBMIT, wait_s=10)).result == Result.TAKEN

    @in_loop
    async def test_it_tries_again_and_again(self) -> None:
        refusals = [ConnectResp(status=Status.OTHER)] * 5
        patience = Patience(response_s=0.01)
        async with (
            Scripted(*refusals, ConnectResp()) as ismg,
            link(ismg.port, patience=patience) as made,
        ):
            await made.connected()
            assert len(ismg.asked) == 6
            assert made.reason == "the gateway refuses to connect: OTHER (5)"

    @in_loop
    async def test_it_can_be_stopped_while_nobody_is_there(self) -> None:
        async with ends() as (_, other):
            port = other.writer.get_extra_info("peername")[1]
            async with link(port, backoff=Backoff()) as made:
                await until(lambda: made.state is State.WAITING)
                assert "not connected" in made.reason
                waiting = asyncio.create_task(made.submit(A_SUBMIT, wait_s=60))
                await asyncio.sleep(0)
            with pytest.raises(NotSent, match="the link is stopped"):
                await waiting

    @in_loop
    async def test_what_was_under_way_when_the_line_broke_is_told_and_not_repeated(self) -> None:
        asked: list[Request[Any]] = []
        go = asyncio.Event()

        async def slowly(session: Session, request: Request[Any]) -> Answer:
            asked.append(request)
            await go.wait()
            return await answer(session, request)

        async with gateway(slowly) as (ismg, port), link(port) as made:
            sending = asyncio.create_task(made.submit(A_SUBMIT, wait_s=10))
            await until(lambda: len(asked) == 1)
            for theirs in set(ismg.sessions):
                theirs.abort("a broken line")
            with pytest.raises(Unanswered):
                await sending
            go.set()
            await until(lambda: made.connections == 2)
            assert (await made.submit(A_SUBMIT, wait_s=10)).msg_id == 0x1234
            assert len(asked) == 2

    @in_loop
    async def test_stopping_finishes_what_is_under_way(self) -> None:
        asked: list[Request[Any]] = []
        go = asyncio.Event()

        async def slowly(session: Session, request: Request[Any]) -> Answer:
            asked.append(request)
            await go.wait()
            return await answer(session, request)

        async with gateway(slowly) as (_, port), link(port) as made:
            sending = asyncio.create_task(made.submit(A_SUBMIT, wait_s=10))
            await until(lambda: len(asked) == 1)
            stopping = asyncio.create_task(made.stop())
            await asyncio.sleep(0)
            go.set()
            await stopping
            assert (await sending).msg_id == 0x1234
