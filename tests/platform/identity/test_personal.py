"""Personal data at rest: what cannot be read, moved or changed unnoticed, and masks."""

from __future__ import annotations

import secrets

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, transaction
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from qudao.domain.party import operations as party
from qudao.domain.party.models import Individual
from qudao.domain.party.types import OrganizationKind
from qudao.kernel.personal import Personal
from qudao.platform.identity import personal
from qudao.platform.identity.personal import KeyRing, Unreadable
from qudao.platform.identity.roles import system_context
from tests.domain.party.conftest import NOON

OLD = {"k1": secrets.token_bytes(32), "index": secrets.token_bytes(32)}
NEW = {"k2": secrets.token_bytes(32), **OLD}
RING = KeyRing.of(OLD)


@given(text=st.text(), place=st.text(min_size=1))
def test_what_was_encrypted_is_read_back(text: str, place: str) -> None:
    assert RING.decrypt(RING.encrypt(text, place), place) == text


def test_equal_texts_look_different() -> None:
    assert RING.encrypt("张三", "t.c") != RING.encrypt("张三", "t.c")
    assert RING.hash("张三", "t.c") == RING.hash(" 张三 ", "t.c")
    assert RING.hash("张三", "t.c") != RING.hash("张三", "t.d")


@given(place=st.integers(0, 63), bit=st.integers(0, 7))
def test_any_changed_bit_is_noticed(place: int, bit: int) -> None:
    sealed = bytearray(RING.encrypt("a document of some length, of fifty bytes or so", "t.c"))
    sealed[place % len(sealed)] ^= 1 << bit
    with pytest.raises(Unreadable):
        RING.decrypt(bytes(sealed), "t.c")


def test_a_value_opens_only_in_its_column() -> None:
    with pytest.raises(Unreadable):
        RING.decrypt(RING.encrypt("x", "t.name"), "t.address")
    for rubbish in (b"", b"\x01", b"\x02k1", b"\x01\x02k1", b"\x01\xffk1"):
        with pytest.raises(Unreadable):
            RING.decrypt(rubbish, "t.c")


def test_old_values_stay_readable_under_a_new_key() -> None:
    old, new = KeyRing.of(OLD), KeyRing.of(NEW)
    sealed = old.encrypt("x", "t.c")
    assert new.primary == "k2" and new.decrypt(sealed, "t.c") == "x"
    assert new.hash("x", "t.c") == old.hash("x", "t.c")
    with pytest.raises(Unreadable):
        old.decrypt(new.encrypt("x", "t.c"), "t.c")


@pytest.mark.parametrize(
    "ring",
    [{}, {"k1": bytes(32)}, {"index": bytes(32)}, {"k1": bytes(31), "index": bytes(32)}],
)
def test_a_key_ring_that_cannot_work_is_refused(ring: dict[str, bytes]) -> None:
    with pytest.raises(ImproperlyConfigured):
        KeyRing.of(ring)


def test_rotation_rewrites_what_old_keys_encrypted(db: None) -> None:
    try:
        with override_settings(PERSONAL_KEYS=OLD):
            personal.key_ring.cache_clear()
            place = party.create_organization(
                system_context(NOON, "place"),
                kind=OrganizationKind.GROUP,
                code="000",
                name_zh="集团",
                name_en="Group",
            )
            people = [
                party.register_individual(
                    system_context(NOON, f"person-{n}"),
                    organization=place,
                    name=Personal(f"张{n}"),
                )
                for n in range(7)
            ]
        with override_settings(PERSONAL_KEYS=NEW):
            personal.key_ring.cache_clear()
            assert personal.reencrypt(Individual, batch=3) == 7
            assert personal.reencrypt(Individual) == 0
        with override_settings(PERSONAL_KEYS={"k2": NEW["k2"], "index": OLD["index"]}):
            personal.key_ring.cache_clear()
            rows = Individual.objects.unscoped("test").order_by("id")
            assert {row.id: row.name for row in rows} == {
                person: f"张{n}" for n, person in enumerate(people)
            }
    finally:
        personal.key_ring.cache_clear()


def test_an_encrypted_column_is_not_searched(db: None) -> None:
    with pytest.raises(AssertionError, match="search by its hash"), transaction.atomic():
        list(Individual.objects.unscoped("test").filter(name="x"))
    assert not list(Individual.objects.unscoped("test").filter(document__isnull=True))
    assert connection.is_usable()


@pytest.mark.parametrize(
    ("mask", "plain", "masked"),
    [
        (personal.mask_name, "张三", "张*"),
        (personal.mask_name, "张小三", "张*三"),
        (personal.mask_name, "欧阳小三", "欧**三"),
        (personal.mask_name, "Li Lei", "L*****"),
        (personal.mask_name, "", ""),
        (personal.mask_name, "张", "*"),
        (personal.mask_document, "410101199001011234", "4101**********1234"),
        (personal.mask_document, "E12345678", "*******78"),
        (personal.mask_document, "1234", "****"),
        (personal.mask_phone, "13812345678", "138****5678"),
        (personal.mask_phone, "", ""),
        (personal.mask_address, "郑州市中原区建设路1号", "郑州市中原******"),
        (personal.mask_address, "", ""),
    ],
)
def test_masks(mask: object, plain: str, masked: str) -> None:
    assert mask(plain) == masked  # type: ignore[operator]
