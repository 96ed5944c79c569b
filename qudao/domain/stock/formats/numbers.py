"""Telephone numbers for a branch's pool: no goods, handed on to whoever keeps numbers."""

from qudao.domain.stock.formats import Column, FileKind, Problem, Row, file_kinds
from qudao.kernel.numbers import valid_msisdn


def check(row: Row) -> list[Problem]:
    """A mobile number of 11 digits."""
    row["number"] = "".join(row["number"].split()).removesuffix(".0")
    if valid_msisdn(row["number"]):
        return []
    return [("number", "msisdn", row["number"])]


file_kinds.register("numbers")(
    FileKind(
        "numbers",
        "号码",
        "Telephone numbers",
        (Column("number", ("number", "号码", "手机号", "手机号码", "msisdn"), True, True),),
        check,
    )
)
