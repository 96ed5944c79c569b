"""The decorator that makes a function a command."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from functools import cached_property, update_wrapper
from typing import Any, Concatenate, Final, Generic, ParamSpec, TypeVar, get_type_hints
from uuid import UUID

import msgspec
from django.db import IntegrityError, OperationalError, connection, transaction

from qudao.kernel.ids import new_id
from qudao.kernel.period import business_date, month_of
from qudao.kernel.refusals import Kind, Refusal
from qudao.platform.commands.arguments import check
from qudao.platform.commands.codec import Json, decode, encode, fingerprint
from qudao.platform.commands.context import Context, NotPermitted
from qudao.platform.commands.models import ParkedCommand
from qudao.platform.tables import prepared

P = ParamSpec("P")
R = TypeVar("R")

commands: dict[str, Any] = {}
"""Every command by name: the permission list, and what a process may call."""

ATTEMPTS = 4
"""How often a command is tried when the database asks for another try (deadlock, lost race)."""

_RETRY = {"40001", "40P01"}
_LOCK_TIMEOUT = "55P03"


@dataclass(eq=False)
class KeyReused(Refusal, kind=Kind.CONFLICT):
    """The request key was used before, for another request."""

    request_key: str


@dataclass(eq=False)
class Busy(Refusal, kind=Kind.UNAVAILABLE):
    """Others hold what this command needs; nothing was changed, try again."""


@dataclass(eq=False)
class AuthorityChanged(Refusal, kind=Kind.UNAVAILABLE):
    """What the account may do has changed since it was read; nothing was changed, read it anew."""


@dataclass(eq=False)
class AwaitingApproval(Exception):
    """
    The command was parked: it will be done when a second person approves it.

    No refusal, for something was stored; the same request key raises it again.
    """

    parked: UUID
    reason: str


@dataclass(slots=True)
class _Running:
    """What a command in progress will leave in its journal row."""

    command: str
    subject: UUID | None = None
    events: list[list[Json]] = field(default_factory=list)


_running: ContextVar[_Running | None] = ContextVar("running_command", default=None)

leader: list[Callable[[UUID], Refusal | None]] = []
"""Whoever leads entities through steps says here why a command has to wait for one of them."""


class _DryRun(Exception):
    def __init__(self, answer: object) -> None:
        self.answer = answer


def announce(event: object) -> None:
    """Put a fact into the journal row of the running command; relays hand it to reactions."""
    running = _running.get()
    assert running is not None, "events belong to commands"
    running.events.append([event_type(type(event)), encode(event)])


def event_type(event: type) -> str:
    """Return an event's public name: `wallet.WalletFrozen`."""
    return f"{event.__module__.split('.')[2]}.{event.__name__}"


def record_subject(subject: UUID) -> None:
    """Name the entity whose history the running command belongs to."""
    running = _running.get()
    assert running is not None, "subjects belong to commands"
    running.subject = subject


class Command(Generic[P, R]):
    """A function that runs authorised, in a transaction, once per request key, journalled."""

    def __init__(
        self,
        name: str,
        function: Callable[Concatenate[Context, P], R],
        approval: Callable[..., str | None] | None,
        subject: str | None,
        led: bool = False,
    ) -> None:
        self.name = name
        self.function = function
        self.approval = approval
        self.subject = subject
        self.led = led
        update_wrapper(self, function)

    @cached_property
    def hints(self) -> dict[str, Any]:
        return get_type_hints(self.function)

    def __call__(self, ctx: Context, /, *args: P.args, **kwargs: P.kwargs) -> R:
        assert not args, f"{self.name}: arguments go by name"
        if _running.get() is not None:
            return self.function(ctx, *args, **kwargs)
        if self.name not in ctx.grants:
            raise NotPermitted(self.name)
        arguments: dict[str, object] = dict(kwargs)
        check({"request_key": ctx.request_key, **arguments})
        nested = connection.in_atomic_block
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return self.perform(ctx, arguments)
            except IntegrityError as error:
                # Somebody else wrote our request key between our look and our insert: look again.
                if nested or attempt == ATTEMPTS or not _key_taken(error):
                    raise
            except OperationalError as error:
                state = _sqlstate(error)
                if waited_too_long(error) or (state in _RETRY and attempt == ATTEMPTS):
                    raise Busy from error
                if nested or state not in _RETRY:
                    raise
                time.sleep(0.01 * attempt)  # let the other transaction of the deadlock finish
        raise AssertionError("unreachable")

    def held_back(self, subject: UUID) -> Refusal | None:
        """Return why it is not done by itself now: a process leads the subject through it."""
        found = (ask(subject) for ask in leader) if self.led else ()
        return next((refusal for refusal in found if refusal is not None), None)

    def perform(self, ctx: Context, arguments: dict[str, object]) -> R:
        """Do the command in a transaction of its own, with a journal row of its own."""
        mark = fingerprint(self.name, arguments)
        try:
            with prepared.transaction():
                if ctx.stamp is not None:
                    _compare_stamp(ctx)
                known = _claim(ctx, mark)
                if known is not None:
                    return self._stored(known[0])
                reason = None
                if self.approval is not None and not ctx.exempt:
                    reason = self.approval(ctx, **arguments)
                if reason is None or ctx.dry_run:
                    return self._do(ctx, arguments, mark)
                self._try_out(ctx, arguments, mark)
                parked = self._park(ctx, arguments, mark, reason)
        except _DryRun as dry:
            return dry.answer  # type: ignore[return-value]
        raise AwaitingApproval(parked, reason)

    def _do(self, ctx: Context, arguments: dict[str, Any], mark: bytes) -> R:
        running = _Running(self.name)
        if self.subject is not None:
            running.subject = arguments[self.subject]
            if refusal := self.held_back(arguments[self.subject]):
                raise refusal
        token = _running.set(running)
        try:
            answer = self.function(ctx, **arguments)  # type: ignore[call-arg]
        finally:
            _running.reset(token)
        if ctx.dry_run:
            raise _DryRun(answer)
        _write(ctx, running, arguments, mark, encode(answer))
        return answer

    def _try_out(self, ctx: Context, arguments: dict[str, Any], mark: bytes) -> None:
        """What would be refused is refused now, and not after somebody has looked at it."""
        try:
            with transaction.atomic():
                self._do(replace(ctx, dry_run=True), arguments, mark)
        except _DryRun:
            return

    def decode(self, arguments: dict[str, Json]) -> dict[str, object]:
        """Return stored arguments with their types."""
        return {name: decode(value, self.hints[name]) for name, value in arguments.items()}

    def _stored(self, answer: Json) -> R:
        if isinstance(answer, dict) and "awaiting_approval" in answer:
            raise AwaitingApproval(UUID(answer["awaiting_approval"]), answer["reason"])
        return decode(answer, self.hints["return"])  # type: ignore[no-any-return]

    def _park(self, ctx: Context, arguments: dict[str, object], mark: bytes, reason: str) -> UUID:
        shown = encode(arguments)
        assert shown == encode(arguments, masked=False), f"{self.name} cannot be parked: personal"
        parked = ParkedCommand.objects.create(
            id=new_id(ctx.at),
            command=self.name,
            arguments=shown,
            reason=reason,
            maker=ctx.actor,
            channel=ctx.channel,
            paths=sorted(ctx.scope.paths),
            parked_at=ctx.at,
            state="waiting",
        )
        running = _Running("commands.park", parked.id)
        held = {"command": self.name, "arguments": shown}
        answer = {"awaiting_approval": str(parked.id), "reason": reason}
        _write(ctx, running, held, mark, answer)
        return parked.id


def command(
    name: str,
    *,
    approval: Callable[..., str | None] | None = None,
    subject: str | None = None,
    led: bool = False,
) -> Callable[[Callable[Concatenate[Context, P], R]], Command[P, R]]:
    """
    Make a function the only way to do what it does.

    The outermost command checks the grant, claims the request key, opens the transaction and
    writes the journal row; a command called from another one joins it. `approval(ctx, **arguments)`
    may return a reason for which the command is parked until another person approves it; it is
    tried out before, and what it refuses it refuses at once.
    `subject` names the argument whose history the command belongs to. What is `led` is refused
    while a process is under way about its subject, unless it is a task of the process that does it.

    :raises NotPermitted: if the actor was not granted the command.
    :raises ValueNotUsable: if an argument holds what no command takes.
    :raises KeyReused: if the request key was used for another request.
    :raises AwaitingApproval: if the command was parked.
    :raises AuthorityChanged: if the context's authority was read some time ago, and is not the
        present one.
    :raises Busy: if others hold what it needs for too long.
    """

    def decorate(function: Callable[Concatenate[Context, P], R]) -> Command[P, R]:
        assert name not in commands, name
        made = Command(name, function, approval, subject, led)
        commands[name] = made
        return made

    return decorate


def _compare_stamp(ctx: Context) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT stamp FROM identity_user WHERE id = %s", [ctx.actor])
        if cursor.fetchone() != (ctx.stamp,):
            raise AuthorityChanged


def _claim(ctx: Context, mark: bytes) -> tuple[Json] | None:
    """Hold the request key until the transaction ends; return what was answered to it before."""
    rows = prepared.fetch(_CLAIM, [str(ctx.actor), ctx.request_key])
    if not rows:
        return None
    (row,) = rows
    if bytes(row[0]) != mark:
        raise KeyReused(ctx.request_key)
    return (None if row[1] is None else msgspec.json.decode(row[1]),)


_CLAIM: Final = "SELECT fingerprint, answer::text FROM commands_claim(%s::uuid, %s::text)"


def _write(
    ctx: Context, running: _Running, arguments: dict[str, Any], mark: bytes, answer: Json
) -> None:
    prepared.run(
        _ENTRY,
        [
            ctx.at.isoformat(),
            str(ctx.actor),
            None if ctx.approved_by is None else str(ctx.approved_by),
            ctx.channel,
            running.command,
            ctx.request_key,
            "\\x" + mark.hex(),
            None if running.subject is None else str(running.subject),
            _json(encode(arguments)),
            None if answer is None else _json(answer),
            _json(running.events) if running.events else None,
            month_of(business_date(ctx.at)).isoformat(),
        ],
    )


_ENTRY: Final = """
INSERT INTO commands_journal
    (at, actor, approved_by, channel, command, request_key, fingerprint, subject, arguments,
     answer, events, period)
VALUES (%s::timestamptz, %s::uuid, %s::uuid, %s::text, %s::text, %s::text, %s::bytea, %s::uuid,
        %s::jsonb, %s::jsonb, %s::jsonb, %s::date)
"""
"""Made once: the row is written so often that making the statement anew cost half of it."""


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def passing(error: BaseException) -> bool:
    """
    Say whether the database refused a statement for what others were doing just then.

    A lost connection is none of these: who knows whether the statement was done.
    """
    return isinstance(error, IntegrityError) or waited_too_long(error) or _sqlstate(error) in _RETRY


def waited_too_long(error: BaseException) -> bool:
    """Say whether the database gave up waiting for a lock that others hold."""
    return _sqlstate(error) == _LOCK_TIMEOUT


def _sqlstate(error: BaseException) -> str | None:
    return getattr(error.__cause__, "sqlstate", None)


def _key_taken(error: BaseException) -> bool:
    diagnosis = getattr(error.__cause__, "diag", None)
    # Each month's partition has a constraint of its own name.
    return "request_key" in (getattr(diagnosis, "constraint_name", None) or "")
