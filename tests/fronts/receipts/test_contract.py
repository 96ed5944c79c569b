"""The contract: everything that is agreed stands in it, in both languages."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.utils import translation
from reportlab.pdfbase import pdfmetrics

from qudao.domain.customer.types import PartyFacts
from qudao.fronts.receipts.contract import ContractFacts, contract
from qudao.kernel.money import Money
from qudao.kernel.personal import Personal
from tests.domain.customer.counter import png

CUSTOMER = PartyFacts(
    name=Personal("王小明"),
    document_kind="resident_id",
    document=Personal("11010519491231002X"),
    address=Personal("河南省郑州市中原区建设西路 123 号院 4 号楼 5 单元 601 室"),
    phone=Personal("13700001111"),
)
OTHER = PartyFacts(
    name=Personal("Anna O'Brien & Co"),
    document_kind="passport",
    document=Personal("E12345678"),
    address=Personal(""),
    phone=Personal(""),
)
FACTS = ContractFacts(
    agreement="A26112000000000017",
    operator="河南渠道移动通信有限公司",
    outlet="郑州市中原区建设西路特约代理点",
    outlet_code="ZZ0001",
    clerk="clerk",
    signed_at=datetime(2026, 11, 20, 4, 5, 6, tzinfo=UTC),
    customer=CUSTOMER,
    number="13800138000",
    iccid="89860012345678901234",
    grade="三级靓号",
    monthly_floor=Money(88_00),
    plan="畅享套餐 99 元",
    monthly_fee=Money(99_00),
    add_ons=(("10 GB 流量包", Money(20_00)),),
    charges=(("号码预存", Money(300_00)), ("SIM 卡费", Money(10_00)), ("话费预存", Money(100_00))),
    total=Money(410_00),
    signature=png(400, 160),
)


@pytest.fixture(params=["zh-hans", "en"])
def language(request: pytest.FixtureRequest) -> Iterator[str]:
    with translation.override(request.param):
        yield request.param


def text_of(pdf: bytes) -> str:
    if shutil.which("pdftotext") is None:
        pytest.skip("no pdftotext: `apt-get install poppler-utils` to read PDFs back")
    done = subprocess.run(
        ["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True
    )
    return done.stdout.decode()


def joined(pdf: bytes) -> str:
    """The words without the spaces and line ends that the layout puts between them."""
    return re.sub(r"\s", "", text_of(pdf))


def test_all_that_is_agreed_stands_in_it(language: str) -> None:
    words = joined(contract(FACTS))
    for said in (
        *("王小明", "11010519491231002X", "建设西路123号院4号楼5单元601室", "13700001111"),
        *("13800138000", "89860012345678901234", "三级靓号", "¥88.00", "畅享套餐99元", "¥99.00"),
        *("10GB流量包", "¥20.00", "号码预存", "¥300.00", "¥410.00", "A26112000000000017"),
        *("河南渠道移动通信有限公司", "特约代理点", "ZZ0001", "clerk"),
        "2026年11月20日" if language == "zh-hans" else "20Nov2026",
    ):
        assert said in words, said


def test_both_languages_stand_in_it(language: str) -> None:
    words = joined(contract(FACTS))
    for said in (
        *(
            "移动电话用户入网服务协议",
            "Mobileserviceagreement",
            "机主签名",
            "Signatureofthecustomer",
        ),
        *("同一证件在全省最多开办五个号码", "Atmostfivelinescanbeopenedononedocument"),
        *("月最低消费", "Minimumspendingamonth", "证件号码", "Documentnumber"),
    ):
        assert said in words, said
    first = "移动电话用户入网服务协议" if language == "zh-hans" else "Mobileserviceagreement"
    second = "Mobileserviceagreement" if language == "zh-hans" else "移动电话用户入网服务协议"
    assert words.index(first) < words.index(second), "the active language leads"


def test_who_acts_for_the_customer_stands_in_it(language: str) -> None:
    plain = joined(contract(FACTS))
    assert "经办人" not in plain and "监护人" not in plain
    agent = joined(contract(replace(FACTS, agent=OTHER)))
    assert "AnnaO'Brien&Co" in agent and "E12345678" in agent and "经办人签名" in agent
    guardian = joined(contract(replace(FACTS, guardian=OTHER)))
    assert "监护人签名" in guardian and "监护人同意本协议" in guardian


def test_a_number_without_a_floor_says_nothing_of_one(language: str) -> None:
    words = joined(contract(replace(FACTS, monthly_floor=Money(0), grade="", add_ons=())))
    assert "月最低消费" not in words and "补足" not in words and "号码等级" not in words


def test_the_same_facts_are_the_same_octets(language: str) -> None:
    moments_later = FACTS.signed_at + timedelta(seconds=9)
    assert contract(FACTS) == contract(replace(FACTS, signed_at=moments_later))
    assert contract(FACTS) != contract(replace(FACTS, signature=b""))


@pytest.mark.parametrize("name", ["李堃玥", "龚䶮", "陳瓌"])
def test_rare_names_are_set_nevertheless(language: str, name: str) -> None:
    pdf = contract(replace(FACTS, customer=replace(CUSTOMER, name=Personal(name))))
    assert name in joined(pdf)
    carried = name != "陳瓌"  # of which neither is in the standard list
    assert (b"STSong-Light" not in pdf) is carried


@pytest.mark.parametrize(("name", "at_hand"), [("王\U0002cb4e", True), ("李\U00020bb7", False)])
def test_names_beyond_the_first_plane(language: str, name: str, at_hand: bool) -> None:
    words = joined(contract(replace(FACTS, customer=replace(CUSTOMER, name=Personal(name)))))
    assert ("〓" not in words) is at_hand


def test_the_fonts_have_the_whole_standard_list(language: str) -> None:
    contract(FACTS)
    rare = pdfmetrics.getFont("NotoSansSC-Rare").face.charToGlyph
    listed = Path("tools/rare_characters.txt").read_text().split()
    assert {ord(one) for line in listed for one in line} - rare.keys() == set()


def test_an_ordinary_contract_fits_on_one_page(language: str) -> None:
    assert text_of(contract(FACTS)).count("\f") == 1


def test_it_is_small_enough_for_the_vault(language: str) -> None:
    pdf = contract(replace(FACTS, agent=OTHER, guardian=OTHER, charges=FACTS.charges * 10))
    assert pdf.startswith(b"%PDF-") and b"%%EOF" in pdf[-1024:]
    assert len(pdf) < 1 << 20
