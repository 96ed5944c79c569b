"""
The expressions of a page: a small part of ECMAScript, read and worked out by this module alone.

    expression = or [ "?" expression ":" expression ]
    or = and { "||" and }            and = equal { "&&" equal }
    equal = compared { ("==" | "!=" | "===" | "!==") compared }
    compared = sum { ("<" | ">" | "<=" | ">=") sum }
    sum = product { ("+" | "-") product }            product = unary { "*" unary }
    unary = ("!" | "-" | "typeof") unary | part
    part = number | string | "(" expression ")" | name { "." name }
         | true | false | null | undefined

No calls, no indexing, no assignment: nothing that a page says reaches the program that reads it.
Of the members of a text only `length` is known.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from qudao.fronts.voice.vxml.trouble import Thrown, bad_expression

LONGEST: Final = 500
"""Characters of an expression."""
LONGEST_TEXT: Final = 10_000
"""Characters of a text that an expression makes: a loop that doubles one does not get far."""
DEEPEST: Final = 40
LARGEST: Final = 2**53
"""Numbers are ECMAScript's: whole up to here."""

Value = str | int | float | bool | None | dict[str, "Value"]
"""None is `undefined` and `null`; a dict is an object with members (`field$.utterance`)."""
Lookup = Callable[[str], Value]
"""Gives the value of a name; raises `Thrown` for a name that nobody declared."""
_Work = Callable[[Lookup], Value]

_TOKEN: Final = re.compile(
    r"""\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')"""
    r"""|(?P<name>[^\W\d][\w$]*|[$_][\w$]*)|(?P<sign>===|!==|==|!=|<=|>=|&&|\|\||[<>!?:()+\-*.]))""",
    re.DOTALL,
)
_ESCAPED: Final = {"n": "\n", "t": "\t", "r": "\r"}
_WORDS: Final[dict[str, Value]] = {"true": True, "false": False, "null": None, "undefined": None}
NAME: Final = re.compile(r"[^\W\d][\w$]*|[$_][\w$]*")


def evaluate(expression: str, lookup: Lookup) -> Value:
    """
    Work out an expression.

    :raises Thrown: `error.semantic` if it cannot be read, names what is not there, or has no sense
    """
    return _read(expression)(lookup)


def truth(value: Value) -> bool:
    """Whether a value counts as true."""
    return bool(value) or isinstance(value, dict)


def text(value: Value) -> str:
    """The value as it is spoken and sent."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float():
            return str(int(value)) if value.is_integer() else repr(value)
        case dict():
            return "[object Object]"
        case _:
            return str(value)


@lru_cache(1024)
def _read(expression: str) -> _Work:
    if len(expression) > LONGEST:
        raise bad_expression(f"an expression of {len(expression)} characters; {LONGEST} may be")
    return _Reader(expression).whole()


class _Reader:
    """Reads one expression by recursive descent into functions."""

    def __init__(self, expression: str) -> None:
        self._expression = expression
        self._tokens: list[tuple[str, str]] = []
        at, end = 0, len(expression.rstrip())
        while at < end:
            found = _TOKEN.match(expression, at)
            if found is None:
                raise self._trouble(f"at {expression[at : at + 10]!r}")
            kind = found.lastgroup or ""
            self._tokens.append((kind, found.group(kind)))
            at = found.end()
        self._at = self._depth = 0

    def _trouble(self, why: str) -> Exception:
        return bad_expression(f"cannot read {self._expression!r} {why}")

    def _next(self, *signs: str) -> str:
        """The next token if it is one of these signs, taken; else nothing."""
        if self._at < len(self._tokens):
            kind, token = self._tokens[self._at]
            if token in signs and kind in {"sign", "name"}:
                self._at += 1
                return token
        return ""

    def whole(self) -> _Work:
        work = self._expression_()
        if self._at < len(self._tokens):
            raise self._trouble(f"from {self._tokens[self._at][1]!r} on")
        return work

    def _expression_(self) -> _Work:
        self._depth += 1
        if self._depth > DEEPEST:
            raise self._trouble(f"for it is deeper than {DEEPEST}")
        condition = self._or()
        if self._next("?"):
            yes = self._expression_()
            if not self._next(":"):
                raise self._trouble("for a ':' is missing")
            no = self._expression_()
            self._depth -= 1
            return lambda names: yes(names) if truth(condition(names)) else no(names)
        self._depth -= 1
        return condition

    def _or(self) -> _Work:
        left = self._and()
        while self._next("||"):
            left = _either(left, self._and())
        return left

    def _and(self) -> _Work:
        left = self._equal()
        while self._next("&&"):
            left = _both(left, self._equal())
        return left

    def _chain(self, part: Callable[[], _Work], *signs: str) -> _Work:
        left = part()
        while sign := self._next(*signs):
            left = _binary(sign, left, part())
        return left

    def _equal(self) -> _Work:
        return self._chain(self._compared, "==", "!=", "===", "!==")

    def _compared(self) -> _Work:
        return self._chain(self._sum, "<", ">", "<=", ">=")

    def _sum(self) -> _Work:
        return self._chain(self._product, "+", "-")

    def _product(self) -> _Work:
        return self._chain(self._unary, "*")

    def _unary(self) -> _Work:
        signs = []
        while sign := self._next("!", "-", "typeof"):
            signs.append(sign)
        if len(signs) > DEEPEST:
            raise self._trouble(f"for it is deeper than {DEEPEST}")
        work = self._part()
        for sign in reversed(signs):
            work = _unary(sign, work)
        return work

    def _part(self) -> _Work:
        if self._next("("):
            inner = self._expression_()
            if not self._next(")"):
                raise self._trouble("for a ')' is missing")
            return inner
        if self._at >= len(self._tokens):
            raise self._trouble("for it ends too early")
        kind, token = self._tokens[self._at]
        self._at += 1
        if kind == "number":
            number = float(token) if "." in token else _whole(int(token))
            return lambda names: number
        if kind == "text":
            content = re.sub(
                r"\\(.)", lambda found: _ESCAPED.get(found[1], found[1]), token[1:-1], flags=re.S
            )
            return lambda names: content
        if kind == "name":
            return self._name(token)
        raise self._trouble(f"at {token!r}")

    def _name(self, token: str) -> _Work:
        if token in _WORDS:
            word = _WORDS[token]
            return lambda names: word
        work, path = _named(token), token
        while self._next("."):
            if self._at >= len(self._tokens) or self._tokens[self._at][0] != "name":
                raise self._trouble("for a name is missing after '.'")
            member = self._tokens[self._at][1]
            self._at += 1
            work, path = _member(work, path, member), f"{path}.{member}"
        return work


def _named(name: str) -> _Work:
    return lambda names: names(name)


def _either(left: _Work, right: _Work) -> _Work:
    def work(names: Lookup) -> Value:
        value = left(names)
        return value if truth(value) else right(names)

    return work


def _both(left: _Work, right: _Work) -> _Work:
    def work(names: Lookup) -> Value:
        value = left(names)
        return right(names) if truth(value) else value

    return work


def _member(owner: _Work, path: str, member: str) -> _Work:
    def work(names: Lookup) -> Value:
        value = owner(names)
        if isinstance(value, dict):
            return value.get(member)
        if isinstance(value, str) and member == "length":
            return len(value)
        raise bad_expression(f"{path} has no member {member}")

    return work


def _unary(sign: str, inner: _Work) -> _Work:
    def work(names: Lookup) -> Value:
        if sign == "typeof":
            return _kind(inner(names))
        value = inner(names)
        return not truth(value) if sign == "!" else -_number(value)

    return work


def _kind(value: Value) -> str:
    match value:
        case None:
            return "undefined"
        case bool():
            return "boolean"
        case str():
            return "string"
        case dict():
            return "object"
        case _:
            return "number"


def _binary(sign: str, left: _Work, right: _Work) -> _Work:
    def work(names: Lookup) -> Value:
        one, other = left(names), right(names)
        match sign:
            case "===":
                return _kind(one) == _kind(other) and one == other
            case "!==":
                return _kind(one) != _kind(other) or one != other
            case "==":
                return _same(one, other)
            case "!=":
                return not _same(one, other)
            case "+" if isinstance(one, str) or isinstance(other, str):
                return _joined(one, other)
            case "+":
                return _whole(_number(one) + _number(other))
            case "-":
                return _whole(_number(one) - _number(other))
            case "*":
                return _whole(_number(one) * _number(other))
            case _:
                return _in_order(sign, one, other)

    return work


def _in_order(sign: str, one: Value, other: Value) -> bool:
    if isinstance(one, str) and isinstance(other, str):
        order = (one > other) - (one < other)
    else:
        first, second = _number(one), _number(other)
        order = (first > second) - (first < second)
    return {"<": order < 0, ">": order > 0, "<=": order <= 0, ">=": order >= 0}[sign]


def _joined(one: Value, other: Value) -> str:
    joined = text(one) + text(other)
    if len(joined) > LONGEST_TEXT:
        raise bad_expression(f"a text of {len(joined)} characters; {LONGEST_TEXT} may be")
    return joined


def _same(one: Value, other: Value) -> bool:
    if isinstance(one, dict) or isinstance(other, dict):
        return one is other
    if one is None or other is None:
        return one is other
    if isinstance(one, str) and isinstance(other, str):
        return one == other
    try:
        return _number(one) == _number(other)
    except Thrown:
        return False  # 'abc' == 5: what is no number equals none


def _number(value: Value) -> int | float:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int | float):
        return value
    if isinstance(value, str):
        if re.fullmatch(r"\s*-?\d{1,16}\s*", value, re.ASCII):
            return int(value)
        if re.fullmatch(r"\s*-?\d{1,16}\.\d{1,16}\s*", value, re.ASCII):
            return float(value)
    raise bad_expression(f"{text(value)!r} is no number")


def _whole(number: int | float) -> int | float:
    if abs(number) > LARGEST:
        raise bad_expression(f"a number beyond {LARGEST}")
    return number
