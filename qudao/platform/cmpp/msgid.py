"""What a Msg_Id says: when which gateway took a message, and which one it was."""

from __future__ import annotations

from datetime import datetime
from typing import Final, NamedTuple

_BITS: Final = (4, 5, 5, 6, 6, 22, 16)
"""Of its parts, in their order: 64 in all."""


class MessageId(NamedTuple):
    month: int
    day: int
    hour: int
    minute: int
    second: int
    gateway: int
    """Code of the gateway, up to 4,194,303."""
    serial: int
    """Counts up to 65,535 and begins anew."""

    @classmethod
    def at(cls, when: datetime, gateway: int, serial: int) -> MessageId:
        """In the zone of `when`."""
        return cls(when.month, when.day, when.hour, when.minute, when.second, gateway, serial)

    @classmethod
    def of(cls, number: int) -> MessageId:
        """Take a Msg_Id apart. Whatever the 64 bits, there is an answer, if not a moment."""
        parts = []
        for bits in reversed(_BITS):
            parts.append(number & (1 << bits) - 1)
            number >>= bits
        return cls(*reversed(parts))

    def number(self) -> int:
        """
        The 64 bits, as the messages carry them.

        :raises ValueError: if a part is larger than its bits.
        """
        number = 0
        for name, part, bits in zip(self._fields, self, _BITS, strict=True):
            if part >> bits:
                raise ValueError(f"{name} is {part}: it has {bits} bits")
            number = number << bits | part
        return number

    def __str__(self) -> str:
        """22 digits, as gateways write it in their logs."""
        return "{:02}{:02}{:02}{:02}{:02}{:07}{:05}".format(*self)
