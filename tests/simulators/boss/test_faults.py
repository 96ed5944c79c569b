"""Fates can be repeated, and time ends them."""

import math

import msgspec
import pytest

from simulators.boss.faults import Down, Fate, Faults, Latency, Switchboard


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


SOME = Faults(
    seed=3,
    reset=0.2,
    error_before=0.2,
    lost_answer=0.3,
    error_after=0.1,
    duplicate=0.5,
    refuse=0.1,
    latency_ms=Latency(median=20, p99=200),
)


def fates(faults: Faults, keys: list[str]) -> dict[str, list[Fate]]:
    switchboard = Switchboard(faults, Clock())
    seen: dict[str, list[Fate]] = {}
    for key in keys:
        seen.setdefault(key, []).append(switchboard.fate(key, order=True))
    return seen


def test_the_order_of_arrival_does_not_matter() -> None:
    keys = [str(at % 50) for at in range(150)]
    assert fates(SOME, keys) == fates(SOME, sorted(keys))
    assert fates(SOME, keys) != fates(msgspec.structs.replace(SOME, seed=4), keys)


def test_switching_one_fault_on_does_not_shift_the_others() -> None:
    keys = [str(at) for at in range(200)]
    with_it, without = fates(SOME, keys), fates(msgspec.structs.replace(SOME, reset=0), keys)
    assert [f.lost_answer for k in keys for f in with_it[k]] == [
        f.lost_answer for k in keys for f in without[k]
    ]


def test_shares_and_latency_are_what_was_asked_for() -> None:
    all_fates = [
        fate for each in fates(SOME, [str(at) for at in range(4_000)]).values() for fate in each
    ]
    lost = sum(fate.lost_answer for fate in all_fates) / len(all_fates)
    assert math.isclose(lost, 0.3, abs_tol=0.03)
    latencies = sorted(fate.latency_s for fate in all_fates)
    assert math.isclose(latencies[2_000], 0.020, rel_tol=0.15)
    assert math.isclose(latencies[3_960], 0.200, rel_tol=0.3)


def test_faults_of_orders_do_not_strike_questions() -> None:
    switchboard = Switchboard(Faults(lost_answer=1, refuse=1, duplicate=1, error_after=1), Clock())
    assert switchboard.fate("?", order=False) == Fate()
    switchboard.set(Faults(reset=1, error_before=1, reads=False))
    assert switchboard.fate("?", order=False) == Fate()
    switchboard.set(Faults(reset=1))
    assert switchboard.fate("?", order=False).reset


def test_time_ends_them() -> None:
    clock = Clock()
    switchboard = Switchboard(Faults(reset=1, for_s=10, down=Down(seconds=4)), clock)
    assert switchboard.up_in_s == 4
    clock.now += 4
    assert switchboard.up_in_s == 0
    assert switchboard.fate("a", order=True).reset
    clock.now += 6
    assert not switchboard.fate("a", order=True).reset
    assert switchboard.current == Faults()


@pytest.mark.parametrize(
    "text",
    ['{"reset": 1.5}', '{"reset": -0.1}', '{"rest": 1}', '{"down": {"seconds": 1, "how": "x"}}'],
)
def test_nonsense_is_refused(text: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(text, type=Faults)
