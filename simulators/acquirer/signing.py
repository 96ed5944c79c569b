"""
Signatures: HMAC-SHA256 over method, target, time and the body's digest, in both directions.

What is signed is `METHOD\\ntarget\\nseconds\\nhex(SHA-256 of the body)`.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import Final

KEY: Final = "Acquirer-Key"
TIME: Final = "Acquirer-Time"
SIGNATURE: Final = "Acquirer-Signature"
SKEW_S: Final = 300
"""How far the clocks of both sides may differ."""


@dataclass(frozen=True, slots=True)
class Key:
    """What both sides know."""

    name: str
    secret: str

    def signature(self, method: str, target: str, at: str, body: bytes) -> str:
        said = f"{method}\n{target}\n{at}\n{hashlib.sha256(body).hexdigest()}"
        return hmac.new(self.secret.encode(), said.encode(), hashlib.sha256).hexdigest()

    def headers(self, method: str, target: str, body: bytes, now: float) -> dict[str, str]:
        """What is sent with a request of ours."""
        at = str(int(now))
        return {KEY: self.name, TIME: at, SIGNATURE: self.signature(method, target, at, body)}

    def problem(
        self, method: str, target: str, body: bytes, given: tuple[str, str, str], now: float
    ) -> str:
        """What is wrong with key, time and signature of a request; empty: nothing."""
        name, at, signature = given
        right = self.signature(method, target, at, body)
        if not hmac.compare_digest(f"{name} {signature}".encode(), f"{self.name} {right}".encode()):
            return "the key or the signature is missing or wrong"
        if not at.isdecimal() or len(at) > 12 or abs(now - int(at)) > SKEW_S:
            return "the request was signed too long ago"
        return ""
