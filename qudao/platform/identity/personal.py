"""
Personal data at rest: encrypted columns, keyed hashes to find them by, masks to show them by.

AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce. Each value carries the id of its key, so
old values stay readable when a new key becomes the primary one; table and column are authenticated
with it, so a value copied into another column does not open.
"""

from __future__ import annotations

import hmac
import os
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, models, transaction

_FORMAT: Final = 1
_NONCE: Final = 12
_TAG: Final = 16
_KEY: Final = 32


class Unreadable(Exception):
    """A stored value does not open: its key is missing, or the value was tampered with."""


@dataclass(frozen=True)
class KeyRing:
    """The keys that values were and are encrypted with, and the one that hashes them."""

    primary: str
    keys: Mapping[str, bytes]
    index: bytes

    def __post_init__(self) -> None:
        if self.primary not in self.keys:
            raise ImproperlyConfigured(f"the key ring lacks its primary key {self.primary!r}")
        for name, key in {**self.keys, "index": self.index}.items():
            if len(key) != _KEY:
                raise ImproperlyConfigured(f"key {name!r} of the key ring has not {_KEY} bytes")
            if not 0 < len(name.encode()) < 256:
                raise ImproperlyConfigured("a key's name has 1 to 255 bytes")

    def encrypt(self, text: str, place: str) -> bytes:
        """Return a value that only this place (`table.column`) opens."""
        return self.seal(text.encode(), place)

    def decrypt(self, value: bytes, place: str) -> str:
        """
        :raises Unreadable: if the value was changed, belongs elsewhere, or its key is missing.
        """
        return self.unseal(value, place).decode()

    def seal(self, content: bytes, place: str) -> bytes:
        """Return content, of a file for example, that only this place opens."""
        nonce = os.urandom(_NONCE)
        name = self.primary.encode()
        head = bytes([_FORMAT, len(name)]) + name
        sealed = AESGCM(self.keys[self.primary]).encrypt(nonce, content, _bind(head, place))
        return head + nonce + sealed

    def unseal(self, value: bytes, place: str) -> bytes:
        """
        :raises Unreadable: if the value was changed, belongs elsewhere, or its key is missing.
        """
        name = self.key_of(value)
        head = value[: 2 + len(name.encode())]
        if name not in self.keys:
            raise Unreadable(f"{place}: key {name!r} is not in the key ring")
        nonce, sealed = value[len(head) : len(head) + _NONCE], value[len(head) + _NONCE :]
        try:
            return AESGCM(self.keys[name]).decrypt(nonce, sealed, _bind(head, place))
        except (InvalidTag, ValueError) as error:
            raise Unreadable(f"{place}: the value does not open with key {name!r}") from error

    @staticmethod
    def overhead(key: str) -> int:
        """Return by how many bytes a value is longer than what a key of this name encrypted."""
        return 2 + len(key.encode()) + _NONCE + _TAG

    def key_of(self, value: bytes) -> str:
        """
        Return the name of the key that a value is encrypted with.

        :raises Unreadable: if it is no encrypted value.
        """
        if len(value) < 2 or value[0] != _FORMAT:
            raise Unreadable("not an encrypted value")
        return value[2 : 2 + value[1]].decode(errors="replace")

    def hash(self, text: str, place: str) -> bytes:
        """Return 32 bytes that are equal for equal text at one place, and say nothing else."""
        return hmac.digest(self.index, f"{place}\0{normal(text)}".encode(), "sha256")

    @classmethod
    def of(cls, keys: Mapping[str, bytes]) -> KeyRing:
        """
        Return the ring of named keys: `index` hashes, of the others the first one encrypts.

        :raises ImproperlyConfigured: if one is missing or has not 32 bytes.
        """
        ring = dict(keys)
        if "index" not in ring or len(ring) < 2:
            raise ImproperlyConfigured("the key ring needs a key `index` and at least one other")
        index = ring.pop("index")
        return cls(next(iter(ring)), ring, index)


@lru_cache(maxsize=1)
def key_ring() -> KeyRing:
    """Return the installation's key ring: the setting `PERSONAL_KEYS`."""
    return KeyRing.of(settings.PERSONAL_KEYS)


if TYPE_CHECKING:
    _BinaryField = models.BinaryField[Any, Any]
else:
    _BinaryField = models.BinaryField


class EncryptedTextField(_BinaryField):
    """
    Text that the database never sees: encrypted on the way in, decrypted on the way out.

    It cannot be searched or ordered by; put a keyed hash (`blind_index`) beside it.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["editable"] = True  # as text is, and binary fields are not
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("editable", None)
        return name, path, args, kwargs

    @property
    def place(self) -> str:
        return f"{self.model._meta.db_table}.{self.column}"

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        if value is None:
            return None
        assert isinstance(value, str), f"{self.place} holds text"
        sealed = key_ring().encrypt(str.__str__(value), self.place)
        return super().get_db_prep_value(sealed, connection, prepared)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> str | None:
        return None if value is None else key_ring().decrypt(bytes(value), self.place)

    def get_lookup(self, lookup_name: str) -> Any:
        assert lookup_name == "isnull", f"{self.place} is encrypted: search by its hash"
        return super().get_lookup(lookup_name)

    def to_python(self, value: Any) -> Any:
        return value

    def value_to_string(self, obj: Any) -> str:
        raise TypeError(f"{self.place} is not serialised")


def blind_index(text: str, place: str) -> bytes:
    """Return the keyed hash by which `place` (`table.column` of the plain column) is searched."""
    return key_ring().hash(text, place)


def normal(text: str) -> str:
    """Return text as it is compared: one Unicode form, no case, no spaces around or doubled."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def reencrypt(model: type[models.Model], *, batch: int = 500) -> int:
    """
    Encrypt with the primary key what older keys encrypted; return how many rows were changed.

    Works in short transactions and may be interrupted and repeated.
    """
    fields = [f for f in model._meta.concrete_fields if isinstance(f, EncryptedTextField)]
    ring, table = key_ring(), connection.ops.quote_name(model._meta.db_table)
    head = bytes([_FORMAT, len(ring.primary.encode())]) + ring.primary.encode()
    changed = 0
    for field in fields:
        column, place = connection.ops.quote_name(field.column), field.place
        while True:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(
                    f"SELECT id, {column} FROM {table} WHERE {column} IS NOT NULL"
                    f" AND substring({column} FROM 1 FOR %s) <> %s"
                    " ORDER BY id LIMIT %s FOR UPDATE",
                    [len(head), head, batch],
                )
                rows = cursor.fetchall()
                cursor.executemany(
                    f"UPDATE {table} SET {column} = %s WHERE id = %s",
                    [(ring.encrypt(ring.decrypt(bytes(v), place), place), id) for id, v in rows],
                )
            changed += len(rows)
            if len(rows) < batch:
                break
    return changed


def mask_name(name: str) -> str:
    """张三 → 张*, 张小三 → 张*三, 欧阳小三 → 欧**三; `Li Lei` → `L*****`."""
    name = name.strip()
    if len(name) < 2:
        return "*" * len(name)
    if name.isascii() or len(name) == 2:
        return name[0] + "*" * (len(name) - 1)
    return name[0] + "*" * (len(name) - 2) + name[-1]


def mask_document(number: str) -> str:
    """410101199001011234 → 4101**********1234; short numbers keep their last two characters."""
    if len(number) >= 12:
        return number[:4] + "*" * (len(number) - 8) + number[-4:]
    return "*" * max(0, len(number) - 2) + number[-2:] if len(number) > 4 else "*" * len(number)


def mask_phone(number: str) -> str:
    """13812345678 → 138****5678; others keep their last two digits."""
    if len(number) == 11:
        return number[:3] + "****" + number[-4:]
    return "*" * max(0, len(number) - 2) + number[-2:] if len(number) > 4 else "*" * len(number)


def mask_address(address: str) -> str:
    """Keep the district and hide the rest: 郑州市中原区建设路 1 号 → 郑州市中原区******."""
    kept = min(6, len(address) // 2)
    return address[:kept] + "*" * 6 if address else ""


def _bind(head: bytes, place: str) -> bytes:
    return head + place.encode()
