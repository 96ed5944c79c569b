"""Alphabets, and where texts are cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.smsc import alphabet
from simulators.smsc.alphabet import GSM

GSM_TEXT = st.text(alphabet=[each for each in GSM if each != "\x1b"] + list("^{}[]~\\|€"))


def test_octets_of_the_specification() -> None:
    assert alphabet.encode("@Δ ¡¿à", "gsm7") == bytes([0, 0x10, 0x20, 0x40, 0x60, 0x7F])
    assert alphabet.encode("€[", "gsm7") == bytes([0x1B, 0x65, 0x1B, 0x3C])
    assert len(GSM) == 128


@given(GSM_TEXT)
def test_what_is_in_the_alphabet_comes_back(text: str) -> None:
    assert alphabet.coding_for(text) == "gsm7"
    assert alphabet.decode(alphabet.encode(text, "gsm7"), 0) == text


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])), st.sampled_from([6, 7]))
def test_parts_fit_and_cut_no_character(text: str, header: int) -> None:
    coding = alphabet.coding_for(text)
    parts = alphabet.cut(text, coding, header=header)
    number = alphabet.DATA_CODING[coding]
    assert "".join(alphabet.decode(part, number) for part in parts) == text
    most = {6: (153, 134), 7: (152, 133)}[header][coding == "ucs2"]
    if len(parts) > 1:
        assert max(map(len, parts)) <= most


@pytest.mark.parametrize(
    ("text", "lengths"),
    [
        ("a" * 160, [160]),
        ("a" * 161, [153, 8]),
        ("字" * 70, [140]),
        ("字" * 71, [134, 8]),
        ("a" * 152 + "€" * 5, [152, 10]),
        ("字" * 66 + "😀" * 4, [132, 16]),
    ],
)
def test_where_a_text_is_cut(text: str, lengths: list[int]) -> None:
    parts = alphabet.cut(text, alphabet.coding_for(text), header=6)
    assert [len(part) for part in parts] == lengths


def test_headers() -> None:
    assert alphabet.header(0x1FF, 3, 2, wide=False) == bytes([5, 0, 3, 0xFF, 3, 2])
    assert alphabet.header(0x1FF, 3, 2, wide=True) == bytes([6, 8, 4, 1, 0xFF, 3, 2])
    assert alphabet.without_header(bytes([6, 8, 4, 1, 0xFF, 3, 2]) + b"text") == (
        (0x1FF, 3, 2),
        b"text",
    )
    # a port element before the part's, and one that ends too early
    assert alphabet.without_header(bytes([11, 5, 4, 0, 1, 0, 2, 0, 3, 9, 2, 1]) + b"x") == (
        (9, 2, 1),
        b"x",
    )
    assert alphabet.without_header(b"\x30ab") == (None, b"\x30ab")
