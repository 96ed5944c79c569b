"""Values that are about a person or open a door, and so must not be seen in passing."""

from __future__ import annotations


class Personal(str):
    """A name, a document number, an address: a command that takes it journals a mask."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "Personal('•••')"


class Secret(str):
    """A password, a one-time code, a PIN: never journalled, never shown."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "Secret('•••')"
