"""Sessions over loopback: ours with ours, and ours with a peer that does as it likes."""

import asyncio
import socket
import struct

import pytest

from qudao.platform.smpp.client import connect
from qudao.platform.smpp.codes import Command, Status
from qudao.platform.smpp.fields import Tlv
from qudao.platform.smpp.pdu import (
    AlertNotification,
    Bind,
    BindTransceiver,
    BindTransceiverResp,
    CancelSm,
    CancelSmResp,
    DataSm,
    DeliverSm,
    DeliverSmResp,
    EnquireLink,
    EnquireLinkResp,
    GenericNack,
    Pdu,
    QuerySm,
    QuerySmResp,
    SubmitMulti,
    SubmitSm,
    SubmitSmResp,
    Unbind,
    UnbindResp,
)
from qudao.platform.smpp.questions import LAST_SEQUENCE, Questions
from qudao.platform.smpp.server import serve
from qudao.platform.smpp.session import Session
from qudao.platform.smpp.types import (
    BindRefused,
    Counts,
    Handler,
    Limits,
    Mode,
    Nacked,
    NotSent,
    Refused,
    Unanswered,
)
from qudao.platform.smpp.wire import encode
from tests.platform.smpp.peer import Peer, accepting, binding, dial, listening, ours, run, yes

SMS = SubmitSm(source_addr="10086", destination_addr="138", short_message=b"hi")


class TestBind:
    @pytest.mark.parametrize("mode", Mode)
    def test_messages_go_where_the_bind_lets_them(self, mode: Mode) -> None:
        async def test() -> None:
            async with ours(mode=mode) as (esme, smsc, _):
                assert (esme.bound, smsc.bound) == (mode, mode)
                assert (esme.peer, smsc.peer) == ("qudao", "hall")
                if mode is Mode.RECEIVER:
                    with pytest.raises(ValueError, match="submit_sm from the ESME, bound as rec"):
                        await esme.send(SMS)
                else:
                    assert (await esme.send(SMS)).status == 0
                    assert (await esme.send(SubmitMulti())).status == 0
                    assert (await esme.request(QuerySm(), QuerySmResp)).status == 0
                    assert (await esme.request(CancelSm(), CancelSmResp)).status == 0
                if mode is Mode.TRANSMITTER:
                    with pytest.raises(ValueError, match="deliver_sm from the SMSC, bound as tra"):
                        await smsc.send(DeliverSm())
                else:
                    assert (await smsc.send(DeliverSm())).status == 0
                    assert (await smsc.send(DataSm())).status == 0
                assert esme.counts.sent == 1 + (0 if mode is Mode.RECEIVER else 4)

        run(test())

    def test_who_is_not_wanted_is_told_why(self) -> None:
        async def accept(session: Session, bind: Bind) -> Handler:
            if bind.system_id != "hall":
                raise Refused(Status.RINVSYSID)
            if bind.password != "secret":
                raise Refused(Status.RINVPASWD)
            raise OSError("the directory is away")

        async def test() -> None:
            server = await serve(accept)
            port = server.port
            with pytest.raises(BindRefused, match="ESME_RINVPASWD") as caught:
                await connect(binding(port, password="wrong"), yes)
            assert caught.value.status == Status.RINVPASWD
            with pytest.raises(BindRefused, match="ESME_RSYSERR"):
                await connect(binding(port), yes)
            await server.close()
            with pytest.raises(NotSent, match="not connected"):
                await connect(binding(port), yes)

        run(test())

    def test_nothing_goes_before_a_bind_and_no_bind_twice(self) -> None:
        seen = []

        async def keep(pdu: Pdu) -> None:
            seen.append(pdu)

        async def test() -> None:
            server = await serve(accepting(keep))
            peer = await dial(server.port, bound=False)
            peer.say(SMS, EnquireLink(sequence=2))
            assert await peer.hear() == SubmitSmResp(status=Status.RINVBNDSTS)
            assert await peer.hear() == EnquireLinkResp(sequence=2)
            peer.say(BindTransceiver(sequence=3), BindTransceiver(sequence=4))
            answers = [await peer.hear(), await peer.hear()]
            assert {(a.sequence, a.status) for a in answers if a} == {(3, 0), (4, Status.RALYBND)}
            peer.say(DeliverSm(sequence=5))
            assert await peer.hear() == DeliverSmResp(sequence=5, status=Status.RINVBNDSTS)
            assert seen == []
            peer.writer.transport.abort()
            await server.close()

        run(test())

    def test_who_does_not_bind_is_let_go(self) -> None:
        async def test() -> None:
            server = await serve(accepting(yes), limits=Limits(bind_s=0.05))
            peer = await dial(server.port, bound=False)
            assert await peer.hear() is None
            await server.close()

        run(test())

    def test_an_smsc_that_does_not_answer_the_bind(self) -> None:
        async def silent(peer: Peer) -> None:
            await peer.hear()

        async def test() -> None:
            async with listening(silent) as port:
                with pytest.raises(NotSent, match="not bound"):
                    await connect(binding(port), yes, limits=Limits(bind_s=0.05))

        run(test())

    def test_messages_in_the_packet_of_the_answer_are_taken(self) -> None:
        seen = asyncio.Event()

        async def keep(pdu: Pdu) -> None:
            seen.set()

        async def play(peer: Peer) -> None:
            bind = await peer.hear()
            assert bind is not None
            peer.say(BindTransceiverResp(sequence=bind.sequence), DeliverSm(sequence=1))
            assert await peer.hear() == DeliverSmResp(sequence=1)

        async def test() -> None:
            async with listening(play) as port:
                session = await connect(binding(port), keep)
                await seen.wait()
                session.abort("over")

        run(test())

    def test_so_many_connections_and_no_more(self) -> None:
        async def test() -> None:
            server = await serve(accepting(yes), most=2)
            first, second = await dial(server.port), await dial(server.port)
            third = await dial(server.port, bound=False)
            assert await third.hear() is None
            for peer in (first, second):
                peer.say(EnquireLink(sequence=7))
                assert await peer.hear() == EnquireLinkResp(sequence=7)
            assert len(server.sessions) == 2
            first.writer.transport.abort()
            second.writer.transport.abort()
            await server.close()

        run(test())


class TestRequests:
    def test_no_more_are_under_way_than_the_window_has_room_for(self) -> None:
        async def test() -> None:
            at_once, most = 0, 0
            full, go = asyncio.Event(), asyncio.Event()

            async def hold(pdu: Pdu) -> None:
                nonlocal at_once, most
                at_once += 1
                most = max(most, at_once)
                if at_once == 5:
                    full.set()
                await go.wait()
                at_once -= 1

            async with ours(smsc=hold, limits=Limits(window=5)) as (esme, _, _):
                sending = [asyncio.create_task(esme.send(SMS)) for _ in range(23)]
                await full.wait()
                assert esme.in_flight == 5
                go.set()
                answers = await asyncio.gather(*sending)
                assert [answer.status for answer in answers] == [0] * 23
                assert most == 5
                assert esme.in_flight == 0

        run(test())

    def test_answers_find_who_asked_in_whatever_order_they_come(self) -> None:
        async def test() -> None:
            held: list[tuple[Pdu, asyncio.Future[Pdu]]] = []
            all_there = asyncio.Event()

            async def hold(pdu: Pdu) -> Pdu:
                future: asyncio.Future[Pdu] = asyncio.get_running_loop().create_future()
                held.append((pdu, future))
                if len(held) == 4:
                    all_there.set()
                return await future

            async with ours(smsc=hold) as (esme, _, _):
                sending = [
                    asyncio.create_task(esme.send(SubmitSm(source_addr=f"{n}"))) for n in range(4)
                ]
                await all_there.wait()
                for pdu, future in reversed(held):
                    assert isinstance(pdu, SubmitSm)
                    future.set_result(SubmitSmResp(message_id=f"id-{pdu.source_addr}"))
                answers = await asyncio.gather(*sending)
                assert [one.message_id for one in answers] == [f"id-{n}" for n in range(4)]

        run(test())

    def test_what_is_not_answered_is_unknown_and_leaves_the_window(self) -> None:
        async def play(peer: Peer) -> None:
            bind = await peer.hear()
            assert bind is not None
            peer.say(BindTransceiverResp(sequence=bind.sequence))
            first = await peer.hear()
            second = await peer.hear()
            assert first is not None
            assert second is not None
            peer.say(SubmitSmResp(sequence=first.sequence, message_id="late"))
            peer.say(SubmitSmResp(sequence=second.sequence, message_id="in time"))
            await peer.hear()

        async def test() -> None:
            async with listening(play) as port:
                session = await connect(binding(port), yes, limits=Limits(window=1, response_s=0.1))
                with pytest.raises(Unanswered, match=r"no answer for 0\.1 s"):
                    await session.send(SMS)
                assert (await session.send(SMS)).message_id == "in time"
                assert session.counts == Counts(sent=3, unanswered=1, late=1)
                session.abort("over")

        run(test())

    @pytest.mark.parametrize(
        ("answer", "error", "what"),
        [
            (GenericNack(sequence=2, status=Status.RINVCMDLEN), Nacked, "ESME_RINVCMDLEN"),
            (DeliverSmResp(sequence=2), Unanswered, "submit_sm got a deliver_sm_resp"),
            (
                struct.pack(">IIII", 18, Command.SUBMIT_SM_RESP, 0, 2) + b"\0\x05",
                Unanswered,
                "RINVOPTPARSTREAM",
            ),
        ],
    )
    def test_an_answer_that_is_none(
        self, answer: Pdu | bytes, error: type[Exception], what: str
    ) -> None:
        async def play(peer: Peer) -> None:
            await peer.hear()
            peer.say(BindTransceiverResp(sequence=1))
            await peer.hear()
            peer.say(answer)
            enquiry = await peer.hear()
            assert isinstance(enquiry, SubmitSm)
            peer.say(SubmitSmResp(sequence=3))
            await peer.hear()

        async def test() -> None:
            async with listening(play) as port:
                session = await connect(binding(port), yes)
                with pytest.raises(error, match=what):
                    await session.send(SMS)
                assert (await session.send(SMS)).status == 0
                session.abort("over")

        run(test())

    def test_numbers_come_round_and_pass_over_those_in_use(self) -> None:
        seen = []

        async def keep(pdu: Pdu) -> None:
            seen.append(pdu.sequence)

        async def test() -> None:
            async with ours(smsc=keep, sequence=LAST_SEQUENCE - 3) as (esme, _, _):
                for _ in range(4):
                    await esme.send(SMS)
            assert seen == [LAST_SEQUENCE - 1, LAST_SEQUENCE, 1, 2]
            questions = Questions(1, Counts(), lambda _: None, LAST_SEQUENCE - 1)
            loop = asyncio.get_running_loop()
            questions.open = {1: loop.create_future(), 2: loop.create_future()}
            assert [questions.next_sequence() for _ in range(2)] == [LAST_SEQUENCE, 3]

        run(test())

    def test_slower_when_told_to_and_nothing_is_lost(self) -> None:
        taken = []
        refused = [Status.RTHROTTLED, Status.RMSGQFUL, Status.RTHROTTLED]

        async def busy(pdu: Pdu) -> None:
            if refused:
                raise Refused(refused.pop())
            taken.append(pdu)

        async def test() -> None:
            async with ours(smsc=busy) as (esme, _, _):
                answers = await asyncio.gather(*(esme.send(SMS) for _ in range(5)))
                assert [answer.status for answer in answers] == [0] * 5
                assert len(taken) == 5
                assert esme.counts.throttled == 3
                assert esme.gap_s > 0

        run(test())

    def test_who_is_always_too_early_is_told_so_in_the_end(self) -> None:
        async def busy(pdu: Pdu) -> None:
            raise Refused(Status.RTHROTTLED)

        async def test() -> None:
            async with ours(smsc=busy, limits=Limits(repeat_s=0.05)) as (esme, _, _):
                assert (await esme.send(SMS)).status == Status.RTHROTTLED
                assert esme.counts.throttled > 1

        run(test())

    def test_what_cannot_be_written_is_not_sent(self) -> None:
        async def test() -> None:
            async with ours() as (esme, smsc, _):
                with pytest.raises(ValueError, match="short_message: longer than 254"):
                    await esme.send(SubmitSm(short_message=b"x" * 255))
                assert (await esme.send(SMS)).status == 0
                assert smsc.counts.received == 1

        run(test())


class TestHandlers:
    def test_the_answer_comes_after_the_handler_has_returned(self) -> None:
        async def test() -> None:
            begun, kept = asyncio.Event(), asyncio.Event()

            async def keep(pdu: Pdu) -> None:
                begun.set()
                await kept.wait()

            async def play(peer: Peer) -> None:
                await peer.hear()
                peer.say(BindTransceiverResp(sequence=1))
                peer.say(DeliverSm(sequence=8))
                await begun.wait()
                peer.say(EnquireLink(sequence=9))
                # All that has been written so far is the answer to the later one.
                assert await peer.hear() == EnquireLinkResp(sequence=9)
                kept.set()
                assert await peer.hear() == DeliverSmResp(sequence=8)
                played.set()

            played = asyncio.Event()
            async with listening(play) as port:
                session = await connect(binding(port), keep)
                await played.wait()
                session.abort("over")

        run(test())

    def test_a_handler_that_fails_asks_for_it_again(self) -> None:
        async def fail(pdu: Pdu) -> Pdu | None:
            assert isinstance(pdu, DeliverSm | SubmitSm | AlertNotification)
            if pdu.source_addr == "fail":
                raise RuntimeError("the database is away")
            if pdu.source_addr == "refuse":
                raise Refused(Status.RX_P_APPN)
            if pdu.source_addr == "nonsense":
                return SubmitSmResp(message_id="x" * 100)
            return None

        async def test() -> None:
            async with ours(smsc=fail, esme=fail) as (esme, smsc, _):
                smsc.alert(AlertNotification(source_addr="fail"))
                delivered = [
                    (await smsc.send(DeliverSm(source_addr=what))).status
                    for what in ("fail", "refuse", "nonsense", "fine")
                ]
                assert delivered == [Status.RX_T_APPN, Status.RX_P_APPN, Status.RX_T_APPN, 0]
                submitted = [
                    (await esme.send(SubmitSm(source_addr=what))).status
                    for what in ("fail", "refuse", "nonsense", "fine")
                ]
                assert submitted == [Status.RSYSERR, Status.RX_P_APPN, Status.RSYSERR, 0]
                assert (esme.counts.failed, smsc.counts.failed) == (3, 2)

        run(test())

    def test_a_handler_may_ask_the_other_side(self) -> None:
        """A hall answers a message with one, and the handlers fill the window."""

        async def test() -> None:
            there: list[Session] = []

            async def answer(pdu: Pdu) -> None:
                assert (await there[0].send(SMS)).status == 0

            limits = Limits(window=2, handling=2)
            async with ours(esme=answer, limits=limits) as (esme, smsc, _):
                there.append(esme)
                answers = await asyncio.gather(*(smsc.send(DeliverSm()) for _ in range(40)))
                assert {one.status for one in answers} == {0}

        run(test())

    def test_a_flood_is_turned_away_and_the_others_go_on(self) -> None:
        async def test() -> None:
            go = asyncio.Event()
            seen = []

            async def hold(pdu: Pdu) -> None:
                assert isinstance(pdu, SubmitSm)
                seen.append(pdu.source_addr)
                if pdu.source_addr == "flood":
                    await go.wait()

            limits = Limits(handling=4, waiting=10)
            async with ours(smsc=hold, limits=limits) as (esme, _, server):
                peer = await dial(server.port)
                peer.say(*(SubmitSm(sequence=n, source_addr="flood") for n in range(2, 1002)))
                turned_away = [await peer.hear() for _ in range(1000 - 14)]
                assert {one.status for one in turned_away if one} == {Status.RTHROTTLED}
                assert (await esme.send(SMS)).status == 0
                assert seen == ["flood"] * 4 + ["10086"]
                go.set()
                taken = [await peer.hear() for _ in range(14)]
                assert [(one.sequence, one.status) for one in taken if one] == [
                    (n, 0) for n in range(2, 16)
                ]
                peer.writer.transport.abort()

        run(test())

    def test_what_waits_is_bounded_in_octets_too(self) -> None:
        async def test() -> None:
            go = asyncio.Event()

            async def hold(pdu: Pdu) -> None:
                await go.wait()

            limits = Limits(handling=1, waiting_octets=1000)
            async with ours(smsc=hold, limits=limits) as (_, _, server):
                peer = await dial(server.port)
                large = DataSm(tlvs=(Tlv(0x424, b"x" * 600),))
                peer.say(*(encode(large, sequence) for sequence in (2, 3, 4)))
                third = await peer.hear()
                assert third is not None
                assert (third.sequence, third.status) == (4, Status.RTHROTTLED)
                go.set()
                assert [(await peer.hear() or large).sequence for _ in range(2)] == [2, 3]
                peer.writer.transport.abort()

        run(test())

    def test_who_does_not_read_is_not_written_to_for_ever(self) -> None:
        async def test() -> None:
            limits = Limits(unread_octets=10_000, response_s=0.1)
            async with ours(limits=limits) as (_, _, server):
                peer = await dial(server.port, unread_octets=4096)
                (theirs,) = [one for one in server.sessions if one.peer == "raw"]
                sending = theirs._writer.get_extra_info("socket")
                sending.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
                peer.reader._transport.pause_reading()  # type: ignore[attr-defined]
                writing = asyncio.create_task(_pour(peer))
                assert await theirs.wait() == "the other side does not read"
                await writing

        async def _pour(peer: Peer) -> None:
            with pytest.raises(OSError):
                while True:
                    peer.say(encode(EnquireLink()) * 1000)
                    await peer.writer.drain()

        run(test())


class TestNonsense:
    @pytest.mark.parametrize(
        ("octets", "status", "sequence"),
        [
            (struct.pack(">IIII", 16, 0x77, 0, 5), Status.RINVCMDID, 5),
            (
                struct.pack(">IIII", 33, Command.SUBMIT_SM, 0, 6) + b"\0" * 16 + b"\x09",
                Status.RINVMSGLEN,
                6,
            ),
            (
                struct.pack(">IIII", 20, Command.ENQUIRE_LINK, 0, 7) + b"\x05\x01\x00\x09",
                Status.RINVPARLEN,
                7,
            ),
        ],
    )
    def test_a_bad_pdu_is_named_and_the_session_lives(
        self, octets: bytes, status: Status, sequence: int
    ) -> None:
        async def test() -> None:
            server = await serve(accepting(yes))
            peer = await dial(server.port)
            peer.say(octets + encode(SubmitSm(sequence=9)))
            assert await peer.hear() == GenericNack(status=status, sequence=sequence)
            assert await peer.hear() == SubmitSmResp(sequence=9)
            (session,) = server.sessions
            assert session.counts.bad == 1
            peer.writer.transport.abort()
            await server.close()

        run(test())

    def test_answers_that_nobody_asked_for_are_not_answered(self) -> None:
        async def test() -> None:
            server = await serve(accepting(yes))
            peer = await dial(server.port)
            peer.say(
                SubmitSmResp(sequence=99),
                GenericNack(sequence=0, status=3),
                struct.pack(">IIII", 16, 0x80000077, 0, 5),
                EnquireLink(sequence=7),
            )
            assert await peer.hear() == EnquireLinkResp(sequence=7)
            (session,) = server.sessions
            assert (session.counts.late, session.counts.bad) == (2, 1)
            peer.writer.transport.abort()
            await server.close()

        run(test())

    @pytest.mark.parametrize("length", [0, 12, 0x00FFFFFF, 0x47455420])
    def test_where_no_pdu_can_be_found_the_connection_ends(self, length: int) -> None:
        async def test() -> None:
            server = await serve(accepting(yes))
            peer, other = await dial(server.port), await dial(server.port)
            sessions = list(server.sessions)
            peer.say(struct.pack(">IIII", length, Command.SUBMIT_SM, 0, 42), b"more")
            assert await peer.hear() == GenericNack(status=Status.RINVCMDLEN, sequence=42)
            assert await peer.hear() is None
            ended = [one.reason for one in sessions if one.reason]
            assert len(ended) == 1
            assert f"command_length is {length}" in ended[0]
            other.say(EnquireLink(sequence=7))
            assert await other.hear() == EnquireLinkResp(sequence=7)
            other.writer.transport.abort()
            await server.close()

        run(test())

    def test_a_pdu_that_ends_in_the_middle(self) -> None:
        async def test() -> None:
            seen = []

            async def keep(pdu: Pdu) -> None:
                seen.append(pdu)

            server = await serve(accepting(keep))
            peer = await dial(server.port)
            (session,) = server.sessions
            peer.say(encode(SMS)[:-1])
            peer.writer.write_eof()
            assert await session.wait() == "closed by the other side"
            assert seen == []
            await server.close()

        run(test())


class TestLife:
    def test_both_sides_ask_whether_the_other_lives(self) -> None:
        async def test() -> None:
            async with ours(limits=Limits(enquire_s=0.02)) as (esme, smsc, _):
                asked = esme.counts.sent, smsc.counts.sent
                while esme.counts.sent < asked[0] + 2 or smsc.counts.sent < asked[1] + 1:
                    await asyncio.sleep(0.01)
                assert (esme.reason, smsc.reason) == (None, None)
                assert (await esme.send(SMS)).status == 0

        run(test())

    def test_who_does_not_answer_is_gone(self) -> None:
        async def play(peer: Peer) -> None:
            await peer.hear()
            peer.say(BindTransceiverResp(sequence=1))
            asked.append(await peer.hear())
            await peer.hear()

        asked: list[Pdu | None] = []

        async def test() -> None:
            async with listening(play) as port:
                limits = Limits(enquire_s=0.02, response_s=0.05)
                session = await connect(binding(port), yes, limits=limits)
                assert await session.wait() == "no answer to enquire_link"
                assert asked == [EnquireLink(sequence=2)]
                with pytest.raises(NotSent, match="no answer to enquire_link"):
                    await session.send(SMS)

        run(test())

    def test_an_orderly_end_loses_nothing(self) -> None:
        async def test() -> None:
            begun, go = asyncio.Event(), asyncio.Event()
            done = []

            async def hold(pdu: Pdu) -> None:
                begun.set()
                await go.wait()
                done.append(pdu)

            async with ours(smsc=hold, esme=hold, limits=Limits(window=1)) as (esme, smsc, _):
                first = asyncio.create_task(esme.send(SMS))
                delivery = asyncio.create_task(smsc.send(DeliverSm()))
                second = asyncio.create_task(esme.send(SMS))
                await begun.wait()
                while not (esme.handling and smsc.handling):
                    await asyncio.sleep(0)
                ending = asyncio.create_task(esme.unbind())
                await asyncio.sleep(0)
                assert not esme.open
                go.set()
                assert await ending == "unbound by us"
                assert (await first).status == (await delivery).status == 0
                with pytest.raises(NotSent):
                    await second
                assert await smsc.wait() == "unbound by the other side"
                assert len(done) == 2
                assert esme.counts.unanswered == smsc.counts.unanswered == 0

        run(test())

    def test_both_end_at_once(self) -> None:
        async def test() -> None:
            # Were one to wait for the other, both would wait for an hour.
            async with ours(limits=Limits(response_s=3600)) as (esme, smsc, _):
                await asyncio.gather(esme.unbind(), smsc.unbind())
                assert {esme.reason, smsc.reason} <= {"unbound by us", "unbound by the other side"}

        run(test())

    def test_an_end_that_is_not_answered(self) -> None:
        async def play(peer: Peer) -> None:
            await peer.hear()
            peer.say(BindTransceiverResp(sequence=1))
            assert await peer.hear() == Unbind(sequence=2)
            assert await peer.hear() is None

        async def test() -> None:
            async with listening(play) as port:
                session = await connect(binding(port), yes, limits=Limits(response_s=0.05))
                assert await session.unbind() == "unbound by us"

        run(test())

    def test_the_other_side_ends_in_order(self) -> None:
        async def test() -> None:
            server = await serve(accepting(yes))
            peer = await dial(server.port)
            (session,) = server.sessions
            peer.say(SubmitSm(sequence=2), Unbind(sequence=3), SubmitSm(sequence=4))
            heard = [await peer.hear() for _ in range(3)]
            assert {one.sequence: one.status for one in heard if one} == {
                2: 0,
                3: 0,
                4: Status.RTHROTTLED,
            }
            assert UnbindResp(sequence=3) in heard
            assert await peer.hear() is None
            assert await session.wait() == "unbound by the other side"
            await server.close()

        run(test())

    def test_a_connection_that_breaks_leaves_no_doubt_about_what_is_in_doubt(self) -> None:
        async def test() -> None:
            begun, go = asyncio.Event(), asyncio.Event()
            kept = []

            async def hold(pdu: Pdu) -> None:
                begun.set()
                await go.wait()
                kept.append(pdu)

            async with ours(smsc=hold, limits=Limits(window=1)) as (esme, smsc, _):
                under_way = asyncio.create_task(esme.send(SMS))
                waiting = asyncio.create_task(esme.send(SMS))
                await begun.wait()
                smsc.abort("the power failed")
                with pytest.raises(Unanswered):
                    await under_way
                with pytest.raises(NotSent):
                    await waiting
                with pytest.raises(NotSent):
                    await esme.send(SMS)
                # What was begun is ended: it will come again, and is known then.
                go.set()
                assert await smsc.wait() == "the power failed"
                assert len(kept) == 1

        run(test())
