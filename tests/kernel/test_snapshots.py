"""What is kept, what is forgotten, and what a read that was overtaken may not keep."""

from __future__ import annotations

from qudao.kernel.snapshots import Snapshots


def kept(limit: int = 10, **values: str) -> Snapshots[str, str, str]:
    """Snapshots whose subject is the first letter of the key."""
    made = Snapshots[str, str, str](limit)
    put(made, **values)
    return made


def put(snapshots: Snapshots[str, str, str], **values: str) -> None:
    with snapshots.reading() as reading:
        snapshots.keep(reading, ((key[0], key, value) for key, value in values.items()))


def test_what_is_kept_is_found_until_it_is_forgotten() -> None:
    snapshots = kept(a1="one", a2="two", b1="three")
    snapshots.forget(["a", "unknown"])
    assert [snapshots.get(key) for key in ("a1", "a2", "b1")] == [None, None, "three"]
    put(snapshots, b1="four")
    assert (snapshots.get("b1"), len(snapshots)) == ("four", 1)
    snapshots.clear()
    assert (snapshots.get("b1"), len(snapshots)) == (None, 0)


def test_a_key_may_pass_to_another_subject() -> None:
    snapshots = Snapshots[str, str, int](10)
    with snapshots.reading() as reading:
        snapshots.keep(reading, [("one", "key", 1), ("two", "key", 2)])
    snapshots.forget(["one"])
    assert snapshots.get("key") == 2
    snapshots.forget(["two"])
    assert snapshots.get("key") is None


def test_those_kept_longest_go_first() -> None:
    snapshots = kept(2, a1="one", b1="two", c1="three")
    assert [snapshots.get(key) for key in ("a1", "b1", "c1")] == [None, "two", "three"]
    put(snapshots, b1="again")
    put(snapshots, d1="four")
    assert [snapshots.get(key) for key in ("b1", "c1", "d1")] == ["again", None, "four"]


def test_what_is_forgotten_during_a_read_is_not_kept_by_it() -> None:
    snapshots = kept()
    with snapshots.reading() as early, snapshots.reading() as other:
        snapshots.forget(["a"])
        with snapshots.reading() as late:
            snapshots.keep(early, [("a", "a1", "before"), ("b", "b1", "unchanged")])
            assert (snapshots.get("a1"), snapshots.get("b1")) == (None, "unchanged")
            snapshots.keep(late, [("a", "a1", "after")])
            snapshots.keep(other, [("a", "a2", "before")])
    assert (snapshots.get("a1"), snapshots.get("a2")) == ("after", None)


def test_nothing_that_was_being_read_outlives_a_clearing() -> None:
    snapshots = kept()
    with snapshots.reading() as reading:
        snapshots.clear()
        snapshots.keep(reading, [("a", "a1", "before")])
    assert len(snapshots) == 0
