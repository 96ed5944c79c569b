"""Each kind of document: what is a number of it, what is not, and what it tells."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qudao.domain.customer import queries, rules
from qudao.domain.customer.documents import documents
from qudao.domain.customer.queries.customers import (
    CountryMissing,
    DocumentKindUnknown,
    DocumentNumberInvalid,
)
from tests.domain.customer.counter import resident

GOOD = {
    "resident_id": [
        ("11010519491231002X", "11010519491231002X", date(1949, 12, 31)),
        ("1101 0519 4912 3100 2x", "11010519491231002X", date(1949, 12, 31)),
        (resident(date(2000, 2, 29), 7), resident(date(2000, 2, 29), 7), date(2000, 2, 29)),
    ],
    "temporary_id": [("11010519491231002X", "11010519491231002X", date(1949, 12, 31))],
    "household_register": [("11010519491231002X", "11010519491231002X", date(1949, 12, 31))],
    "military_id": [
        ("军字第1234567号", "军1234567", None),
        ("武字第 00123456 号", "武00123456", None),
        ("军1234567", "军1234567", None),
    ],
    "hk_macao_permit": [
        ("H12345678", "H12345678", None),
        ("h1234567801", "H12345678", None),
        ("M12345678(02)", "M12345678", None),
        ("HA1234567", "HA1234567", None),
    ],
    "taiwan_permit": [("01234567", "01234567", None)],
    "residence_permit": [
        ("810000199408230021", "810000199408230021", date(1994, 8, 23)),
        ("830000199001010012", "830000199001010012", date(1990, 1, 1)),
    ],
    "permanent_residence_permit": [
        ("911124198108030024", "911124198108030024", date(1981, 8, 3)),
        ("USA311282030915", "USA311282030915", None),
    ],
    "passport": [
        ("E12345678", "E12345678", None),
        ("k 0123456e", "K0123456E", None),
        ("123456789", "123456789", None),
    ],
}
"""What is typed, what stays with the person, date of birth."""

BAD = {
    "resident_id": [
        "",
        "110105194912310021",  # check character
        "11010519491331002X",  # month
        "11010519490230002X",  # day
        "99010519491231002X",  # province
        "11000019491231002",  # length
        "810000199408230021",  # a residence permit's
        "110105491231002",  # of before 1999, with 15 digits
        "１１０１０５19491231002X",
    ],
    "temporary_id": ["110105194912310021", "E12345678"],
    "household_register": ["110105194912310021", "41010"],
    "military_id": ["1234567", "军字第12号", "military 1234567", "军字第123456789号"],
    "hk_macao_permit": ["H1234567", "H123456789", "A12345678", "12345678", "HA12345678"],
    "taiwan_permit": ["1234567", "123456789", "T1234567", "١٢٣٤٥٦٧٨"],
    "residence_permit": ["11010519491231002X", "810000199408230020", "810001199408230021"],
    "permanent_residence_permit": [
        "911124198108030025",
        "811124198108030024",
        "US311282030915",
        "USA3112820309155",
    ],
    "passport": ["", "E123", "ABCDEFGH", "E1234567890123456", "护照12345678"],
}


def test_every_kind_is_tried() -> None:
    assert set(documents) == set(GOOD) == set(BAD)


@pytest.mark.parametrize("kind", sorted(documents))
def test_numbers_of_a_kind(kind: str) -> None:
    for typed, identity, birth in GOOD[kind]:
        _, found = queries.read_number(kind, typed)
        assert (found.identity, found.birth_date) == (identity, birth), typed
        _, again = queries.read_number(kind, found.number)
        assert again == found, "what is stored reads the same"
    for typed in BAD[kind]:
        with pytest.raises(DocumentNumberInvalid):
            queries.read_number(kind, typed)


@pytest.mark.parametrize("kind", sorted(documents))
def test_a_kind_is_whole(kind: str) -> None:
    """The conformance of the registry: what every kind promises."""
    one = documents[kind]
    assert one.code == kind and one.name_zh and one.name_en and one.pictures
    assert set(one.pictures) <= {"front", "back"}
    assert one.read(rules.clean_number(one.example)) is not None
    assert one.longest_years is None or 0 < one.longest_years <= 20
    assert one.permanent_from is None or one.longest_years is not None
    positions = [other.position for other in documents.values()]
    assert len(set(positions)) == len(positions)
    assert queries.hash_of(*queries.read_number(kind, one.example), "CHN")


@pytest.mark.parametrize("kind", sorted(documents))
@given(text=st.text(max_size=30))
def test_no_text_is_more_than_refused(kind: str, text: str) -> None:
    found = documents[kind].read(rules.clean_number(text))
    assert found is None or (found.number and found.identity)


@given(
    st.dates(date(1900, 1, 1), date(2026, 11, 20)),
    st.integers(1, 999),
    st.integers(0, 16),
    st.integers(1, 9),
)
def test_one_wrong_digit_is_always_found(born: date, serial: int, place: int, more: int) -> None:
    number = resident(born, serial)
    assert rules.citizen(number) is not None
    wrong = list(number)
    wrong[place] = str((int(wrong[place]) + more) % 10)
    assert rules.citizen("".join(wrong)) is None


def test_cards_of_one_person_count_together() -> None:
    def mark(kind: str, number: str, country: str = "") -> bytes:
        return queries.hash_of(*queries.read_number(kind, number), country)

    citizen = "11010519491231002X"
    assert mark("resident_id", citizen) == mark("temporary_id", citizen)
    assert mark("resident_id", citizen) == mark("household_register", citizen)
    assert mark("hk_macao_permit", "H1234567801") == mark("hk_macao_permit", "H12345678")
    assert mark("passport", "E12345678", "CHN") == mark("passport", "e1234 5678", "chn")
    assert mark("passport", "123456789", "USA") != mark("passport", "123456789", "GBR")
    assert mark("passport", "12345678", "USA") != mark("taiwan_permit", "12345678", "USA")


def test_a_passport_needs_its_country() -> None:
    for country in ("", "CN", "C1N", "中国人"):
        with pytest.raises(CountryMissing):
            queries.hash_of(*queries.read_number("passport", "E12345678"), country)
    with pytest.raises(DocumentKindUnknown):
        queries.read_number("library_card", "1")


TODAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("kind", "until", "born", "plausible"),
    [
        ("resident_id", date(2046, 11, 20), date(2000, 1, 1), True),
        ("resident_id", date(2047, 1, 1), date(2000, 1, 1), False),
        ("resident_id", None, date(1980, 11, 20), True),
        ("resident_id", None, date(1980, 11, 21), False),
        ("temporary_id", date(2027, 2, 20), date(2000, 1, 1), True),
        ("temporary_id", None, date(1950, 1, 1), False),
        ("household_register", None, date(2020, 1, 1), True),
        ("passport", None, date(1950, 1, 1), False),
        ("passport", date(2036, 11, 20), date(1990, 1, 1), True),
        ("taiwan_permit", date(2033, 1, 1), date(1990, 1, 1), False),
    ],
)
def test_how_long_documents_are_valid(
    kind: str, until: date | None, born: date, plausible: bool
) -> None:
    assert rules.expiry_plausible(documents[kind], until, born, TODAY) is plausible


def test_of_age_on_the_day() -> None:
    assert rules.is_minor(date(2008, 11, 21), TODAY)
    assert not rules.is_minor(date(2008, 11, 20), TODAY)
    assert rules.age(date(2008, 2, 29), date(2026, 2, 28)) == 17
    assert rules.age(date(2008, 2, 29), date(2026, 3, 1)) == 18


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("王小明", "王小明"),
        ("  欧阳  小三 ", "欧阳 小三"),
        ("买买提•艾力", "买买提·艾力"),
        ("买买提 · 艾力", "买买提·艾力"),
        ("Mary-Jane O'Neil Jr.", "Mary-Jane O'Neil Jr."),
        ("李\U00020bb7", "李\U00020bb7"),
        ("王1明", ""),
        ("", ""),
        ("王" * 101, ""),
        ("<b>王</b>", ""),
        ("王·", ""),
    ],
)
def test_names(typed: str, name: str) -> None:
    assert rules.clean_name(typed) == name


@pytest.mark.parametrize(
    ("typed", "phone"),
    [
        ("138 0013 8000", "13800138000"),
        ("+8613800138000", "13800138000"),
        ("0371-66668888", "0371-66668888"),
        ("", ""),
        ("12345", None),
        ("call me", None),
    ],
)
def test_phones(typed: str, phone: str | None) -> None:
    assert rules.clean_phone(typed) == phone
