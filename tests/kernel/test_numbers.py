"""Numbers that carry their own check."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qudao.kernel.numbers import (
    luhn_digit,
    luhn_ok,
    national_msisdn,
    valid_document,
    valid_iccid,
    valid_imei,
    valid_msisdn,
)

DIGITS = st.text("0123456789", min_size=1, max_size=20)


def test_luhn_as_the_standard_has_it() -> None:
    assert luhn_digit("7992739871") == "3"
    assert luhn_ok("4111111111111111") and not luhn_ok("4111111111111112")
    assert not luhn_ok("0") and not luhn_ok("") and not luhn_ok("12a") and not luhn_ok("１８")


@given(DIGITS)
def test_luhn_finds_every_wrong_digit(digits: str) -> None:
    whole = digits + luhn_digit(digits)
    assert luhn_ok(whole)
    for place, digit in enumerate(whole):
        wrong = str((int(digit) + 1) % 10)
        assert not luhn_ok(whole[:place] + wrong + whole[place + 1 :])


@given(DIGITS)
def test_luhn_finds_neighbours_that_changed_places(digits: str) -> None:
    whole = digits + luhn_digit(digits)
    for place in range(len(whole) - 1):
        a, b = whole[place], whole[place + 1]
        if a != b and {a, b} != {"0", "9"}:  # the one pair that Luhn cannot tell apart
            assert not luhn_ok(whole[:place] + b + a + whole[place + 2 :])


@pytest.mark.parametrize(
    ("number", "valid"),
    [
        ("13800138000", True),
        ("19912345678", True),
        ("12800138000", False),
        ("1380013800", False),
        ("138001380000", False),
        ("+8613800138000", False),
        ("1380013800a", False),
        ("１３８００１３８０００", False),
        ("13800138000\n", False),
        ("", False),
    ],
)
def test_mobile_numbers(number: str, valid: bool) -> None:
    assert valid_msisdn(number) is valid


@pytest.mark.parametrize(
    ("number", "valid"),
    [
        ("11010519491231002X", True),  # the example of GB 11643
        ("440524188001010014", True),  # and the other one
        ("11010519491231002x", False),
        ("110105194912310021", False),
        ("110105194913310025", False),  # no thirteenth month
        ("110105491231002", False),  # the old form of 15 digits
        ("", False),
    ],
)
def test_document_numbers(number: str, valid: bool) -> None:
    assert valid_document(number) is valid


@given(st.integers(0, 16), st.integers(1, 9))
def test_a_document_number_finds_every_wrong_digit(place: int, by: int) -> None:
    right = "11010519491231002X"
    wrong = str((int(right[place]) + by) % 10)
    assert not valid_document(right[:place] + wrong + right[place + 1 :])


@pytest.mark.parametrize(
    ("number", "valid"),
    [
        ("8986001234567890123" + luhn_digit("8986001234567890123"), True),  # 20 digits
        ("898600123456789012" + luhn_digit("898600123456789012"), True),  # 19 digits
        ("89860012345678901" + luhn_digit("89860012345678901"), False),  # 18
        ("89860012345678901234" + luhn_digit("89860012345678901234"), False),  # 21
        ("8944001234567890123" + luhn_digit("8944001234567890123"), False),  # another country
        ("898600123456789012F", False),
        ("８９８６００１２３４５６７８９０１２３４", False),
        ("", False),
    ],
)
def test_sim_cards(number: str, valid: bool) -> None:
    assert valid_iccid(number) is valid


@given(st.text("0123456789", min_size=14, max_size=15), st.integers(1, 9))
def test_a_sim_card_s_wrong_check_digit_is_found(tail: str, off: int) -> None:
    body = f"8986{tail}"
    check = luhn_digit(body)
    assert valid_iccid(body + check)
    assert not valid_iccid(body + str((int(check) + off) % 10))


@pytest.mark.parametrize(
    ("number", "valid"),
    [
        ("490154203237518", True),  # the example that the industry copies
        ("490154203237519", False),
        ("49015420323751", False),
        ("4901542032375180", False),  # 16 digits: with a version, without a check digit
        ("49015420323751８", False),
    ],
)
def test_handsets(number: str, valid: bool) -> None:
    assert valid_imei(number) is valid


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("13900000001", "13900000001"),
        ("+8613900000001", "13900000001"),
        ("8613900000001", "13900000001"),
        ("008613900000001", "13900000001"),
        (" 13900000001 ", "13900000001"),
        ("+4413900000001", None),
        ("86139000000011", None),
        ("+86 139 0000 0001", None),
        ("１３９00000001", None),
        ("", None),
    ],
)
def test_numbers_as_networks_write_them(written: str, number: str | None) -> None:
    assert national_msisdn(written) == number
