"""Service passwords at the back office: reset at a hall's counter, locked lines, the rules."""

from __future__ import annotations

import pytest
from django.urls import reverse

from qudao.domain.credential import operations, queries
from qudao.domain.credential.models import LineCredential, PolicyVersion
from qudao.domain.credential.types import Outcome, Policy, Verdict
from qudao.domain.customer import operations as customers
from qudao.domain.customer.models import Dossier
from qudao.kernel.personal import Secret
from qudao.platform.commands.models import JournalEntry
from tests.domain.credential.line import BAD, GOOD, HERE
from tests.fronts.backoffice.conftest import Enter, do, now, page, text
from tests.province import Province
from tests.stocked import dossier, person, resident_id

pytestmark = pytest.mark.django_db

LINE, DOCUMENT = "13800138000", resident_id()


@pytest.fixture
def line(province: Province) -> str:
    """A line whose owner is known by DOCUMENT."""
    made = dossier(province, province.clerk(at=now()), province.agent, who=person(DOCUMENT))
    owner = Dossier.objects.unscoped("test").get(pk=made).customer_id
    customers.adopt_line(province.system(now()), customer=owner, number=LINE)  # type: ignore[arg-type]
    return LINE


def tried(province: Province, password: Secret = GOOD) -> Verdict:
    return operations.try_password(
        province.system(now()), msisdn=LINE, password=password, address=HERE
    )


def form(**changed: str) -> dict[str, str]:
    password = str.__str__(GOOD)
    return {
        "request_key": "k1",
        "msisdn": "138 0013 8000",
        "document_number": DOCUMENT,
        "password": password,
        "again": password,
        "language": "en",
        **changed,
    }


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_clerk_resets_one_for_the_owner(
    province: Province, line: str, enter: Enter, language: str
) -> None:
    client, address = enter("teller", language), reverse("admin:service_password")
    shown = client.get(address)
    assert shown.status_code == 200 and b'type="password"' in shown.content
    answer = client.post(address, form())
    assert answer.status_code == 302
    assert tried(province).outcome == Outcome.RIGHT
    said = text(client.get(address))
    assert ("the line was told" in said) is (language == "en")


@pytest.mark.parametrize(
    ("changed", "status", "said"),
    [
        ({"document_number": resident_id()}, 409, "opened with another document"),
        ({"msisdn": "13900139000"}, 409, "is not known here"),
        ({"password": "123456", "again": "123456"}, 422, "its digits follow one another"),
        ({"again": "274197"}, 422, "The two are not the same"),
        ({"msisdn": "12345"}, 422, "eleven digits"),
    ],
)
def test_what_is_refused_is_said_and_nothing_is_set(
    province: Province, line: str, enter: Enter, changed: dict[str, str], status: int, said: str
) -> None:
    answer = enter("teller").post(reverse("admin:service_password"), form(**changed))
    assert answer.status_code == status
    assert said in text(answer)
    assert str.__str__(GOOD) not in answer.content.decode(), "a password is not sent back"
    assert not LineCredential.objects.exists()


@pytest.mark.parametrize("who", ["province", "manager", "supervisor", "auditor"])
def test_nobody_else_resets(line: str, enter: Enter, who: str) -> None:
    client, address = enter(who), reverse("admin:service_password")
    assert client.get(address).status_code == client.post(address, form()).status_code == 403
    assert not LineCredential.objects.exists()


def test_locked_lines_are_listed_and_unlocked(province: Province, line: str, enter: Enter) -> None:
    operations.set_password(province.system(now()), msisdn=LINE, password=GOOD)
    operations.set_password(province.system(now()), msisdn="13900139000", password=GOOD)
    for _ in range(5):
        tried(province, BAD)
    row, client = LineCredential.objects.get(msisdn=LINE), enter("supervisor")
    address = reverse("admin:credential_linecredential_changelist")
    listed = text(client.get(address, {"locked": "yes"}))
    assert "138 0013 8000" in listed and "139 0013 9000" not in listed
    assert "139 0013 9000" in text(client.get(address, {"locked": "no"}))
    assert "138 0013 8000" in text(client.get(address, {"q": LINE}))
    assert "Nothing found" in text(client.get(address, {"q": "1380013"}))
    shown = page(client, "credential_linecredential", row.pk)
    assert "Locked" in text(shown) and row.password not in shown.content.decode()
    assert do(client, "credential_linecredential", "unlock", row.pk, reason="").status_code == 422
    done = do(client, "credential_linecredential", "unlock", row.pk, reason="the owner asks")
    assert done.status_code == 302
    assert tried(province).outcome == Outcome.RIGHT
    assert JournalEntry.objects.get(command="credential.unlock").subject == row.pk
    assert "the owner asks" in text(page(client, "credential_linecredential", row.pk))


def test_who_only_reads_unlocks_nothing(province: Province, line: str, enter: Enter) -> None:
    for _ in range(5):
        tried(province, BAD)
    row = LineCredential.objects.get()
    client = enter("auditor")
    assert page(client, "credential_linecredential", row.pk).status_code == 200
    refused = do(client, "credential_linecredential", "unlock", row.pk, reason="curious")
    assert refused.status_code == 403
    row.refresh_from_db()
    assert row.locked_until is not None
    address = reverse("admin:credential_linecredential_changelist")
    assert enter("keeper").get(address).status_code == 403


def test_the_rules_are_changed(province: Province, enter: Enter) -> None:
    client = enter("province")
    asked = client.get(reverse("admin:credential_policyversion_do", args=["change"]))
    assert asked.status_code == 200 and "Wrong tries that lock a line" in text(asked)
    values = {name: getattr(Policy(), name) for name in Policy.__slots__}
    done = do(
        client,
        "credential_policyversion",
        "change",
        **{**values, "password_tries": 3},
        reason="guessed too often",
    )
    assert done.status_code == 302
    assert queries.policy() == Policy(password_tries=3)
    row = PolicyVersion.objects.get()
    assert "guessed too often" in text(page(client, "credential_policyversion", row.pk))
    bad = do(
        client,
        "credential_policyversion",
        "change",
        key="k2",
        **{**values, "lock_h": 1000},
        reason="for ever",
    )
    assert bad.status_code == 422 and PolicyVersion.objects.count() == 1
    listed = client.get(reverse("admin:credential_policyversion_changelist"))
    assert "guessed too often" in text(listed)
    assert enter("auditor").get(
        reverse("admin:credential_policyversion_do", args=["change"])
    ).status_code in (403, 404)
