"""A command as XFS4IoT writes it, and what answers it: header and payload."""

from __future__ import annotations

from typing import Any

import msgspec


class Failed(Exception):
    """The device declined; nothing was done."""

    def __init__(self, error: str, words: str) -> None:
        super().__init__(words)
        self.error = error


class Header(msgspec.Struct, rename={"request_id": "requestId"}):
    """Of a command."""

    name: str
    request_id: int
    """The client's; it comes back."""
    type: str = "command"
    version: str = "1.0"
    timeout: int = 0


class Payload:
    """What a command is about, read with care."""

    def __init__(self, values: dict[str, Any]) -> None:
        self._values = values

    def get(self, name: str) -> str:
        value = self._values.get(name, "")
        return value if isinstance(value, str) else ""

    def text(self, name: str) -> str:
        """A text that must be there."""
        value = self.get(name)
        if not 0 < len(value) <= 20_000:
            raise Failed("invalidData", f"`{name}` is missing")
        return value

    def whole(self, name: str) -> int | None:
        """A whole number above nothing; None where it is left out."""
        value = self._values.get(name)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
            raise Failed("invalidData", f"`{name}` is no amount")
        return value

    def number(self, name: str) -> int:
        value = self.whole(name)
        if value is None:
            raise Failed("invalidData", f"`{name}` is missing")
        return value


class Command(msgspec.Struct):
    """What comes in."""

    header: Header
    payload: dict[str, Any] = {}

    def completion(
        self, payload: dict[str, Any], code: str = "success", words: str = ""
    ) -> dict[str, Any]:
        """The answer to it."""
        return {
            "header": {
                "name": self.header.name,
                "requestId": self.header.request_id,
                "type": "completion",
                "version": self.header.version,
                "completionCode": code,
                **({"errorDescription": words} if words else {}),
            },
            "payload": payload,
        }
