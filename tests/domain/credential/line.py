"""A line, and what it was sent, to test with."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from django.contrib.auth.hashers import MD5PasswordHasher

from qudao.domain.credential import operations
from qudao.domain.credential.models import LineCredential
from qudao.domain.credential.types import CodePurpose, CodeSent, Verdict
from qudao.kernel.personal import Secret
from qudao.platform.messaging.models import OutgoingMessage
from tests.province import NOON, Province

LINE = "13800138000"
GOOD, BETTER, BAD = Secret("274196"), Secret("801364"), Secret("361972")
HERE = "ip:192.0.2.7"


class CountingHasher(MD5PasswordHasher):
    """Counts how often it works."""

    algorithm = "counting"
    times: ClassVar[list[int]] = [0]

    def encode(self, password: str, salt: Any) -> str:
        self.times[0] += 1
        return super().encode(password, salt)


def have_password(province: Province, msisdn: str = LINE, password: Secret = GOOD) -> None:
    operations.set_password(province.system(), msisdn=msisdn, password=password)


def try_password(
    province: Province,
    password: Secret = GOOD,
    *,
    msisdn: str = LINE,
    address: str = HERE,
    at: object = NOON,
) -> Verdict:
    return operations.try_password(
        province.system(at),  # type: ignore[arg-type]
        msisdn=msisdn,
        password=password,
        address=address,
    )


def send(
    province: Province,
    purpose: CodePurpose = CodePurpose.DATA,
    *,
    msisdn: str = LINE,
    address: str = HERE,
    at: object = NOON,
    language: str = "en",
) -> CodeSent:
    return operations.send_code(
        province.system(at),  # type: ignore[arg-type]
        msisdn=msisdn,
        purpose=purpose,
        address=address,
        language=language,
    )


def told(kind: str = "one_time_code") -> list[str]:
    """The texts that were sent, oldest first."""
    rows = OutgoingMessage.objects.filter(kind=kind).order_by("created_at", "id")
    return [row.text or "" for row in rows]


def code_in(text: str) -> Secret:
    found = re.search(r"(?<!\d)\d{6}(?!\d)", text)
    assert found is not None, text
    return Secret(found[0])


def another(code: Secret) -> Secret:
    """A code that is not this one."""
    return Secret(f"{(int(code) + 1) % 10**6:06d}")


def row(msisdn: str = LINE) -> LineCredential:
    return LineCredential.objects.get(msisdn=msisdn)
