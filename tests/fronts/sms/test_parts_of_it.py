"""What the hall is made of, without a database."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from uuid import UUID

import pytest

from qudao.fronts.sms.answering import bare
from qudao.fronts.sms.desk import msisdn_of
from qudao.fronts.sms.flood import Flood
from qudao.fronts.sms.front import fits
from qudao.fronts.sms.known import DOUBTED_S, LATELY_S, Before, Known
from qudao.fronts.sms.lines import Lines, Mail
from qudao.platform.shortmessages.config import CmppLink, SmppLink, read_links
from qudao.platform.shortmessages.types import Address

FIRST, SECOND = UUID(int=1), UUID(int=2)
WORD = b"the same octets of the same phone"


class TestKnown:
    def test_while_it_is_not_answered_it_is_the_same(self) -> None:
        known = Known()
        assert known.before(WORD, certain=False, now=0) is None
        known.taken(WORD, FIRST)
        assert known.before(WORD, certain=False, now=1) == Before(FIRST, answer=False)

    def test_once_it_is_answered_it_may_be_said_again(self) -> None:
        known = Known()
        known.taken(WORD, FIRST)
        known.answered(WORD, 1)
        assert known.before(WORD, certain=False, now=1) is None

    def test_a_number_of_the_centre_s_own_is_certain(self) -> None:
        known = Known()
        known.taken(WORD, FIRST)
        known.answered(WORD, 1)
        assert known.before(WORD, certain=True, now=2) == Before(FIRST, answer=False)

    def test_after_a_broken_connection_it_is_doubted_and_answered_again(self) -> None:
        known = Known()
        known.taken(WORD, FIRST)
        known.answered(WORD, 1)
        known.broken(2)
        assert known.before(WORD, certain=False, now=3) == Before(FIRST, answer=True)
        known.taken(WORD, FIRST)
        assert known.before(WORD, certain=False, now=3) == Before(FIRST, answer=False)

    @pytest.mark.parametrize(
        ("broken_s", "again_s"), [(LATELY_S + 2, LATELY_S + 3), (2, DOUBTED_S + 3)]
    )
    def test_not_for_ever(self, broken_s: float, again_s: float) -> None:
        known = Known()
        known.taken(WORD, FIRST)
        known.answered(WORD, 1)
        known.broken(broken_s)
        assert known.before(WORD, certain=False, now=again_s) is None

    def test_what_could_not_be_kept_was_never_here(self) -> None:
        known = Known()
        known.taken(WORD, FIRST)
        known.dropped(WORD)
        assert known.before(WORD, certain=False, now=1) is None

    def test_what_another_process_has_left(self) -> None:
        known = Known()
        known.recalled(WORD, FIRST, answered=True, now=0)
        assert known.before(WORD, certain=False, now=1) == Before(FIRST, answer=True)
        known.recalled(WORD, SECOND, answered=False, now=0)
        assert known.before(WORD, certain=False, now=1) == Before(SECOND, answer=False)

    def test_it_forgets(self) -> None:
        known = Known()
        for second in range(1_000):
            digest = second.to_bytes(4, "big")
            known.taken(digest, FIRST)
            known.answered(digest, second)
        assert len(known) <= LATELY_S + 1


def mail(msisdn: str, text: str) -> Mail:
    at = datetime(2026, 11, 20, tzinfo=UTC)
    us, them = Address("10086"), Address(msisdn)
    return Mail(UUID(int=0), (), "centre", msisdn, text, them, us, "", at)


def test_of_one_number_one_message_after_the_other() -> None:
    async def talk() -> None:
        lines = Lines()
        first, second, other = mail("1", "a"), mail("1", "b"), mail("2", "c")
        for one in (first, second, other):
            lines.add(one)
        assert await lines.take(10) == [first, other]
        lines.again(first)
        assert await lines.take(10) == [first], "what could not be answered goes before the next"
        lines.done(other)
        lines.done(first)
        assert await lines.take(10) == [second]
        lines.done(second)
        assert len(lines) == 0

    asyncio.run(talk())


def test_a_number_writes_so_often_and_no_more() -> None:
    flood = Flood(60)
    assert sum(flood.lets("1", 0.0) for _ in range(100)) == 60
    assert flood.lets("2", 0.0)
    assert not flood.lets("1", 0.5) and flood.lets("1", 1.5) and not flood.lets("1", 1.6)
    assert all(Flood(0).lets("1", 0.0) for _ in range(1_000))


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("“YE”。", "YE"),
        ("【余额】", "余额"),
        (" CZ 50 ", "CZ 50"),
        ("？", "？"),
        ('"', '"'),
        ("*100#", "*100#"),
    ],
)
def test_quotes_and_stops_are_no_part_of_a_word(written: str, meant: str) -> None:
    assert bare(written) == meant


@pytest.mark.parametrize(
    ("sender", "msisdn"),
    [
        ("13800138000", "13800138000"),
        ("8613800138000", "13800138000"),
        ("+8613800138000", "13800138000"),
        ("10086", None),
        ("1069001234", None),
        ("QUDAO", None),
        ("", None),
    ],
)
def test_who_is_a_customer(sender: str, msisdn: str | None) -> None:
    assert msisdn_of(sender) == msisdn


def test_an_answer_has_five_parts_at_most() -> None:
    assert fits("余" * 335) and not fits("余" * 336)
    assert fits("e" * 765) and not fits("e" * 766)


def test_links_are_read() -> None:
    smpp = '{"protocol": "smpp", "name": "a", "host": "h", "system_id": "s", "password": "geheim"}'
    cmpp = '{"protocol": "cmpp", "name": "b", "host": "h", "sp_id": "901234", "secret": "geheim"}'
    found = read_links(f"[{smpp}, {cmpp}]")
    assert [type(one) for one in found] == [SmppLink, CmppLink]
    assert "geheim" not in repr(found)
    assert read_links("") == read_links(" ") == ()


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("[{", "truncated"),
        ("{}", "array"),
        ('[{"protocol": "fax"}]', "fax"),
        ('[{"protocol": "smpp", "name": "a", "host": "h", "system_id": "s"}]', "password"),
        (
            '[{"protocol": "cmpp", "name": "a", "host": "h", "sp_id": "1", "secret": "", "x": 1}]',
            "x",
        ),
    ],
)
def test_what_is_wrong_is_said(said: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        read_links(said)


def test_two_links_of_one_name() -> None:
    one = '{"protocol": "cmpp", "name": "a", "host": "h", "sp_id": "1", "secret": "x"}'
    with pytest.raises(ValueError, match="two links are called a"):
        read_links(f"[{one}, {one}]")
