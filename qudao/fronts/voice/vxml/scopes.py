"""Variables: of session, application, document, dialog, and of what is being done."""

from __future__ import annotations

from collections.abc import Iterator

from qudao.fronts.voice.vxml.expressions import NAME, Value, evaluate
from qudao.fronts.voice.vxml.trouble import bad_expression


class Scope:
    """Variables, and the scope around them."""

    def __init__(self, name: str, around: Scope | None = None, *, fixed: bool = False) -> None:
        self.name, self.around, self.fixed = name, around, fixed
        self.variables: dict[str, Value] = {}

    def _outwards(self) -> Iterator[Scope]:
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.around

    def look(self, name: str) -> Value:
        """
        The value of a variable, or all variables of a scope by its name.

        :raises Thrown: `error.semantic` if nobody declared it
        """
        for scope in self._outwards():
            if name in scope.variables:
                return scope.variables[name]
        for scope in self._outwards():
            if scope.name == name:
                return scope.variables
        raise bad_expression(f"there is no variable {name}")

    def declare(self, name: str, value: Value) -> None:
        """
        Make a variable here.

        :raises Thrown: `error.semantic` if its name is none
        """
        if not NAME.fullmatch(name):
            raise bad_expression(f"{name!r} cannot be the name of a variable")
        self.variables[name] = value

    def assign(self, name: str, value: Value) -> None:
        """
        Change a variable where it was declared (`x`, `document.x`).

        :raises Thrown: `error.semantic` if nobody declared it, or it is the session's
        """
        where, _, member = name.rpartition(".")
        for scope in self._outwards():
            if (not where or scope.name == where) and member in scope.variables:
                if scope.fixed:
                    break
                scope.variables[member] = value
                return
        raise bad_expression(f"{name!r} is no variable that can be changed")

    def evaluate(self, expression: str) -> Value:
        """
        What an expression comes to with these variables.

        :raises Thrown: `error.semantic`
        """
        return evaluate(expression, self.look)
