"""`POST /api/v1/sales`: the one address that must be fast."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec

from qudao.domain.ordering.types import Sale
from qudao.domain.party.types import OrganizationId
from qudao.fronts.api.asker import NoMembership, OutletNotNamed
from qudao.fronts.api.documents import not_valid
from qudao.fronts.api.endpoints import selling
from qudao.fronts.api.outcome import wished_s
from qudao.fronts.api.schemas import MOST_FEN
from qudao.fronts.counter.door import Shut
from qudao.fronts.counter.reading import read
from qudao.journeys.seats import Seat
from qudao.kernel.money import Money

WITHIN: Final = b"x-begin-within"
_SECONDS: Final = re.compile(rb"[0-9]{1,4}(\.[0-9]{1,3})?")
_KEY: Final = re.compile(rb"[A-Za-z0-9._:-]{1,100}")
_CODE = msgspec.Meta(pattern=r"\A[A-Za-z0-9_.-]{1,64}\Z")
_MSISDN = msgspec.Meta(pattern=r"\A1[3-9][0-9]{9}\Z")
_ID = msgspec.Meta(pattern=r"\A[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\Z")


class _Body(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """A body as it nearly always is; any other is read once more, as the HTTP API reads it."""

    offering: Annotated[str, _CODE]
    msisdn: Annotated[str, _MSISDN]
    amount_fen: Annotated[int, msgspec.Meta(ge=0, le=MOST_FEN)]
    outlet: Annotated[str, _ID] | None = None


_decode: Final = msgspec.json.Decoder(_Body).decode


@dataclass(slots=True)
class Wish:
    """What a client asks for."""

    key: str
    """With this front's prefix."""
    offering: str
    msisdn: str
    amount_fen: int
    outlet: UUID | None
    wait_s: int | None = None
    """`Prefer: wait=N`."""
    trial: bool = False
    within_s: float | None = None
    """What has not begun by then is no longer wanted."""

    def sale(self, seat: Seat) -> Sale:
        """
        Return the sale that is meant.

        :raises NoMembership: if the account may act nowhere.
        :raises OutletNotNamed: if neither request nor token says for which outlet.
        """
        if seat.membership is None:
            raise NoMembership
        outlet = seat.outlet if self.outlet is None else OrganizationId(self.outlet)
        if outlet is None:
            raise OutletNotNamed
        return Sale(outlet, self.offering, self.msisdn, Money(self.amount_fen))


def plain_wish(headers: dict[bytes, bytes], body: bytes) -> Wish | None:
    """Return what a request asks for if it is as most are; None: read it carefully."""
    key = headers.get(b"idempotency-key", b"")
    if (
        headers.get(b"content-type") != b"application/json"
        or _KEY.fullmatch(key) is None
        or b"prefer" in headers
        or b"x-dry-run" in headers
    ):
        return None
    try:
        sent = _decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    outlet = None if sent.outlet is None else UUID(sent.outlet)
    wish = Wish(f"api:{key.decode()}", sent.offering, sent.msisdn, sent.amount_fen, outlet)
    if WITHIN in headers:
        if _SECONDS.fullmatch(headers[WITHIN]) is None:
            return None
        wish.within_s = float(headers[WITHIN])
    return wish


def wish_of(headers: dict[bytes, bytes], body: bytes) -> Wish:
    """
    Return what a request asks for.

    :raises Shut: if it is not valid.
    """
    return plain_wish(headers, body) or _carefully(headers, body)


def _carefully(headers: dict[bytes, bytes], body: bytes) -> Wish:
    values: dict[str, Any] = read(selling.router, "/sales", "POST", headers=headers, body=body)
    within = headers.get(WITHIN)
    if within is not None and _SECONDS.fullmatch(within) is None:
        raise Shut(not_valid([{"loc": ("header", "X-Begin-Within"), "type": "not_seconds"}]))
    sent = values["body"]
    return Wish(
        f"api:{values['key']}",
        sent.offering,
        sent.msisdn,
        sent.amount_fen,
        sent.outlet,
        wished_s(values["prefer"]),
        values["dry_run"] == "true",
        None if within is None else float(within),
    )
