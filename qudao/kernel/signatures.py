"""
Signed requests between us and another system: HMAC-SHA256 over method, target, time and the
digest of the body, in three headers.

What is signed is `METHOD\\ntarget\\nseconds\\nhex(SHA-256 of the body)`.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from qudao.kernel.personal import Secret

SKEW_S: Final = 300
"""How far the clocks of both sides may differ, and how long a request may be repeated."""


@dataclass(frozen=True, slots=True)
class SharedKey:
    """What both sides know. An empty secret signs nothing."""

    name: str
    secret: Secret
    prefix: str
    """With which the headers begin: `Acquirer` makes `Acquirer-Key`, `-Time`, `-Signature`."""

    def headers(self, method: str, target: str, body: bytes, now: float) -> dict[str, str]:
        """Return what is sent with a request of ours; `now` is seconds since 1970."""
        at = str(int(now))
        signature = self._signature(method, target, at, body)
        return {
            f"{self.prefix}-Key": self.name,
            f"{self.prefix}-Time": at,
            f"{self.prefix}-Signature": signature,
        }

    def signed(
        self, method: str, target: str, body: bytes, headers: Mapping[str, str], now: float
    ) -> bool:
        """Tell whether a request of the other side is signed with this key, and not too old."""
        at = headers.get(f"{self.prefix}-Time", "")
        if not (self.secret and at.isascii() and at.isdecimal() and len(at) <= 12):
            return False
        given = (headers.get(f"{self.prefix}-{part}", "") for part in ("Key", "Signature"))
        right = f"{self.name} {self._signature(method, target, at, body)}"
        same = hmac.compare_digest(" ".join(given).encode(errors="replace"), right.encode())
        return same and abs(now - int(at)) <= SKEW_S

    def _signature(self, method: str, target: str, at: str, body: bytes) -> str:
        said = f"{method}\n{target}\n{at}\n{hashlib.sha256(body).hexdigest()}"
        return hmac.new(self.secret.encode(), said.encode(), hashlib.sha256).hexdigest()
