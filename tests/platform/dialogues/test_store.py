"""Dialogues are kept, replaced by compare-and-swap, taken over, swept, and cannot be read."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection

from qudao.kernel.ids import new_id
from qudao.platform.dialogues import store
from qudao.platform.dialogues.types import Kept
from qudao.platform.jobs import schedule
from tests.province import NOON

pytestmark = pytest.mark.django_db

CALLER = "msisdn:13903710001"
BLANK = '{"language":"en"}'


def kept(front: str = "sms", *, sole: bool = True, known: bool = True, state: str = BLANK) -> Kept:
    caller = store.caller_index(CALLER) if known else None
    until = NOON + timedelta(minutes=10)
    return Kept(new_id(NOON), front, caller, sole, state, 0, NOON, until)


def rows() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM dialogues_dialogue")
        return int(cursor.fetchone()[0])


def write(known: Kept, state: str, caller: bytes | None = None) -> bool:
    until = NOON + timedelta(minutes=20)
    return store.replace(store.Next(known, state, caller, NOON, until))


def test_what_is_kept_is_found_by_id_and_by_caller() -> None:
    one = kept(state='{"item":"余额"}')
    assert store.begin(one)
    assert store.find(one.id) == one
    assert store.of_caller(store.caller_index(CALLER)) == (one,)
    assert store.of_caller(store.caller_index("msisdn:13903710002")) == ()
    assert store.find(UUID(int=1)) is None


def test_it_is_not_there_to_be_read() -> None:
    store.begin(kept(state='{"pin":"123456789012"}'))
    with connection.cursor() as cursor:
        cursor.execute("SELECT dialogues_dialogue::text, state FROM dialogues_dialogue")
        text, state = cursor.fetchone()
    assert "123456789012" not in text and b"123456789012" not in bytes(state)
    assert "13903710001" not in text


def test_only_the_present_version_is_replaced() -> None:
    one = kept()
    store.begin(one)
    assert write(one, "1")
    assert not write(one, "2")
    found = store.find(one.id)
    assert found is not None and (found.state, found.version) == ("1", 1)
    assert found.expires_at == NOON + timedelta(minutes=20)
    assert not write(replace(found, id=UUID(int=1)), "3")


def test_a_caller_has_one_at_a_time_on_a_front_where_it_is_so() -> None:
    first, second = kept(), kept(state="second")
    assert store.begin(first)
    assert not store.begin(second), "whoever knows of none must look again"
    assert store.find(second.id) is None
    assert write(first, "further")
    assert not store.begin(second, instead_of=first), "it was gone on with"
    present = store.find(first.id)
    assert store.begin(second, instead_of=present)
    assert store.find(first.id) is None and store.find(second.id) == second
    assert store.begin(kept("ussd"))
    assert store.begin(kept("web", sole=False)) and store.begin(kept("web", sole=False))
    assert rows() == 4


def test_nobody_in_particular_has_any_number() -> None:
    assert store.begin(kept(known=False)) and store.begin(kept(known=False))
    assert rows() == 2


def test_a_caller_becomes_known_and_stays_so() -> None:
    one = kept("web", sole=False, known=False)
    store.begin(one)
    mine, other = store.caller_index(CALLER), store.caller_index("msisdn:13903710002")
    assert write(one, "1", mine)
    (found,) = store.of_caller(mine)
    assert write(found, "2", other)
    assert store.of_caller(other) == () and store.of_caller(mine)[0].state == "2"


def test_one_is_taken_over_in_the_place_of_another() -> None:
    there, here = kept("ussd", state="there"), kept("sms", state="here")
    store.begin(there), store.begin(here)

    def move(known: Kept) -> bool:
        until = NOON + timedelta(minutes=30)
        return store.move(known, front="sms", sole=True, state="moved", at=NOON, expires_at=until)

    assert not move(replace(there, version=7)), "not the present version"
    assert rows() == 2
    assert move(there)
    found = store.find(there.id)
    assert found is not None and (found.front, found.state, found.version) == ("sms", "moved", 1)
    assert store.find(here.id) is None


def test_what_has_expired_is_swept_and_nothing_else() -> None:
    old, fresh = kept(known=False), kept(known=False)
    store.begin(old), store.begin(fresh)
    write(fresh, "1")
    assert store.expired(NOON + timedelta(minutes=10) - timedelta(seconds=1)) == ()
    assert schedule.run("dialogues.sweep", NOON + timedelta(minutes=10)) == 1
    assert store.find(old.id) is None and store.find(fresh.id) is not None


def test_it_is_swept_in_sets() -> None:
    for _ in range(5):
        store.begin(kept(known=False))
    late = NOON + timedelta(hours=1)
    assert [store.drop(store.expired(late, most=2)) for _ in range(4)] == [2, 2, 1, 0]


def test_what_has_gone_on_meanwhile_is_not_swept() -> None:
    one = kept(known=False)
    store.begin(one)
    gone = store.expired(NOON + timedelta(hours=1))
    write(one, "1")
    assert store.drop(gone) == 0 and store.find(one.id) is not None


def test_many_at_once_are_each_as_if_alone() -> None:
    numbers = [store.caller_index(f"msisdn:1390371000{n}") for n in range(5)]
    new = [replace(kept(), caller=one) for one in numbers]
    assert store.begin_all([(one, None) for one in new]) == {one.id for one in new}
    assert write(new[0], "moved on")
    again = [replace(kept(state="again"), caller=one) for one in numbers]
    done = store.begin_all([(one, old) for one, old in zip(again, new, strict=True)])
    assert done == {one.id for one in again[1:]}, "of the first another version is there"
    found = store.of_callers(numbers)
    assert [len(found[one]) for one in numbers] == [1] * 5
    assert [found[one][0].state for one in numbers] == ["moved on", *["again"] * 4]
    until = NOON + timedelta(minutes=20)
    wanted = [store.Next(one, f"{n}", None, NOON, until) for n, one in enumerate(again)]
    assert store.replace_all(wanted) == done
    assert store.begin_all([]) == set() == store.replace_all([]) and store.of_callers([]) == {}
