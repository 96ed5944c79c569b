"""Formats of bank statements: a conformance suite over all, and each one's own ways."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qudao.domain.payment import rules
from qudao.domain.payment.formats import formats
from qudao.domain.payment.types import ParsedLine, ParsedStatement, RowError
from qudao.kernel.money import Money

CSV = """账号,交易日期,贷方金额,流水号,附言,对方户名
6222001,2026-03-02,"1,500.00",BK0001,货款 410102200178,郑州便民店
6222001,2026-03-02,0.00,BK0002,手续费,
6222001,2026/03/03,20.5,BK0003,,王小明
"""
CAMT = """<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>
<GrpHdr><MsgId>M1</MsgId><CreDtTm>2026-03-04T00:00:00</CreDtTm></GrpHdr>
<Stmt><Id>S1</Id><Acct><Id><Othr><Id>6222001</Id></Othr></Id></Acct>
<Ntry><Amt Ccy="CNY">1500.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>
<BookgDt><Dt>2026-03-02</Dt></BookgDt><AcctSvcrRef>BK0001</AcctSvcrRef><NtryDtls><TxDtls>
<RltdPties><Dbtr><Pty><Nm>郑州便民店</Nm></Pty></Dbtr></RltdPties>
<RmtInf><Ustrd>货款 410102200178</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>
<Ntry><Amt Ccy="CNY">5.00</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>
<BookgDt><Dt>2026-03-02</Dt></BookgDt><AcctSvcrRef>BK0002</AcctSvcrRef></Ntry>
<Ntry><Amt Ccy="CNY">20.5</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts>
<BookgDt><DtTm>2026-03-03T09:00:00</DtTm></BookgDt><AcctSvcrRef>BK0003</AcctSvcrRef><NtryDtls><TxDtls>
<RltdPties><Dbtr><Nm>王小明</Nm></Dbtr></RltdPties></TxDtls></NtryDtls></Ntry>
<Ntry><Amt Ccy="CNY">7.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>PDNG</Cd></Sts>
<BookgDt><Dt>2026-03-03</Dt></BookgDt><AcctSvcrRef>BK0004</AcctSvcrRef></Ntry>
</Stmt></BkToCstmrStmt></Document>
"""
MT940 = """:20:X
:25:6222001
:28C:1/1
:60F:C260301CNY0,00
:61:2603020302C1500,00NTRFNONREF//BK0001
:86:货款 410102200178/NAME/郑州便民店
:61:2603020302D5,00NTRFNONREF//BK0002
:86:fee
:61:2603030303C20,50NTRFNONREF//BK0003
:86:/NAME/王小明
:62F:C260303CNY1515,50
-"""
SAMPLES = {"csv": CSV, "camt053": CAMT, "mt940": MT940}
"""The same two credits, once in each format: a new format adds its own here."""


def test_every_format_has_a_sample() -> None:
    assert set(SAMPLES) == set(formats)
    assert all(f.code == code and f.name_zh and f.name_en for code, f in formats.items())


@pytest.mark.parametrize("code", sorted(SAMPLES))
def test_every_format_reads_the_same_credits(code: str) -> None:
    parsed = formats[code].read(SAMPLES[code].encode())
    assert parsed.errors == ()
    assert parsed.account == "6222001"
    shop, person = parsed.lines
    assert (shop.booked_on, shop.amount, shop.reference) == (
        date(2026, 3, 2),
        Money(150_000),
        "BK0001",
    )
    assert rules.node_codes_in(shop.remittance) == ("410102200178",)
    assert shop.payer == "郑州便民店"
    assert (person.booked_on, person.amount, person.reference, person.payer) == (
        date(2026, 3, 3),
        Money(2_050),
        "BK0003",
        "王小明",
    )


@pytest.mark.parametrize("code", sorted(SAMPLES))
@given(noise=st.binary(max_size=400))
def test_no_format_falls_over_noise(code: str, noise: bytes) -> None:
    parsed = formats[code].read(noise)
    assert isinstance(parsed, ParsedStatement)


@pytest.mark.parametrize("code", sorted(SAMPLES))
@given(st.data())
def test_no_format_falls_over_a_damaged_file(code: str, data: st.DataObject) -> None:
    whole = SAMPLES[code].encode()
    start = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(start, min(start + 30, len(whole))))
    broken = whole[:start] + data.draw(st.binary(max_size=5)) + whole[end:]
    assert isinstance(formats[code].read(broken), ParsedStatement)


@pytest.mark.parametrize("code", sorted(SAMPLES))
def test_what_is_something_else_is_named_unreadable_or_incomplete(code: str) -> None:
    for other in (b"", b"\x00\x01\x02", "你好".encode()):
        parsed = formats[code].read(other)
        assert parsed.lines == ()
        assert rules.check_statement(parsed, frozenset()) != ()


def test_csv_in_gb18030_and_in_english() -> None:
    assert formats["csv"].read(CSV.encode("gb18030")).lines[0].payer == "郑州便民店"
    english = "Date,Amount,Reference,Remittance\n20260302,10,R1,hello\n"
    (line,) = formats["csv"].read(english.encode()).lines
    assert (line.amount, line.remittance, line.payer) == (Money(1_000), "hello", "")


def test_csv_tells_each_wrong_row() -> None:
    text = "date,amount,reference\n2026-13-01,1,A\n2026-03-01,1.234,B\n2026-03-01,x,C\n"
    assert formats["csv"].read(text.encode()).errors == (
        RowError(2, "date", "2026-13-01"),
        RowError(3, "amount", "1.234"),
        RowError(4, "amount", "x"),
    )
    assert formats["csv"].read(b"date,amount\n").errors == (
        RowError(1, "column_missing", "reference"),
    )


def test_camt_refuses_other_currencies_and_entities() -> None:
    (error,) = (
        formats["camt053"].read(CAMT.replace('Ccy="CNY">20.5', 'Ccy="EUR">20.5').encode()).errors
    )
    assert (error.row, error.problem, error.detail) == (3, "currency", "EUR")
    bomb = '<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "b">]>' + CAMT.split("?>", 1)[1]
    (error,) = formats["camt053"].read(bomb.encode()).errors
    assert error.problem == "unreadable"


def test_mt940_refuses_other_currencies() -> None:
    parsed = formats["mt940"].read(MT940.replace("CNY", "EUR").encode())
    assert {error.problem for error in parsed.errors} == {"currency"}


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("410102200178", ("410102200178",)),
        ("网点410102200178充值", ("410102200178",)),
        ("4101 0220 0178", ("410102200178",)),
        ("4101-0220-0178 and 410102200012", ("410102200178", "410102200012")),
        ("410102200178 410102200178", ("410102200178",)),
        ("410102200179", ()),  # the check digit is wrong
        ("0410102200178", ()),  # one digit too many
        ("6222 4101 0220 0178", ()),  # the end of a card number
        ("13900001234", ()),
        ("", ()),
    ],
)
def test_node_codes_in_what_payers_write(text: str, codes: tuple[str, ...]) -> None:
    assert rules.node_codes_in(text) == codes


def test_a_file_is_checked_as_a_whole() -> None:
    def line(row: int, reference: str, fen: int = 100) -> ParsedLine:
        return ParsedLine(row, date(2026, 3, 2), Money(fen), reference, "", "")

    lines = (line(1, "A"), line(2, "A"), line(3, ""), line(4, "B"), line(5, "C", 10**18))
    problems = [
        (error.row, error.problem)
        for error in rules.check_statement(ParsedStatement("", lines), frozenset({"B"}))
    ]
    assert problems == [
        (1, "duplicate_in_file"),
        (2, "duplicate_in_file"),
        (3, "reference_missing"),
        (4, "already_imported"),
        (5, "amount"),
    ]
    for text in ("a\0b", "x" * 501):
        odd = replace(line(1, "A"), remittance=text)
        found = rules.check_statement(ParsedStatement("", (odd,)), frozenset())
        assert [(error.row, error.problem) for error in found] == [(1, "unreadable")]
    assert rules.check_statement(ParsedStatement("", ()), frozenset()) == (RowError(0, "empty"),)
