"""That the looking over of pages finds what is wrong with one."""

import pytest

from tests.fronts.phone.schema import faults

_PAGE = """<?xml version="1.0" encoding="UTF-8"?>
<vxml version="2.1" xmlns="http://www.w3.org/2001/vxml" xml:lang="zh-CN"><form>
<field name="key"><prompt bargein="true">1</prompt>
<grammar mode="dtmf" version="1.0" root="keys"><rule id="keys">1</rule></grammar></field>
<block><submit next="/vxml/voice" namelist="key"/></block></form></vxml>"""


@pytest.mark.parametrize(
    "good, bad, named",
    [
        ("", "", ""),
        ('bargein="true"', 'bargein="maybe"', "bargein"),
        ("<block>", "<block><menu/>", "menu"),
        ('version="2.1"', "", "version"),
        ('root="keys"', 'root="other"', "no rule other"),
        (">1</rule>", ">one</rule>", "one is no key"),
        ('namelist="key"', 'namelist="amount"', "no variable amount"),
    ],
)
def test_what_is_wrong_is_named(good: str, bad: str, named: str) -> None:
    found = faults(_PAGE.replace(good, bad, 1).encode() if good else _PAGE.encode())
    assert (found == []) == (named == "")
    assert named in " ".join(found)
