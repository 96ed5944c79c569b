"""The queue: turns, bounds, and what is taken out again."""

from uuid import UUID

import pytest

from qudao.domain.ordering.types import Sale
from qudao.domain.party.types import OrganizationId
from qudao.fronts.counter.queue import Queue
from qudao.fronts.counter.tickets import Ticket
from qudao.kernel.money import Money


def ticket(outlet: int, key: str) -> Ticket:
    sale = Sale(OrganizationId(UUID(int=outlet)), "TOPUP", "13900000000", Money(100))
    return Ticket(None, "", key, sale, 0, 5, lambda answer: None)  # type: ignore[arg-type]


def filled(*keys: str, most: int = 100, share: int = 100) -> Queue:
    """Keys are an outlet's digit and a number: `1a`."""
    queue = Queue(most, share)
    for key in keys:
        assert queue.add(ticket(int(key[0]), key))
    return queue


def taken(queue: Queue, most: int) -> list[str]:
    return [one.key for one in queue.take(most)]


def test_each_outlet_has_its_turn_whatever_the_others_ask() -> None:
    queue = filled("1a", "1b", "1c", "1d", "2a", "3a", "3b")
    assert taken(queue, 4) == ["1a", "2a", "3a", "1b"]
    assert taken(queue, 4) == ["3b", "1c", "1d"]
    assert len(queue) == 0 and taken(queue, 4) == []


def test_one_outlet_alone_may_fill_a_batch() -> None:
    assert taken(filled(*(f"1{n}" for n in range(9))), 5) == ["10", "11", "12", "13", "14"]


def test_it_is_bounded_as_a_whole_and_for_each_outlet() -> None:
    queue = filled("1a", "1b", "2a", most=4, share=2)
    assert not queue.add(ticket(1, "1c")), "its share is used up"
    assert queue.add(ticket(3, "3a"))
    assert not queue.add(ticket(4, "4a")), "no room"
    assert taken(queue, 2) == ["1a", "2a"]
    assert queue.add(ticket(1, "1c"))


def test_what_is_put_back_stands_first_in_its_line_and_always_has_room() -> None:
    queue = filled("1a", "1b", "2a", most=3, share=2)
    (first,) = queue.take(1)
    assert queue.add(ticket(2, "2b"))
    queue.put_back(first)
    assert len(queue) == 4
    assert sorted(taken(queue, 2)) == ["1a", "2a"]


@pytest.mark.parametrize("gone", ["1a", "1b", "2a"])
def test_what_is_dropped_is_not_taken_and_frees_its_place(gone: str) -> None:
    queue = filled("1a", "1b", "2a", most=3, share=2)
    (one,) = [one for one in queue if one.key == gone]
    assert queue.drop(one) and not queue.drop(one)
    assert len(queue) == 2
    assert queue.add(ticket(3, "3a"))
    assert sorted(taken(queue, 9)) == sorted({"1a", "1b", "2a", "3a"} - {gone})
    assert queue.add(ticket(int(gone[0]), "again")) and taken(queue, 9) == ["again"]
