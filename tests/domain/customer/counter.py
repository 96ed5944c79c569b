"""People, pictures and dossiers to test with."""

from __future__ import annotations

import io
import itertools
from datetime import date
from uuid import UUID, uuid4

from PIL import Image, ImageDraw

from qudao.domain.customer import operations
from qudao.domain.customer.types import DossierId, Identified, PersonDraft, Role
from qudao.kernel.numbers import _DOCUMENT_CHECKS, _DOCUMENT_WEIGHTS
from qudao.kernel.personal import Personal
from qudao.platform.commands.context import Context
from tests.province import NOON, Province

_serial = itertools.count(1)
CONTRACT = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


def resident(born: date = date(1990, 1, 1), serial: int | None = None, area: str = "410102") -> str:
    """A resident identity number with the right check digit."""
    body = f"{area}{born:%Y%m%d}{(next(_serial) if serial is None else serial) % 1000:03d}"
    total = sum(int(d) * w for d, w in zip(body, _DOCUMENT_WEIGHTS, strict=True))
    return body + _DOCUMENT_CHECKS[total % 11]


def person(
    number: str = "",
    name: str = "王小明",
    *,
    kind: str = "resident_id",
    valid_until: date | None = date(2035, 6, 30),
    phone: str = "",
    **more: str,
) -> PersonDraft:
    return PersonDraft(
        kind=kind,
        number=Personal(number or resident()),
        name=Personal(name),
        valid_until=valid_until,
        birth_date=Personal(more.get("birth_date", "")),
        country=more.get("country", ""),
        address=Personal(more.get("address", "河南省郑州市中原区建设西路 1 号")),
        phone=Personal(phone),
    )


def jpeg(width: int = 320, height: int = 200, **more: object) -> bytes:
    stream = io.BytesIO()
    Image.linear_gradient("L").resize((width, height)).save(stream, "JPEG", **more)
    return stream.getvalue()


def png(width: int = 320, height: int = 200, *, ink: bool = True) -> bytes:
    image = Image.new("RGBA", (width, height), (0, 0, 0, 0))
    if ink:
        ImageDraw.Draw(image).line([(10, 10), (width - 10, height - 10)], fill="black", width=3)
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return stream.getvalue()


def opened(province: Province, purpose: str = "account_opening", number: str = "") -> DossierId:
    return operations.open_dossier(
        province.clerk(), outlet=province.agent, purpose=purpose, number=number
    )


def identify(
    province: Province,
    dossier: DossierId,
    who: PersonDraft | None = None,
    role: Role = Role.CUSTOMER,
    ctx: Context | None = None,
) -> Identified:
    return operations.identify(
        ctx or province.clerk(), dossier=dossier, role=role, person=who or person()
    )


def photograph(province: Province, dossier: DossierId, *kinds: str) -> None:
    for kind in kinds or ("front", "back", "portrait"):
        operations.add_picture(province.clerk(), dossier=dossier, kind=kind, content=jpeg())


def sign(province: Province, dossier: DossierId) -> None:
    operations.sign(province.clerk(), dossier=dossier, signature=png(), contract=CONTRACT)


def ready(province: Province, who: PersonDraft | None = None) -> DossierId:
    """A dossier for an opening that lacks nothing."""
    dossier = opened(province)
    identify(province, dossier, who)
    photograph(province, dossier)
    sign(province, dossier)
    return dossier


def submitted(
    province: Province, who: PersonDraft | None = None, number: str = ""
) -> tuple[DossierId, UUID, str]:
    """A dossier that an order carries: dossier, order, number."""
    dossier, order = ready(province, who), uuid4()
    number = number or f"1380000{next(_serial):04d}"
    operations.submit(province.system(NOON), dossier=dossier, number=number, order=order)
    return dossier, order, number
