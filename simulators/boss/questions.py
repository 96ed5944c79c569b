"""What can be asked: each collection with its rows, the filters it answers by index, its JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from sqlite3 import Connection, Row
from typing import Any, Final

import msgspec

from simulators.boss import answers
from simulators.boss.orders import JSON, PREFIXES, Malformed

_decoder: Final = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal)

Values = list[str]

MOST: Final = 1_000
"""Rows of one list, however many are asked for."""


@dataclass(frozen=True, slots=True)
class Collection:
    """A kind of resource. Conditions name the value that is looked for as `?1`."""

    name: str
    rows: str
    """A table, a view or a join."""
    where: str
    """What makes a row one of this collection."""
    identity: str
    order: str
    filters: Mapping[str, str]
    """Query parameter → condition; any other top-level attribute is compared row by row."""
    render: Callable[[Row, datetime], JSON]
    """A row at a moment."""

    @property
    def path(self) -> str:
        return f"{answers.BASES[self.name]}/{self.name}"

    def one(self, db: Connection, identity: str, at: datetime) -> JSON | None:
        row = db.execute(
            f"SELECT * FROM {self.rows} WHERE {self.where} AND {self.identity}", (identity,)
        ).fetchone()
        return None if row is None else self.render(row, at)

    def list(
        self, db: Connection, wanted: Mapping[str, str], offset: int, limit: int, at: datetime
    ) -> tuple[list[JSON], int]:
        """
        One page of what matches every filter, and how many match in all.

        A filter of an index may name several values with commas between them: any of them.
        """
        indexed = {name: value for name, value in wanted.items() if name in self.filters}
        other = {name: value for name, value in wanted.items() if name not in self.filters}
        conditions = [self.where]
        values: Values = []
        for name, given in indexed.items():
            some = given.split(",")
            places = range(len(values) + 1, len(values) + len(some) + 1)
            each = (self.filters[name].replace("?1", f"?{place}") for place in places)
            conditions.append(f"({' OR '.join(each)})")
            values += some
        source = f"FROM {self.rows} WHERE {' AND '.join(conditions)}"
        if other:
            found = [
                body
                for body in self._all(db, source, values, at)
                if all(_matches(body, name, value) for name, value in other.items())
            ]
            return found[offset : offset + limit], len(found)
        total = db.execute(f"SELECT count(*) {source}", values).fetchone()[0]
        page = f"{source} ORDER BY {self.order} LIMIT {limit} OFFSET {offset}"
        return list(self._all(db, page, values, at)), total

    def _all(self, db: Connection, source: str, values: Values, at: datetime) -> Iterator[JSON]:
        return (self.render(row, at) for row in db.execute(f"SELECT * {source}", values))


def select(body: JSON, fields: str) -> JSON:
    """Only the attributes named, and `id` and `href`."""
    names = {"id", "href", *fields.split(",")}
    return {name: value for name, value in body.items() if name in names}


def page_number(text: str | None, default: int) -> int:
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Malformed("`offset` and `limit` are whole numbers")
    return int(text)


def _matches(body: JSON, name: str, value: str) -> bool:
    found = body.get(name)
    if isinstance(found, bool):
        return value == str(found).lower()
    return found is not None and not isinstance(found, dict | list) and str(found) == value


def _work(api: str) -> Collection:
    external = {"productOrder": "externalId", "topupBalance": "payment.id"}.get(api, "correlatorId")
    return Collection(
        name=api,
        rows="work",
        where=f"api = '{api}'",
        identity="id = ?1",
        order="sequence",
        filters={external: "external_id = ?1"},
        render=lambda row, at: dict(_decoder.decode(row["answer"])),
    )


COLLECTIONS: Final = (
    *(_work(api) for api in PREFIXES),
    Collection(
        name="product",
        rows="product",
        where="TRUE",
        identity="msisdn = substr(?1, 1, 11) AND id = ?1",
        order="id",
        filters={
            "productSerialNumber": "msisdn = ?1",
            "billingAccount.id": "msisdn = ?1",
            "id": "msisdn = substr(?1, 1, 11) AND id = ?1",
        },
        render=lambda row, at: answers.product(row),
    ),
    Collection(
        name="customer",
        rows="line",
        where="TRUE",
        identity="customer = ?1",
        order="customer",
        filters={
            "contactMedium.characteristic.phoneNumber": "msisdn = ?1",
            "account.id": "msisdn = ?1",
            "id": "customer = ?1",
            "name": "name = ?1",
        },
        render=lambda row, at: answers.customer(row),
    ),
    Collection(
        name="bucket",
        rows="line",
        where="TRUE",
        identity="msisdn = substr(?1, 1, 11) AND msisdn || '-main' = ?1",
        order="msisdn",
        filters={
            "logicalResource.value": "msisdn = ?1",
            "partyAccount.id": "msisdn = ?1",
        },
        render=lambda row, at: answers.bucket(row),
    ),
    Collection(
        name="customerBill",
        rows=(
            "(SELECT bill.*, line.customer, line.name FROM bill"
            " JOIN line ON line.msisdn = bill.msisdn)"
        ),
        where="TRUE",
        identity="id = ?1",
        order="month, id",
        filters={"billingAccount.id": "msisdn = ?1", "id": "id = ?1"},
        render=lambda row, at: answers.bill(row),
    ),
    Collection(
        name="appliedCustomerBillingRate",
        rows="(SELECT charge.*, bill.msisdn FROM charge JOIN bill ON bill.id = charge.bill)",
        where="TRUE",
        identity="id = ?1",
        order="id",
        filters={"bill.id": "bill = ?1", "billingAccount.id": "msisdn = ?1"},
        render=lambda row, at: answers.charge(row),
    ),
    Collection(
        name="queryUsageConsumption",
        rows=(
            "(SELECT line.*, (SELECT coalesce(group_concat(code), '') FROM add_on"
            " WHERE add_on.msisdn = line.msisdn) AS add_ons FROM line)"
        ),
        where="state <> 'terminated'",
        identity="msisdn = substr(?1, 1, 11)",
        order="msisdn",
        filters={"logicalResource.value": "msisdn = ?1", "partyAccount.id": "msisdn = ?1"},
        render=answers.usage,
    ),
    Collection(
        name="loyaltyAccount",
        rows="line",
        where="state <> 'terminated'",
        identity="msisdn = substr(?1, 1, 11) AND msisdn || '-points' = ?1",
        order="msisdn",
        filters={"loyaltyProgramMember.id": "msisdn = ?1"},
        render=answers.loyalty,
    ),
    Collection(
        name="resource",
        rows="line",
        where="state <> 'terminated' AND iccid <> ''",
        identity="iccid = ?1",
        order="iccid",
        filters={"id": "iccid = ?1"},
        render=lambda row, at: answers.sim_card(row),
    ),
)
