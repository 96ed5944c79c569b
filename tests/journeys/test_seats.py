"""Seats: what is kept of a token, how long, and that forgetting it is enough."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from threading import Event

import pytest
from django.db import connection

from qudao.domain.catalog import operations as catalog
from qudao.domain.catalog import queries as catalogue
from qudao.domain.party import operations as party
from qudao.domain.saleschannel import operations as saleschannel
from qudao.domain.saleschannel import queries as outlets
from qudao.journeys.seats import Seat, Seats, listen
from qudao.kernel.scope import Scope
from qudao.platform.identity import operations as identity
from qudao.platform.identity.models import ApiToken, User
from qudao.platform.identity.roles import grants_of
from tests.platform.commands.test_budgets import Statements
from tests.province import NOON, Province

SOON = NOON + timedelta(minutes=1)
WAIT_S = 30


def token(province: Province, name: str = "clerk", **more: object) -> str:
    user = province.people[name].user
    made = identity.issue_token(province.system(), user=user, name="till", **more)
    return str.__str__(made.secret)


def seated(seats: Seats, secret: str) -> Seat:
    (seat,) = seats.read([secret], NOON)
    assert seat is not None
    return seat


def test_a_seat_says_what_a_token_may_do(province: Province) -> None:
    seats, secret = Seats(), token(province)
    assert seats.known(secret, NOON) is None
    seat = seated(seats, secret)
    assert seats.known(secret, NOON) is seat
    clerk = province.people["clerk"]
    assert (seat.actor, seat.membership, seat.outlet) == (
        clerk.user,
        clerk.membership,
        province.agent,
    )
    assert seat.grants == grants_of("outlet_clerk")
    assert seat.scope == Scope.of([province.paths[province.agent]])
    ctx = seat.context(SOON, "key", "api", dry_run=True, patient=False)
    assert (ctx.actor, ctx.grants, ctx.scope, ctx.at) == (seat.actor, seat.grants, seat.scope, SOON)
    assert (ctx.request_key, ctx.channel, ctx.dry_run, ctx.patient) == ("key", "api", True, False)
    assert ctx.stamp == seat.stamp == User.objects.get(id=clerk.user).stamp


def test_above_outlets_a_seat_has_none(province: Province) -> None:
    assert seated(Seats(), token(province, "supervisor")).outlet is None


def test_a_wrong_secret_gets_no_seat(province: Province) -> None:
    seats, secret = Seats(), token(province)
    seated(seats, secret)
    for wrong in ("", "nonsense", secret[:-1] + ("A" if secret[-1] != "A" else "B"), secret + "A"):
        assert seats.known(wrong, NOON) is None
        assert seats.read([wrong], NOON) == [None]
    assert seats.known(secret, NOON) is not None


def test_secrets_are_not_kept(province: Province) -> None:
    seats, secret = Seats(), token(province)
    seated(seats, secret)
    assert secret.rsplit("_", 1)[1] not in repr(vars(seats._kept))


def test_many_are_read_in_a_few_statements(province: Province) -> None:
    """However many: a restart must not cost a statement for each of ten thousand tokens."""
    seats = Seats()
    secrets = [token(province, name) for name in province.people for _ in range(3)]
    unknown = [secret[:12] + "x" * 43 for secret in secrets]
    with Statements() as statements:
        found = seats.read([*secrets, *unknown], NOON)
    assert len(statements.work) == 3
    assert [seat is not None for seat in found] == [True] * 36 + [False] * 36
    assert found[:36] == [seats.known(secret, NOON) for secret in secrets]
    seats.clear()
    with Statements() as statements:
        assert seats.read(secrets, NOON) == found[:36]
    assert len(statements.work) == 2  # their use has been noted


def test_what_is_no_token_costs_no_statement(province: Province) -> None:
    with Statements() as statements:
        assert Seats().read(["", "nonsense"], NOON) == [None, None]
    assert statements.work == []


def test_a_new_token_works_at_once(province: Province) -> None:
    seats, secret = Seats(), token(province)
    row = ApiToken.objects.get(prefix=secret.split("_")[1])
    ApiToken.objects.filter(id=row.id).delete()
    assert seats.read([secret], NOON) == [None]
    row.save(force_insert=True)
    seated(seats, secret)


def test_who_is_let_in_again_is_let_in_at_once(province: Province) -> None:
    seats, secret, held = Seats(), token(province), province.people["clerk"].membership
    party.suspend_member(province.system(), membership=held, reason="left")
    seat = seated(seats, secret)
    assert (seat.membership, seat.grants, seat.scope, seat.outlet) == (
        None,
        frozenset(),
        Scope(),
        None,
    )
    assert seats.known(secret, NOON) is None
    party.resume_member(province.system(), membership=held)
    assert seated(seats, secret).membership == held


def test_a_token_that_is_found_dead_is_not_kept_any_longer(province: Province) -> None:
    """Without a notice, too; and nobody who guesses unseats the right one."""
    seats, secret = Seats(), token(province)
    seat = seated(seats, secret)
    wrong = secret[:-1] + ("A" if secret[-1] != "A" else "B")
    assert seats.read([wrong], NOON) == [None]
    assert seats.known(secret, NOON) is seat
    identity.revoke_token(province.system(), token=seat.token)
    assert seats.read([secret], NOON) == [None]
    assert (seats.known(secret, NOON), len(seats)) == (None, 0)


def test_a_seat_is_read_anew_every_five_minutes(province: Province) -> None:
    seats, secret = Seats(), token(province)
    seat = seated(seats, secret)
    assert seat.valid_until == NOON + timedelta(minutes=5)
    assert seats.known(secret, seat.valid_until - timedelta(microseconds=1)) is seat
    assert seats.known(secret, seat.valid_until) is None
    seats.read([secret], seat.valid_until)
    assert ApiToken.objects.get(id=seat.token).last_used_at == seat.valid_until


def test_a_seat_ends_with_its_token_or_its_membership(province: Province) -> None:
    seats, secret = Seats(), token(province, expires_at=SOON)
    assert seated(seats, secret).valid_until == SOON
    assert seats.known(secret, SOON) is None
    assert seats.read([secret], SOON) == [None]
    lasting = token(province)
    end = NOON + timedelta(seconds=20)
    party.end_membership(
        province.system(end), membership=province.people["clerk"].membership, reason="left"
    )
    assert seated(seats, lasting).valid_until == end
    assert seats.known(lasting, end) is None
    (after,) = seats.read([lasting], end)
    assert after is not None
    assert (after.membership, after.valid_from) == (None, end)
    assert not after.holds(end - timedelta(microseconds=1)), "when the clock goes back"


def test_all_seats_of_an_account_are_forgotten_together(province: Province) -> None:
    seats = Seats()
    own = [token(province), token(province)]
    other = token(province, "farclerk")
    seats.read([*own, other], NOON)
    seats.forget([province.people["clerk"].user])
    assert [seats.known(secret, NOON) is None for secret in (*own, other)] == [True, True, False]
    seats.clear()
    assert len(seats) == 0


def test_a_seat_that_changes_while_it_is_read_is_not_kept(
    province: Province, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the two statements of a read somebody takes the right away, and says so."""
    seats, secret, person = Seats(), token(province), province.people["clerk"]
    before = User.objects.get(id=person.user).stamp
    done = False

    def meanwhile(execute: object, sql: str, *rest: object) -> object:
        nonlocal done
        if "party_membership" in sql and not done:
            done = True
            party.suspend_member(province.system(), membership=person.membership, reason="left")
            seats.forget([person.user])
        return execute(sql, *rest)  # type: ignore[operator]

    with connection.execute_wrapper(meanwhile):
        (seat,) = seats.read([secret], NOON)
    assert seat is not None and done
    assert seat.stamp == before < User.objects.get(id=person.user).stamp, "not good for writing"
    assert seats.known(secret, NOON) is None


def test_no_more_are_kept_than_may_be(province: Province) -> None:
    seats = Seats(limit=2)
    secrets = [token(province) for _ in range(3)]
    seats.read(secrets, NOON)
    assert [seats.known(secret, NOON) is not None for secret in secrets] == [False, True, True]


class Watch:
    """Seats and caches that listen, and a way to wait until they know."""

    def __init__(self) -> None:
        self.seats, self._pause = Seats(), Event()
        self.lost = Event()
        self.notices = listen(self.seats, lost=self.lost.set)

    def until(self, gone: object) -> None:
        assert callable(gone)
        for _ in range(WAIT_S * 200):
            if gone():
                return
            self._pause.wait(0.005)
        raise AssertionError("nobody has heard of it")


@pytest.fixture
def watch(transactional_db: None) -> Iterator[Watch]:
    watch = Watch()
    watch.notices.start()
    assert watch.lost.wait(WAIT_S)
    yield watch
    watch.notices.stop()


def test_a_change_is_heard_and_the_next_snapshot_is_new(
    watch: Watch, committed_province: Province
) -> None:
    province, seats = committed_province, watch.seats
    secret, other = token(province), token(province, "farclerk")
    seats.read([secret, other], NOON)
    party.suspend_member(
        province.system(), membership=province.people["clerk"].membership, reason="left"
    )
    watch.until(lambda: seats.known(secret, NOON) is None)
    assert seated(seats, secret).membership is None
    assert seats.known(other, NOON) is not None

    both = [province.agent, province.far]
    known = outlets.selling_points(both)
    saleschannel.suspend(province.system(), outlet=province.agent, reason="checked")
    watch.until(lambda: outlets.selling_points(both)[province.agent].state == "suspended")
    assert outlets.selling_points(both)[province.far] is known[province.far]

    before = catalogue.kept_snapshot()
    assert catalogue.kept_snapshot() is before
    catalog.unshelve(province.system(), code="TOPUP")
    watch.until(lambda: catalogue.kept_snapshot().revision > before.revision)


def test_nothing_is_kept_over_a_lost_connection(watch: Watch, committed_province: Province) -> None:
    province, seats = committed_province, watch.seats
    secret = token(province)
    seat = seated(seats, secret)
    outlets.selling_points([province.agent])
    watch.lost.clear()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'qudao notices' AND datname = current_database()"
        )
    assert watch.lost.wait(WAIT_S)
    assert len(seats) == 0
    assert seated(seats, secret) == replace(seat)
