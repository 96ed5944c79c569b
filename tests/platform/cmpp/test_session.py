"""Sessions over loopback: window, patience, order, failures, floods, and what is not CMPP."""

from __future__ import annotations

import asyncio
import logging
import socket
from dataclasses import replace
from typing import Any

import pytest

from qudao.platform.cmpp.layout import Unencodable, Version
from qudao.platform.cmpp.patience import Patience
from qudao.platform.cmpp.pdu import (
    ActiveTest,
    ActiveTestResp,
    Answer,
    Cancel,
    CancelResp,
    Deliver,
    DeliverResp,
    Query,
    QueryResp,
    Request,
    Result,
    Submit,
    SubmitResp,
    Terminate,
    TerminateResp,
)
from qudao.platform.cmpp.session import BAD_IN_A_ROW, LAST_SEQUENCE, TERMINATED, Session
from qudao.platform.cmpp.wire import HEADER, ProtocolError, encode
from qudao.platform.smpp.types import NotSent, Unanswered
from tests.platform.cmpp.lines import (
    A_DELIVER,
    A_SUBMIT,
    Peer,
    connected,
    facing,
    in_loop,
    until,
)

SHORT = Patience(response_s=0.05)
IMPATIENT = Patience(throttled_s=0.05)


class Held:
    """A handler that returns when it is let; counts what it has in hand."""

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.now = self.most = self.calls = 0

    async def __call__(self, *_: Any) -> SubmitResp:
        self.calls += 1
        self.now += 1
        self.most = max(self.most, self.now)
        await self.open.wait()
        self.now -= 1
        return SubmitResp(msg_id=self.calls)

    async def deliver(self, message: Deliver) -> DeliverResp:
        await self(message)
        return message.taken()


@pytest.mark.parametrize("version", Version)
@in_loop
async def test_both_sides_ask_and_answer(version: Version) -> None:
    taken: list[Deliver] = []

    async def take(message: Deliver) -> Result | None:
        taken.append(message)
        return Result.SERVICE if message.msg_content == b"?" else None

    async with connected(taken=take, version=version) as (sp, ismg):
        assert sp.version is ismg.version is version
        assert await sp.submit(A_SUBMIT) == SubmitResp(msg_id=0x1234)
        assert await sp.request(Query(time="20261122")) == QueryResp(time="20261122", mt_tlmsg=12)
        assert await sp.request(Cancel(msg_id=5)) == CancelResp()
        assert await ismg.request(A_DELIVER) == DeliverResp(msg_id=7)
        wrong = replace(A_DELIVER, msg_content=b"?")
        assert await ismg.request(wrong) == DeliverResp(msg_id=7, result=Result.SERVICE)
        assert taken == [A_DELIVER, wrong]


class TestWindow:
    @in_loop
    async def test_no_more_than_the_window_are_without_an_answer(self) -> None:
        held = Held()
        async with connected(held) as (sp, _):
            sending = [asyncio.create_task(sp.submit(A_SUBMIT)) for _ in range(40)]
            await until(lambda: held.now == 16)
            # Whatever comes after these came through the same pipe: nothing is on its way.
            assert await sp._exchange(ActiveTest()) == ActiveTestResp()
            assert held.calls == 16
            held.open.set()
            answers = await asyncio.gather(*sending)
            assert [one.result for one in answers] == [Result.TAKEN] * 40
            assert (held.most, held.calls) == (16, 40)

    @in_loop
    async def test_a_place_is_free_again_after_a_failure(self) -> None:
        async with connected(patience=Patience(window=1)) as (sp, _):
            with pytest.raises(Unencodable):
                await sp.submit(replace(A_SUBMIT, msg_src="far too long"))
            assert (await sp.submit(A_SUBMIT)).result == Result.TAKEN

    @in_loop
    async def test_who_gives_up_waiting_leaves_his_place(self) -> None:
        held = Held()
        async with connected(held, patience=Patience(window=1)) as (sp, _):
            first = asyncio.create_task(sp.submit(A_SUBMIT))
            await until(lambda: held.now == 1)
            first.cancel()
            held.open.set()
            assert (await sp.submit(A_SUBMIT)).result == Result.TAKEN


class TestPatience:
    @in_loop
    async def test_a_request_is_sent_three_times_under_one_number_and_given_up(self) -> None:
        async with facing(patience=SHORT) as (session, peer):
            with pytest.raises(Unanswered, match="Submit 1 is not answered"):
                await session.submit(A_SUBMIT)
            assert [await peer.receive() for _ in range(3)] == [(1, A_SUBMIT)] * 3
            assert session.counts.repeated == 2
            await peer.send(SubmitResp(msg_id=9), 1)
            await until(lambda: session.counts.strays == 1)
            assert session.reason is None

    @in_loop
    async def test_the_answer_to_the_second_sending_counts(self) -> None:
        async with facing(patience=replace(SHORT, attempts=1_000)) as (session, peer):
            sending = asyncio.create_task(session.submit(A_SUBMIT))
            await peer.receive()
            await peer.receive()
            await peer.send(SubmitResp(msg_id=9), 1)
            assert await sending == SubmitResp(msg_id=9)

    @in_loop
    async def test_a_silent_line_is_tested_and_then_given_up(self) -> None:
        patience = Patience(response_s=0.2, test_every_s=0.02)
        async with facing(patience=patience) as (session, peer):
            assert await peer.receive() == (1, ActiveTest())
            await peer.send(ActiveTestResp(), 1)
            assert await peer.receive() == (2, ActiveTest())
            assert await peer.receive() == (2, ActiveTest())
            await session.wait()
            assert session.reason == "no answer to active tests"

    @in_loop
    async def test_a_silent_line_whose_other_end_is_there_stays(self) -> None:
        patience = Patience(test_every_s=0.01)
        async with connected(patience=patience) as (sp, ismg):
            await until(lambda: sp.counts.received > 4 and ismg.counts.received > 4)
            assert sp.reason is ismg.reason is None

    @in_loop
    async def test_active_tests_are_answered_while_the_window_is_full(self) -> None:
        held = Held()
        async with connected(held, patience=Patience(window=1, test_every_s=0.01)) as (sp, _):
            sending = asyncio.create_task(sp.submit(A_SUBMIT))
            await until(lambda: held.now == 1 and sp.counts.received > 3)
            held.open.set()
            assert (await sending).result == Result.TAKEN


class TestThrottling:
    @in_loop
    async def test_what_is_too_much_is_sent_again_later(self) -> None:
        results = [Result.THROTTLED] * 3 + [Result.TAKEN]

        async def answer(_: Session, request: Request[Any]) -> Answer:
            return SubmitResp(msg_id=1, result=results.pop(0))

        async with connected(answer) as (sp, _):
            assert await sp.submit(A_SUBMIT) == SubmitResp(msg_id=1)
            assert sp.counts.throttled == 3
            assert sp.counts.repeated == 0

    @in_loop
    async def test_what_is_always_too_much_is_told(self) -> None:
        async def answer(_: Session, request: Request[Any]) -> Answer:
            return SubmitResp(result=Result.THROTTLED)

        async with connected(answer, patience=IMPATIENT) as (sp, ismg):
            assert (await sp.submit(A_SUBMIT)).result == Result.THROTTLED
            assert sp.counts.throttled == ismg.counts.received >= 2

    @in_loop
    async def test_the_session_slows_down_and_comes_back_to_speed(self) -> None:
        results = [Result.THROTTLED] * 2

        async def answer(_: Session, request: Request[Any]) -> Answer:
            return SubmitResp(result=results.pop() if results else Result.TAKEN)

        async with connected(answer) as (sp, _):
            assert sp.gap_s == 0
            await sp.submit(A_SUBMIT)
            slow_s = sp.gap_s
            assert slow_s > 0
            await sp.submit(A_SUBMIT)
            assert sp.gap_s < slow_s

    @pytest.mark.parametrize("result", [Result.REPEATED, Result.FEE_CODE, 77])
    @in_loop
    async def test_other_results_are_returned_as_they_are(self, result: int) -> None:
        async def answer(_: Session, request: Request[Any]) -> Answer:
            return SubmitResp(result=result)

        async with connected(answer) as (sp, ismg):
            assert (await sp.submit(A_SUBMIT)).result == result
            assert ismg.counts.received == 1


class TestHandling:
    @in_loop
    async def test_nothing_is_answered_before_the_handler_has_returned(self) -> None:
        held = Held()
        async with facing(held.deliver) as (session, peer):
            await peer.send(A_DELIVER, 5)
            await until(lambda: held.now == 1)
            await peer.send(ActiveTest(), 6)
            assert await peer.receive() == (6, ActiveTestResp())
            held.open.set()
            assert await peer.receive() == (5, DeliverResp(msg_id=7))
            assert session.reason is None

    @in_loop
    async def test_a_handler_that_fails(self, caplog: pytest.LogCaptureFixture) -> None:
        async def fail(message: Deliver) -> Answer:
            raise RuntimeError("the disk is full")

        async with facing(fail) as (session, peer):
            with caplog.at_level(logging.ERROR):
                await peer.send(A_DELIVER, 5)
                assert await peer.receive() == (5, DeliverResp(msg_id=7, result=Result.OTHER))
            assert "the disk is full" in caplog.text
            await peer.send(ActiveTest(), 6)
            assert await peer.receive() == (6, ActiveTestResp())
            assert session.reason is None

    @in_loop
    async def test_an_answer_that_cannot_be_written_is_a_failure(self) -> None:
        async def overflow(message: Deliver) -> Answer:
            return DeliverResp(msg_id=1 << 64)

        async with facing(overflow) as (_, peer):
            await peer.send(A_DELIVER, 5)
            assert await peer.receive() == (5, DeliverResp(msg_id=7, result=Result.OTHER))

    @in_loop
    async def test_a_repetition_of_what_is_in_hand_is_not_handled_twice(self) -> None:
        held = Held()
        async with facing(held.deliver) as (_, peer):
            for _ in range(3):
                await peer.send(A_DELIVER, 5)
            await peer.send(A_DELIVER, 6)
            await until(lambda: held.now == 2)
            held.open.set()
            found = [(await peer.receive()).sequence for _ in range(2)]
            await peer.send(ActiveTest(), 8)
            assert await peer.receive() == (8, ActiveTestResp())
            assert (sorted(found), held.calls) == ([5, 6], 2)

    @in_loop
    async def test_what_only_the_other_role_may_ask_is_refused(self) -> None:
        async with facing() as (_, peer):
            await peer.send(A_SUBMIT, 5)
            assert await peer.receive() == (5, SubmitResp(result=Result.COMMAND))
            await peer.send(Cancel(msg_id=1), 6)
            assert await peer.receive() == (6, CancelResp(success_id=1))

    @in_loop
    async def test_handlers_may_send_even_when_all_places_are_taken(self) -> None:
        """The answers they wait for come behind more requests."""
        sessions: list[Session] = []

        async def forward(message: Deliver) -> Answer:
            await sessions[0].submit(A_SUBMIT)
            return message.taken()

        patience = Patience(handlers=2, room_s=0.02)
        async with facing(forward, patience=patience) as (session, peer):
            sessions.append(session)
            for sequence in range(1, 5):
                await peer.send(A_DELIVER, sequence)
            results: dict[int, int] = {}
            while len(results) < 4:
                sequence, body = await peer.receive()
                if isinstance(body, Submit):
                    await peer.send(SubmitResp(), sequence)
                else:
                    assert isinstance(body, DeliverResp)
                    results[sequence] = body.result
            assert set(results.values()) <= {Result.TAKEN, Result.THROTTLED}
            assert results[1] == results[2] == Result.TAKEN

    @in_loop
    async def test_a_handler_ends_its_work_when_the_line_breaks(self) -> None:
        held = Held()
        async with facing(held.deliver) as (session, peer):
            await peer.send(A_DELIVER, 5)
            await until(lambda: held.now == 1)
            peer.writer.transport.abort()
            await until(lambda: session.reason is not None)
            assert held.now == 1
            held.open.set()
            await session.wait()
            assert held.now == 0


class TestEnding:
    @in_loop
    async def test_what_is_under_way_is_finished_first(self) -> None:
        held = Held()
        async with connected(held, patience=Patience(window=2)) as (sp, ismg):
            sending = [asyncio.create_task(sp.submit(A_SUBMIT)) for _ in range(3)]
            await until(lambda: held.now == 2)
            ending = asyncio.create_task(sp.terminate())
            await until(lambda: sp._leaving)
            held.open.set()
            await ending
            await ismg.wait()
            answers = await asyncio.gather(*sending, return_exceptions=True)
            assert [type(one) for one in answers] == [SubmitResp, SubmitResp, NotSent]
            assert sp.reason == ismg.reason == TERMINATED
            with pytest.raises(NotSent):
                await sp.submit(A_SUBMIT)

    @in_loop
    async def test_the_other_side_says_good_bye(self) -> None:
        held = Held()
        async with facing(held.deliver) as (session, peer):
            await peer.send(A_DELIVER, 5)
            await peer.send(Terminate(), 6)
            await until(lambda: held.now == 1)
            held.open.set()
            assert await peer.receive() == (5, DeliverResp(msg_id=7))
            assert await peer.receive() == (6, TerminateResp())
            assert await peer.hung_up()
            await session.wait()
            assert session.reason == TERMINATED

    @in_loop
    async def test_nobody_answers_our_good_bye(self) -> None:
        async with facing(patience=SHORT) as (session, peer):
            await session.terminate()
            assert [await peer.receive() for _ in range(3)] == [(1, Terminate())] * 3
            assert await peer.hung_up()

    @in_loop
    async def test_a_broken_line_is_told_to_all_who_wait(self) -> None:
        held = Held()
        async with connected(held, patience=Patience(window=4)) as (sp, ismg):
            sending = [asyncio.create_task(sp.submit(A_SUBMIT)) for _ in range(9)]
            await until(lambda: held.now == 4)
            ismg.abort("a broken line")
            answers = await asyncio.gather(*sending, return_exceptions=True)
            kinds = [type(one) for one in answers]
            assert kinds == [Unanswered] * 4 + [NotSent] * 5
            held.open.set()

    @in_loop
    async def test_the_line_breaks_in_the_middle_of_a_message(self) -> None:
        async with facing() as (session, peer):
            await peer.send_octets(encode(A_DELIVER, 5, Version.V30)[:50])
            peer.writer.close()
            await session.wait()
            assert session.reason == "closed by the other side"

    @in_loop
    async def test_somebody_who_asks_and_does_not_read_is_left(self) -> None:
        patience = replace(SHORT, unread_octets=10_000)
        async with facing(patience=patience) as (session, peer):
            for writer, option in (
                (session._writer, socket.SO_SNDBUF),
                (peer.writer, socket.SO_RCVBUF),
            ):
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, option, 4_096)
            peer.writer.write(encode(ActiveTest(), 1, Version.V30) * 100_000)
            assert await session.wait() == "the other side does not read"
            assert session.counts.received < 100_000

    @in_loop
    async def test_both_say_good_bye_at_once(self) -> None:
        async with connected() as (sp, ismg):
            assert await asyncio.gather(sp.terminate(), ismg.terminate()) == [TERMINATED] * 2

    @in_loop
    async def test_a_handler_may_end_the_session(self) -> None:
        async def leave(session: Session, request: Request[Any]) -> Answer:
            await session.terminate()
            return SubmitResp()

        async with connected(leave, patience=SHORT) as (sp, ismg):
            with pytest.raises(Unanswered):
                await sp.submit(A_SUBMIT)
            assert await sp.wait() == await ismg.wait() == TERMINATED


class TestWrongMessages:
    @in_loop
    async def test_a_bad_message_is_answered_and_the_session_lives(self) -> None:
        async with facing() as (session, peer):
            octets = encode(A_DELIVER, 5, Version.V20)
            await peer.send_octets(octets)
            assert await peer.receive() == (5, DeliverResp(result=Result.LENGTH))
            await peer.send_octets(HEADER.pack(20, Submit.COMMAND, 6) + bytes(8))
            assert await peer.receive() == (6, SubmitResp(result=Result.LENGTH))
            await peer.send(A_DELIVER, 7)
            assert await peer.receive() == (7, DeliverResp(msg_id=7))
            assert (session.counts.ill, session.reason) == (2, None)

    @in_loop
    async def test_an_unknown_command_is_passed_over(self) -> None:
        async with facing() as (session, peer):
            await peer.send_octets(HEADER.pack(16, 0x99, 5) + bytes(4))
            await peer.send(ActiveTest(), 6)
            assert await peer.receive() == (6, ActiveTestResp())
            assert session.counts.ill == 1

    @in_loop
    async def test_an_answer_that_cannot_be_read_is_told_to_who_asked(self) -> None:
        async with facing() as (session, peer):
            sending = asyncio.create_task(session.submit(A_SUBMIT))
            sequence, _ = await peer.receive()
            await peer.send_octets(HEADER.pack(14, SubmitResp.COMMAND, sequence) + bytes(2))
            with pytest.raises(ProtocolError, match="SubmitResp 1: it ends after 14 octets of 24"):
                await sending
            assert session.reason is None

    @in_loop
    async def test_answers_that_nobody_waits_for_are_passed_over(self) -> None:
        async with facing() as (session, peer):
            sending = asyncio.create_task(session.submit(A_SUBMIT))
            sequence, _ = await peer.receive()
            await peer.send(SubmitResp(msg_id=1), sequence + 1)
            await peer.send(CancelResp(), sequence)
            await peer.send(SubmitResp(msg_id=2), sequence)
            assert await sending == SubmitResp(msg_id=2)
            assert session.counts.strays == 2

    @pytest.mark.parametrize("length", [0, 3, 11, 20_000, 0xFFFFFFFF])
    @in_loop
    async def test_an_impossible_length_ends_the_session(self, length: int) -> None:
        async with facing() as (session, peer):
            sending = asyncio.create_task(session.submit(A_SUBMIT))
            await peer.receive()
            await peer.send_octets(length.to_bytes(4, "big") + bytes(100))
            with pytest.raises(Unanswered, match=f"cannot have {length} octets"):
                await sending
            assert await peer.hung_up()

    @in_loop
    async def test_who_sends_nothing_but_rubbish_is_left(self) -> None:
        async with facing() as (session, peer):
            for sequence in range(BAD_IN_A_ROW):
                await peer.send_octets(HEADER.pack(12, 0x99, sequence))
            assert await peer.hung_up()
            await session.wait()
            assert session.reason == f"{BAD_IN_A_ROW} messages in a row cannot be read"

    @in_loop
    async def test_connecting_twice_is_refused(self) -> None:
        async with facing() as (session, peer):
            await peer.send_octets(HEADER.pack(39, 1, 5) + bytes(27))
            await peer.send(ActiveTest(), 6)
            assert await peer.receive() == (6, ActiveTestResp())
            assert session.reason is None


class TestFlood:
    @in_loop
    async def test_only_so_many_are_in_hand_and_the_rest_waits_on_the_line(self) -> None:
        held = Held()
        async with facing(held.deliver, patience=Patience(handlers=8, room_s=60)) as (
            session,
            peer,
        ):
            flooding = asyncio.create_task(flood(peer, 5_000))
            await until(lambda: held.now == 8 and session.counts.received == 9)
            for _ in range(1_000):
                await asyncio.sleep(0)
            assert session.counts.received == 9  # it waits for a place, no other is looked at
            held.open.set()
            await flooding
            assert held.calls == 5_000
            assert held.most == 8
            assert session.counts.refused == 0

    @in_loop
    async def test_who_waits_too_long_is_refused_as_too_much(self) -> None:
        held = Held()
        patience = Patience(handlers=2, room_s=0.01)
        async with facing(held.deliver, patience=patience) as (session, peer):
            for sequence in range(1, 5):
                await peer.send(A_DELIVER, sequence)
            refused = [await peer.receive() for _ in range(2)]
            assert refused == [
                (3, DeliverResp(msg_id=7, result=Result.THROTTLED)),
                (4, DeliverResp(msg_id=7, result=Result.THROTTLED)),
            ]
            assert session.counts.refused == held.calls == 2
            held.open.set()
            assert {(await peer.receive()).sequence for _ in range(2)} == {1, 2}


async def flood(peer: Peer, many: int) -> None:
    """Send so many at once and read their answers."""
    for sequence in range(1, many + 1):
        peer.writer.write(encode(A_DELIVER, sequence, peer.version))
    found = set()
    while len(found) < many:
        sequence, body = await peer.receive()
        assert body == DeliverResp(msg_id=7)
        found.add(sequence)


class TestNumbers:
    @in_loop
    async def test_they_begin_anew_after_the_last(self) -> None:
        async with facing(sequence=LAST_SEQUENCE - 2) as (session, peer):
            found = []
            for _ in range(4):
                sending = asyncio.create_task(session.submit(A_SUBMIT))
                sequence, _ = await peer.receive()
                await peer.send(SubmitResp(), sequence)
                await sending
                found.append(sequence)
            assert found == [LAST_SEQUENCE - 1, LAST_SEQUENCE, 1, 2]

    @in_loop
    async def test_one_that_is_under_way_is_not_given_twice(self) -> None:
        async with facing() as (session, peer):
            first = asyncio.create_task(session.submit(A_SUBMIT))
            assert (await peer.receive()).sequence == 1
            session._sequence = LAST_SEQUENCE
            second = asyncio.create_task(session.submit(A_SUBMIT))
            assert (await peer.receive()).sequence == 2
            for sequence in (1, 2):
                await peer.send(SubmitResp(msg_id=sequence), sequence)
            assert [(await one).msg_id for one in (first, second)] == [1, 2]
