"""The breaker, by hand and by property."""

from hypothesis import given
from hypothesis import strategies as st

from qudao.gateways.outgoing.breaker import Breaker, State


def test_opens_after_a_row_of_failures_and_closes_after_a_good_probe() -> None:
    breaker = Breaker(threshold=3, rest_s=10)
    for now in (0.0, 1.0):
        breaker.failed(now)
    assert breaker.state(1) is State.CLOSED
    breaker.failed(2)
    assert breaker.state(2) is State.OPEN
    assert not breaker.admits(11.9)
    assert breaker.state(12) is State.HALF_OPEN
    assert breaker.admits(12)
    assert not breaker.admits(12), "one probe at a time"
    breaker.succeeded()
    assert breaker.state(12) is State.CLOSED
    assert breaker.admits(12)


def test_a_bad_probe_opens_it_again_for_the_whole_rest() -> None:
    breaker = Breaker(threshold=1, rest_s=10)
    breaker.failed(0)
    assert breaker.admits(10)
    breaker.failed(11)
    assert not breaker.admits(20.9)
    assert breaker.admits(21)


def test_a_success_in_between_starts_the_count_again() -> None:
    breaker = Breaker(threshold=2, rest_s=10)
    breaker.failed(0)
    breaker.succeeded()
    breaker.failed(1)
    assert breaker.state(1) is State.CLOSED


def test_a_probe_that_never_reports_is_given_up() -> None:
    breaker = Breaker(threshold=1, rest_s=10)
    breaker.failed(0)
    assert breaker.admits(10)
    assert not breaker.admits(19.9)
    assert breaker.admits(20)


STEPS = st.lists(
    st.tuples(st.floats(0, 5, allow_nan=False), st.sampled_from(["succeeded", "failed", "admits"])),
    max_size=60,
)


@given(steps=STEPS, threshold=st.integers(1, 5), rest_s=st.floats(0.5, 10))
def test_whatever_happens(steps: list[tuple[float, str]], threshold: int, rest_s: float) -> None:
    """Closed means fewer failures in a row than the threshold; open admits nobody; half-open at
    most one in a rest."""
    breaker = Breaker(threshold=threshold, rest_s=rest_s)
    now, row, last_probe = 0.0, 0, -1e9
    for wait, step in steps:
        now += wait
        before = breaker.state(now)
        if step == "succeeded":
            breaker.succeeded()
            row = 0
            assert breaker.state(now) is State.CLOSED
        elif step == "failed":
            breaker.failed(now)
            row += 1
            closed = before is State.CLOSED and row < threshold
            assert breaker.state(now) is (State.CLOSED if closed else State.OPEN)
        else:
            admitted = breaker.admits(now)
            if before is State.HALF_OPEN:
                if admitted:
                    assert now - last_probe >= rest_s
                    last_probe = now
            else:
                assert admitted is (before is State.CLOSED)
        if breaker.state(now) is not State.HALF_OPEN:
            last_probe = -1e9


@given(steps=STEPS)
def test_it_always_comes_back(steps: list[tuple[float, str]]) -> None:
    """However it stands, after two rests of silence somebody may try."""
    breaker = Breaker(threshold=2, rest_s=3)
    now = 0.0
    for wait, step in steps:
        now += wait
        if step == "succeeded":
            breaker.succeeded()
        elif step == "failed":
            breaker.failed(now)
        else:
            breaker.admits(now)
    assert breaker.admits(now + 6)
