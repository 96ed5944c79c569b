"""Commands of the hot path: they take many requests and answer each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from hashlib import blake2b, sha256
from typing import Concatenate, Generic, ParamSpec, TypeVar

import msgspec
from django.conf import settings
from django.db import transaction

from qudao.kernel.refusals import Refusal
from qudao.platform.commands.arguments import ValueNotUsable, check
from qudao.platform.commands.command import commands
from qudao.platform.commands.context import Context, NotPermitted
from qudao.platform.tables import prepared

Q = TypeVar("Q")
R = TypeVar("R")
P = ParamSpec("P")


@dataclass(frozen=True, slots=True)
class Claim(Generic[Q]):
    """One request of a set, with what its journal row needs."""

    ctx: Context
    request: Q
    arguments: bytes
    """The request as JSON."""
    mark: bytes
    """Its fingerprint: 32 bytes."""


class SetCommand(Generic[Q, R]):
    """
    A command that is done for many at once.

    Grants are checked for each; the same request twice in one set is done once, and another
    request under the same key begins a new set. The function does the rest of a command's duty for
    each claim in one transaction: it looks for the request key, acts, and writes a journal row. A
    request is a frozen dataclass of plain, not personal, values.
    """

    def __init__(
        self, name: str, function: Callable[[Sequence[Claim[Q]]], Sequence[R | Refusal]]
    ) -> None:
        self.name = name
        self.function = function
        self.__doc__ = function.__doc__
        self.__module__ = function.__module__
        self.__name__ = function.__name__

    def __call__(self, pairs: Sequence[tuple[Context, Q]]) -> list[R | Refusal]:
        """Return the answer or the refusal of each request, in their order."""
        answers: list[R | Refusal | None] = [None] * len(pairs)
        claims: list[Claim[Q]] = []
        places: list[list[int]] = []
        rest: Sequence[tuple[Context, Q]] = ()
        seen: dict[tuple[object, str], int] = {}
        key = sha256(settings.SECRET_KEY.encode()).digest()
        name = self.name.encode()
        for place, (ctx, request) in enumerate(pairs):
            if self.name not in ctx.grants:
                answers[place] = NotPermitted(self.name)
                continue
            try:
                check({"request_key": ctx.request_key, "request": request})
            except ValueNotUsable as refusal:
                answers[place] = refusal
                continue
            arguments = msgspec.json.encode(request)
            mark = blake2b(name + arguments, key=key, digest_size=32).digest()
            first = seen.setdefault((ctx.actor, ctx.request_key), len(claims))
            if first == len(claims):
                claims.append(Claim(ctx, request, arguments, mark))
                places.append([place])
            elif claims[first].mark == mark:
                places[first].append(place)
            else:
                # A rival for the key: what it gets depends on what the first one got.
                rest = pairs[place:]
                break
        if claims:
            for answer, wanted in zip(self.function(claims), places, strict=True):
                for place in wanted:
                    answers[place] = answer
        if rest:
            answers[-len(rest) :] = self(rest)
        assert not any(answer is None for answer in answers)
        return answers  # type: ignore[return-value]

    def one(self, ctx: Context, request: Q) -> R:
        """
        Do it for one request: a set of one.

        :raises Refusal: what the set would have answered.
        """
        if ctx.dry_run:
            with prepared.transaction():
                (answer,) = self([(ctx, request)])
                transaction.set_rollback(True)
        else:
            (answer,) = self([(ctx, request)])
        if isinstance(answer, Refusal):
            try:
                raise answer
            finally:
                del answer  # or it would hold itself, and who called, until the collector comes
        return answer


def set_command(
    name: str,
) -> Callable[[Callable[[Sequence[Claim[Q]]], Sequence[R | Refusal]]], SetCommand[Q, R]]:
    """Make a set-based function the only way to do what it does."""

    def decorate(
        function: Callable[[Sequence[Claim[Q]]], Sequence[R | Refusal]],
    ) -> SetCommand[Q, R]:
        assert name not in commands, name
        made = SetCommand(name, function)
        commands[name] = made
        return made

    return decorate


def journalled(
    name: str,
) -> Callable[[Callable[Concatenate[Context, P], R]], Callable[Concatenate[Context, P], R]]:
    """
    Make a function of the platform's own workers a command: granted, in one transaction, with a
    journal row for each entity that it changes, which the function itself sees to.

    It takes no request key: what it does is decided by the state that it finds.

    :raises NotPermitted: if the actor was not granted the command.
    """

    def decorate(
        function: Callable[Concatenate[Context, P], R],
    ) -> Callable[Concatenate[Context, P], R]:
        @wraps(function)
        def run(ctx: Context, /, *args: P.args, **kwargs: P.kwargs) -> R:
            ctx.require(name)
            with transaction.atomic():
                answer = function(ctx, *args, **kwargs)
                if ctx.dry_run:
                    transaction.set_rollback(True)
                return answer

        assert name not in commands, name
        commands[name] = run
        return run

    return decorate
