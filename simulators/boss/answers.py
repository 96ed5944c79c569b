"""
Writing what the BOSS holds as TM Forum's JSON.

Every `href` begins with `@`, which the server replaces by its own address when it sends, so that
an answer on disk does not depend on the port of the day.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from sqlite3 import Row
from typing import Final

import msgspec

from simulators.boss.catalogue import AddOn, Plan, catalogue
from simulators.boss.extras import allowances, points
from simulators.boss.orders import JSON, PREFIXES, Order, Rejected, business_day, instant
from simulators.boss.sims import puk

BASES: Final = {
    "productOrder": "/tmf-api/productOrderingManagement/v4",
    "product": "/tmf-api/productInventory/v4",
    "payment": "/tmf-api/paymentManagement/v4",
    "refund": "/tmf-api/paymentManagement/v4",
    "customerBill": "/tmf-api/customerBillManagement/v4",
    "bucket": "/tmf-api/prepayBalanceManagement/v4",
    "topupBalance": "/tmf-api/prepayBalanceManagement/v4",
    "customer": "/tmf-api/customerManagement/v4",
    "appliedCustomerBillingRate": "/tmf-api/customerBillManagement/v4",
    "queryUsageConsumption": "/tmf-api/usageConsumption/v4",
    "loyaltyAccount": "/tmf-api/loyaltyManagement/v4",
    "resource": "/tmf-api/resourceInventoryManagement/v4",
}

_encoder: Final = msgspec.json.Encoder(decimal_format="number")


def encode(body: object) -> bytes:
    return _encoder.encode(body)


def href(resource: str, identity: str) -> str:
    return f"@{BASES[resource]}/{resource}/{identity}"


def money(fen: int) -> JSON:
    return {"unit": "CNY", "value": Decimal(fen).scaleb(-2)}


def error(status: int, code: str, reason: str) -> JSON:
    return {"code": code, "reason": reason, "status": str(status), "@type": "Error"}


def work_id(api: str, sequence: int) -> str:
    return f"{PREFIXES[api]}{sequence:010}"


def work_answer(
    order: Order, sequence: int, at: datetime, rejected: Rejected | None, customer: str = ""
) -> JSON:
    """
    The answer to an order: what was sent, and what became of it.

    Of a customer sent by value a reference is left, so what is kept is not personal.
    """
    identity, now = work_id(order.api, sequence), instant(at)
    body: JSON = {"id": identity, "href": href(order.api, identity)}
    body |= {name: value for name, value in order.body.items() if name not in ("id", "href")}
    state = "rejected" if rejected else "completed"
    match order.api:
        case "productOrder":
            items = order.body["productOrderItem"]
            body |= {"orderDate": now, "completionDate": now, "state": state}
            body["productOrderItem"] = [item | {"state": state} for item in items]
            if order.parts.holder is not None:
                kind = "Customer" if customer else "Individual"
                party = {"id": customer or "1", "role": "customer", "@referredType": kind}
                body["relatedParty"] = [party]
            if rejected:
                body["note"] = [
                    *(order.body.get("note") or ()),
                    {"id": rejected.code, "author": "BOSS", "date": now, "text": rejected.reason},
                ]
        case "topupBalance":
            body |= {"requestedDate": now, "confirmationDate": now, "status": state}
            if rejected:
                body |= {"reason": rejected.code, "description": rejected.reason}
        case _:
            body |= {f"{order.api}Date": now, "statusDate": now, "status": state}
            if rejected:
                body |= {"statusReason": rejected.code, "description": rejected.reason}
    return body


def product(row: Row) -> JSON:
    """A plan or an add-on that a line has."""
    code = row["code"]
    entry: Plan | AddOn | None = catalogue().plan(code) or catalogue().add_on(code)
    assert entry is not None, code
    since = f"{row['since']}T00:00:00.000Z"
    fee = entry.monthly_fee if isinstance(entry, Plan) else entry.price
    carriers = (
        ("MSISDN", "LogicalResource", row["msisdn"]),
        ("ICCID", "PhysicalResource", row["iccid"]),
        ("IMSI", "LogicalResource", row["imsi"]),
    )
    return {
        "id": row["id"],
        "href": href("product", row["id"]),
        "name": entry.name_zh,
        "description": entry.description_zh,
        "isBundle": False,
        "isCustomerVisible": True,
        "productSerialNumber": row["msisdn"],
        "orderDate": since,
        "startDate": since,
        "status": row["state"],
        "billingAccount": {"id": row["msisdn"], "@referredType": "BillingAccount"},
        "productCharacteristic": [
            {"name": "kind", "valueType": "string", "value": row["kind"]},
            {"name": "nameEn", "valueType": "string", "value": entry.name_en},
            {"name": "payment", "valueType": "string", "value": row["payment"]},
        ],
        "productOffering": {"id": code, "name": entry.name_zh, "@referredType": "ProductOffering"},
        "productPrice": [
            {
                "priceType": "recurring",
                "recurringChargePeriod": "month",
                "name": entry.name_zh,
                "price": {"taxIncludedAmount": money(fee)},
            }
        ],
        "realizingResource": [
            {"id": identity, "name": name, "@referredType": kind}
            for name, kind, identity in carriers
            if identity
        ],
        "relatedParty": [_customer_ref(row)],
        "@type": "Product",
    }


def customer(row: Row) -> JSON:
    return {
        "id": row["customer"],
        "href": href("customer", row["customer"]),
        "name": row["name"],
        "status": row["state"],
        "account": [
            {"id": row["msisdn"], "name": row["msisdn"], "@referredType": "BillingAccount"}
        ],
        "characteristic": [
            {"name": "branch", "valueType": "string", "value": row["branch"]},
            {"name": "market", "valueType": "string", "value": row["market"]},
            {"name": "payment", "valueType": "string", "value": row["payment"]},
        ],
        "contactMedium": [
            {
                "mediumType": "mobile",
                "preferred": True,
                "characteristic": {"contactType": "mobile", "phoneNumber": row["msisdn"]},
            }
        ],
        "engagedParty": {
            "id": f"I{row['customer']}",
            "name": row["name"],
            "@referredType": "Individual",
        },
        "@type": "Customer",
    }


def bucket(row: Row) -> JSON:
    """The money on a line."""
    identity = f"{row['msisdn']}-main"
    return {
        "id": identity,
        "href": href("bucket", identity),
        "name": "账户余额",
        "usageType": "monetary",
        "isShared": False,
        "status": "active" if row["state"] == "active" else "suspended",
        "remainingValue": {"amount": money(row["balance"])["value"], "units": "CNY"},
        "remainingValueName": f"{money(row['balance'])['value']} CNY",
        "logicalResource": [
            {"id": row["msisdn"], "value": row["msisdn"], "@referredType": "MSISDN"}
        ],
        "partyAccount": {"id": row["msisdn"], "@referredType": "BillingAccount"},
        "relatedParty": [_customer_ref(row)],
        "@type": "Bucket",
    }


def bill(row: Row) -> JSON:
    year, month = int(row["month"][:4]), int(row["month"][5:])
    start = date(year, month, 1)
    end = (start + timedelta(days=32)).replace(day=1)
    amount, left = row["amount"], row["remaining"]
    state = "settled" if left == 0 else "partiallyPaid" if left < amount else "sent"
    return {
        "id": row["id"],
        "href": href("customerBill", row["id"]),
        "billNo": row["id"],
        "billDate": _midnight(end),
        "paymentDueDate": _midnight(end + timedelta(days=24)),
        "lastUpdate": _midnight(end),
        "runType": "onCycle",
        "state": state,
        "amountDue": money(amount),
        "remainingAmount": money(left),
        "taxIncludedAmount": money(amount),
        "billingAccount": {"id": row["msisdn"], "@referredType": "BillingAccount"},
        "billingPeriod": {"startDateTime": _midnight(start), "endDateTime": _midnight(end)},
        "relatedParty": [_customer_ref(row)],
        "@type": "CustomerBill",
    }


def charge(row: Row) -> JSON:
    """A line of a bill."""
    return {
        "id": row["id"],
        "href": href("appliedCustomerBillingRate", row["id"]),
        "name": row["name_zh"],
        "appliedBillingRateType": row["kind"],
        "isBilled": True,
        "taxIncludedAmount": money(row["amount"]),
        "bill": {"id": row["bill"], "@referredType": "CustomerBill"},
        "billingAccount": {"id": row["msisdn"], "@referredType": "BillingAccount"},
        "characteristic": [{"name": "nameEn", "valueType": "string", "value": row["name_en"]}],
        "@type": "AppliedCustomerBillingRate",
    }


def usage(row: Row, at: datetime) -> JSON:
    """What a line has used of its allowances this month."""
    day = business_day(at)
    add_ons = [code for code in row["add_ons"].split(",") if code]
    identity = f"{row['msisdn']}-{day:%Y-%m}"
    period = {
        "startDateTime": _midnight(day.replace(day=1)),
        "endDateTime": _midnight((day.replace(day=1) + timedelta(days=32)).replace(day=1)),
    }
    return {
        "id": identity,
        "href": href("queryUsageConsumption", identity),
        "effectiveDate": instant(at),
        "logicalResource": [
            {"id": row["msisdn"], "value": row["msisdn"], "@referredType": "MSISDN"}
        ],
        "partyAccount": {"id": row["msisdn"], "@referredType": "BillingAccount"},
        "bucket": [
            {
                "id": f"{identity}-{one.sort}",
                "name": one.name_zh,
                "usageType": one.sort,
                "isShared": False,
                "bucketCounter": [
                    {
                        "counterType": "used",
                        "level": "global",
                        "value": {"amount": one.used, "units": one.unit},
                        "consumptionPeriod": period,
                    }
                ],
                "bucketBalance": [
                    {
                        "remainingValue": {
                            "amount": one.included - one.used,
                            "units": one.unit,
                        },
                        "validFor": period,
                    }
                ],
            }
            for one in allowances(row["msisdn"], row["plan"], add_ons, day)
        ],
        "@type": "QueryUsageConsumption",
    }


def loyalty(row: Row, at: datetime) -> JSON:
    """The points of a line, those that expire first apart."""
    found = points(row["msisdn"], date.fromisoformat(row["since"]), business_day(at))
    identity = f"{row['msisdn']}-points"
    parts = (
        ("1", found.expiring, {"endDateTime": _midnight(found.expires + timedelta(days=1))}),
        ("2", found.balance - found.expiring, None),
    )
    return {
        "id": identity,
        "href": href("loyaltyAccount", identity),
        "name": "积分",
        "loyaltyProgramMember": {"id": row["msisdn"], "@referredType": "LoyaltyProgramMember"},
        "loyaltyBalance": [
            {
                "id": f"{identity}-{nth}",
                "quantity": {"amount": amount, "units": "points"},
                **({"validFor": period} if period else {}),
            }
            for nth, amount, period in parts
            if amount
        ],
        "@type": "LoyaltyAccount",
    }


def sim_card(row: Row) -> JSON:
    """A SIM card, with the keys that unlock it."""
    return {
        "id": row["iccid"],
        "href": href("resource", row["iccid"]),
        "category": "SIM",
        "name": "ICCID",
        "resourceStatus": "available",
        "resourceCharacteristic": [
            {"name": f"puk{nth}", "valueType": "string", "value": puk(row["iccid"], nth)}
            for nth in (1, 2)
        ],
        "@type": "PhysicalResource",
    }


def _customer_ref(row: Row) -> JSON:
    return {
        "id": row["customer"],
        "name": row["name"],
        "role": "customer",
        "@referredType": "Customer",
    }


def _midnight(day: date) -> str:
    """The start of a day in China."""
    return instant(datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=8))
