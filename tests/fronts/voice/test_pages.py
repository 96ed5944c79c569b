"""Pages in, steps out: no telephone, no sound."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qudao.fronts.voice.vxml.state import Limits
from qudao.fronts.voice.vxml.steps import End
from tests.fronts.voice.telephone import GONE, QUIET, START, Does, call, page

TWO = "http://hall.test/two"
ASKED = f"GET {START}"

FIELD = """
<form id="f"><field name="pin" type="digits?length=4">
  <prompt>PIN?</prompt>
  <noinput>Nothing.<reprompt/></noinput>
  <noinput count="2">Again nothing.</noinput>
  <noinput count="3"><exit/></noinput>
  <nomatch>Four digits.</nomatch>
  <filled><if cond="pin == '0000'">Zero.
    <elseif cond="pin$.utterance.length == 4 &amp;&amp; pin &gt; 5000"/>
    High <value expr="pin"/>.<else/>Low.</if></filled>
</field></form>"""
MENU = """
<menu dtmf="true"><prompt>One or two?</prompt>
  <choice next="#a">Balance</choice><choice next="#b">Bill</choice><choice dtmf="0" event="help"/>
  <help>Press a key.</help>
</menu>
<form id="a"><block>A<disconnect/></block></form><form id="b"><block>B</block></form>"""

TABLE: dict[str, tuple[str, Sequence[Does], list[str], End]] = {
    "a block is said, and then the call is over": (
        "<form><block>Good <value expr=\"'day'\"/></block></form>",
        (),
        ["say Good day"],
        End("exit"),
    ),
    "a field that is filled": (FIELD, ["0000"], ["ask PIN?", "say Zero."], End("exit")),
    "else, by number": (FIELD, ["7000"], ["ask PIN?", "say High 7000 ."], End("exit")),
    "otherwise": (FIELD, ["1234"], ["ask PIN?", "say Low."], End("exit")),
    "a wrong answer is told, and the question not said again without reprompt": (
        FIELD,
        ["12", "0000"],
        ["ask PIN?", "ask Four digits.", "say Zero."],
        End("exit"),
    ),
    "the counts of noinput": (
        FIELD,
        [QUIET, QUIET, QUIET],
        ["ask PIN?", "ask Nothing. PIN?", "ask Again nothing."],
        End("exit"),
    ),
    "a menu numbers its choices": (MENU, ["2"], ["ask One or two?", "say B"], End("exit")),
    "a choice that throws, caught without reprompt": (
        MENU,
        ["0", "1"],
        ["ask One or two?", "ask Press a key.", "say A"],
        End("disconnect"),
    ),
    "a key that is no choice: asked again": (
        MENU,
        ["9", "1"],
        ["ask One or two?", "ask One or two?", "say A"],
        End("disconnect"),
    ),
    "prompts by count": (
        """<form><field name="x" type="digits"><prompt count="1">First.</prompt>
           <prompt count="3">Third.</prompt></field></form>""",
        [QUIET, QUIET, "1"],
        ["ask First.", "ask First.", "ask Third."],
        End("exit"),
    ),
    "variables of document and dialog, and their order": (
        """<var name="d" expr="1"/><form><var name="d" expr="2"/><var name="e" expr="d + 1"/>
           <block><value expr="d"/> <value expr="document.d"/> <value expr="e"/>
           <assign name="document.d" expr="d * 10"/><value expr="document.d"/></block></form>""",
        (),
        ["say 2 1 3 20"],
        End("exit"),
    ),
    "the session tells who calls, and is not changed": (
        """<form><catch event="error.semantic">No.</catch><block>
           <value expr="session.connection.remote.uri"/></block>
           <block><assign name="connection" expr="1"/></block></form>""",
        (),
        ["say 13937100001 No."],
        End("exit"),
    ),
    "goto an item, and clear": (
        """<form><var name="again" expr="true"/><block name="a">A</block><block name="b">B
           <if cond="again"><assign name="again" expr="false"/><clear namelist="a b"/>
           <goto nextitem="b"/></if></block><block>C</block></form>""",
        (),
        ["say A B B A C"],
        End("exit"),
    ),
    "filled of a form: all, any, by name": (
        """<form><field name="x" type="digits"/><field name="y" type="boolean"/>
           <filled mode="any" namelist="x">got x</filled>
           <filled>both <value expr="x"/> <value expr="y"/></filled></form>""",
        ["5", "2"],
        ["ask", "ask got x", "say both 5 false"],
        End("exit"),
    ),
    "options and an SRGS grammar with meanings": (
        """<form><field name="x"><option dtmf="1" value="one">One</option>
           <grammar mode="dtmf" root="r" version="1.0"><rule id="r"><one-of>
           <item>* 9<tag>star</tag></item>
           <item repeat="2-3"><ruleref uri="#d"/></item></one-of></rule>
           <rule id="d"><one-of><item>7</item><item>8</item></one-of></rule></grammar>
           <filled><value expr="x"/><clear namelist="x"/></filled></field></form>""",
        ["1", "*9", "787", "7"],
        ["ask", "ask one", "ask star", "ask 787", "ask"],
        End("hangup"),
    ),
    "what is thrown is caught by its beginning, with its message": (
        """<form><catch event="own"><value expr="_event"/> <value expr="_message"/></catch>
           <block><throw event="own.trouble" message="so it is"/></block></form>""",
        (),
        ["say own.trouble so it is"],
        End("exit"),
    ),
    "what nobody catches ends the call": (
        """<form><block>Before.<throw event="own"/></block></form>""",
        (),
        ["say Before."],
        End("error", "own"),
    ),
    "an element that we do not know throws when it is come to": (
        """<form><catch event="error.unsupported">Cannot <value expr="_event"/><exit/></catch>
           <block>One.</block><record name="r"/></form>""",
        (),
        ["say One. Cannot error.unsupported.record"],
        End("exit"),
    ),
    "recordings, pauses, languages": (
        """<form><block><prompt xml:lang="en">Hi<break time="300ms"/><audio src="a.wav">A</audio>
           <say-as interpret-as="digits">139</say-as></prompt></block></form>""",
        (),
        ["say Hi (300 ms) [a.wav] 1 3 9"],
        End("exit"),
    ),
    "hanging up is an event, in which nothing is said": (
        """<form><catch event="connection.disconnect.hangup">Bye?<log>gone</log></catch>
           <field name="x" type="digits">Number?</field></form>""",
        [GONE],
        ["ask Number?"],
        End("hangup"),
    ),
    "put through": (
        """<form><transfer name="t" dest="tel:1" bridge="false">One moment.</transfer></form>""",
        (),
        ["say One moment.", "transfer tel:1"],
        End("transfer"),
    ),
    "a page without sense in an expression": (
        """<form><block>A<if cond="nobody == 1">B</if></block></form>""",
        (),
        ["say A"],
        End("error", "error.semantic"),
    ),
}


@pytest.mark.parametrize("case", TABLE)
def test_a_page(case: str) -> None:
    inside, caller, lines, end = TABLE[case]
    told = call(page(inside), caller)
    assert (told.lines, told.end) == ([ASKED, *lines], end)


def test_submit_sends_what_was_pressed_and_goes_on_with_the_answer() -> None:
    pages = {
        START: page(
            """<form><field name="a" type="digits"/><var name="v" expr="'x y'"/>
               <block><submit next="two?k=1#second" method="post" namelist="a v"/></block></form>"""
        ),
        f"{TWO}?k=1": page(
            """<form><block>First</block></form><form id="second"><block>Second
               <goto next="/three"/></block></form>"""
        ),
        "http://hall.test/three": page("<form><block>Third</block></form>"),
    }
    told = call(pages, ["12"])
    assert told.lines == [
        ASKED,
        "ask",
        f"POST {TWO}?k=1 a=12 v=x y",
        "GET http://hall.test/three",
        "say Second Third",
    ]


def test_submit_without_names_sends_the_fields() -> None:
    form = """<form><var name="v"/><field name="a" type="digits"/><field name="b" type="boolean"/>
              <block><submit next="two"/></block></form>"""
    told = call({START: page(form), TWO: page("<form><block>Ok</block></form>")}, ["12", "1"])
    assert told.lines[-2:] == [f"GET {TWO} a=12 b=true", "say Ok"]


@pytest.mark.parametrize(
    ("answer", "event"),
    [
        (503, "error.badfetch.http.503"),
        (b"no page", "error.badfetch"),
        (page("<block/>"), "error.badfetch"),
        (
            page("<form><block/></form>", head="<nothing/>").replace(b"2.1", b"9.9"),
            "error.badfetch",
        ),
        (b'<!DOCTYPE vxml [<!ENTITY a "b">]>' + page("<form/>")[38:], "error.badfetch"),
    ],
)
def test_a_page_that_cannot_be_had_is_the_old_ones_trouble(answer: bytes | int, event: str) -> None:
    form = """<form><catch event="error.badfetch"><value expr="_event"/></catch>
              <block>A<goto next="two"/></block></form>"""
    told = call({START: page(form), TWO: answer})
    assert told.lines == [ASKED, f"GET {TWO}", f"say A {event}"]
    first = call({START: answer})
    assert (first.lines, first.end) == ([ASKED], End("error", event))


def test_nobody_takes_the_caller() -> None:
    form = """<form><transfer name="t" dest="agent"/>
              <catch event="error.connection">Busy <value expr="t"/>.</catch></form>"""
    told = call(page(form), moved=False)
    assert told.lines == [ASKED, "transfer agent", "say Busy unknown ."]


@pytest.mark.parametrize(
    "inside",
    [
        '<form id="f"><block><goto next="#f"/></block></form>',
        '<form><block name="b"><clear namelist="b"/></block></form>',
        '<form><catch event="error"><throw event="error.again"/></catch>'
        '<block><throw event="error.first"/></block></form>',
        f'<form><block><goto next="{START}"/></block></form>',
    ],
)
def test_a_page_without_an_end_ends_the_call(inside: str) -> None:
    told = call(page(inside), limits=Limits(steps=200, pages=50))
    assert told.end.why == "limit"
    assert len(told.lines) <= 51


def test_a_caller_who_never_presses_anything_is_let_go() -> None:
    told = call(page('<form><field name="x" type="digits">?</field></form>'), [QUIET] * 50)
    assert told.end == End("limit", "10 questions without an answer")
    assert told.lines.count("ask ?") == 10


@pytest.mark.parametrize(
    "inside",
    [
        "<form><field name='a' type='digits?length=0'/></form>",
        "<form><field name='a'>no grammar</field></form>",
        "<form><field name='a'><grammar mode='dtmf' root='r'><rule id='r'><ruleref uri='#r'/>"
        "</rule></grammar></field></form>",
        "<form><field name='a'><grammar mode='dtmf' root='r'><rule id='r'><item repeat='999'>"
        "<item repeat='999'>1</item></item></rule></grammar></field></form>",
        "<menu><choice next='#x'>no key</choice></menu>",
        "<form><block><prompt><break time='soon'/></prompt></block></form>",
        "<form><block name='a'/><block name='a'/></form>",
    ],
)
def test_a_page_that_asks_what_cannot_be_asked(inside: str) -> None:
    assert call(page(inside)).end == End("error", "error.badfetch")


@pytest.mark.parametrize(
    "content",
    [
        page("<form><block>" + "x" * 300_000 + "</block></form>"),
        page("<form><block>" + "<if cond='true'>" * 60 + "</if>" * 60 + "</block></form>"),
        page("<form>" + "<block/>" * 6_000 + "</form>"),
        page("<form><block><if>no cond</if></block></form>"),
        page("<form><block><value expr='1' colour='red'/></block></form>"),
        page("<form><field name='x'><block/></field></form>"),
        page("<form id='a'/><form id='a'/>"),
    ],
)
def test_a_page_that_is_not_taken(content: bytes) -> None:
    assert call(content).end == End("error", "error.badfetch")


def test_too_much_to_say_is_not_said() -> None:
    values = "<value expr='s'/>" * 20
    form = f"""<form><block><var name="s" expr="'{"x" * 400}'"/>{values}</block></form>"""
    assert call(page(form)).end == End("error", "error.semantic")


PIECES = st.sampled_from(
    [
        *("<form>", "</form>", "<block>", "</block>", "<field name='x' type='digits'>", "</field>"),
        *(
            "<menu dtmf='true'>",
            "</menu>",
            "<choice next='#f'>A</choice>",
            "<choice event='help'/>",
        ),
        *("<catch>", "</catch>", "<noinput count='2'>", "</noinput>", "<filled>", "</filled>"),
        *("<if cond='x == 1'>", "</if>", "<else/>", "<elseif cond='!x'/>", "<var name='x'/>"),
        *("<assign name='x' expr='x + 1'/>", "<clear/>", "<reprompt/>", "<goto next='#f'/>"),
        *("<goto nextitem='x'/>", "<submit next='two'/>", "<exit/>", "<throw event='help'/>"),
        *("<prompt>", "</prompt>", "<value expr='x'/>", "<audio src='a.wav'/>", "<break/>", "text"),
        *(
            "<transfer name='t' dest='1'/>",
            "<strange/>",
            "<form id='f'>",
            "<!--",
            "-->",
            "&amp;",
            "&",
        ),
    ]
)


@settings(max_examples=400, deadline=None)
@given(
    st.lists(PIECES, max_size=25),
    st.lists(st.sampled_from([QUIET, GONE, "1", "12", "9"]), max_size=6),
    st.integers(0, 80),
)
def test_whatever_a_page_says_the_call_ends(
    pieces: list[str], caller: list[Does], cut: int
) -> None:
    inside = page("".join(pieces))
    for content in (
        inside,
        inside[:-cut] if cut else inside,
        page(f"<form>{''.join(pieces)}</form>"),
    ):
        told = call({START: content, TWO: content}, caller, limits=Limits(steps=300, pages=5))
        assert told.end.why in {"exit", "disconnect", "hangup", "transfer", "limit", "error"}


def balanced(depth: int) -> st.SearchStrategy[str]:
    """Pages that hang together, so that most of them are done and not refused."""
    simple = st.sampled_from(
        [
            *("text", "<value expr='x'/>", "<assign name='x' expr=\"x + '1'\"/>", "<clear/>"),
            *(
                "<reprompt/>",
                "<goto next='#f'/>",
                "<goto nextitem='q'/>",
                "<exit/>",
                "<disconnect/>",
            ),
            *(
                "<throw event='help'/>",
                "<throw event='own.a'/>",
                "<submit next='two'/>",
                "<strange/>",
            ),
        ]
    )
    if not depth:
        return simple
    inner = st.lists(balanced(depth - 1), max_size=3).map("".join)
    return st.one_of(
        simple,
        inner.map(lambda one: f"<if cond='x'>{one}<elseif cond=\"x == '1'\"/>a<else/>{one}</if>"),
    )


DONE = st.lists(balanced(2), max_size=4).map("".join)


@settings(max_examples=300, deadline=None)
@given(DONE, DONE, DONE, st.lists(st.sampled_from([QUIET, GONE, "1", "12", "9"]), max_size=8))
def test_a_whole_page_does_what_it_says_and_ends(
    block: str, filled: str, caught: str, caller: list[Does]
) -> None:
    form = f"""<form id="f"><var name="x"/><catch event="help own noinput">{caught}</catch>
        <block>{block}</block><field name="q" type="digits?length=1">?<filled>{filled}</filled>
        </field></form>"""
    told = call({START: page(form), TWO: page(form)}, caller, limits=Limits(steps=300, pages=5))
    assert told.end.why in {"exit", "disconnect", "hangup", "limit", "error"}
    assert told.lines.count("ask ?") <= len(caller) + 1
