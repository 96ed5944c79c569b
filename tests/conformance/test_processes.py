"""Every process that is registered can be run, read and drawn: all its versions."""

from __future__ import annotations

from typing import Any

import pytest
from lxml import etree

from qudao.platform.identity.roles import roles
from qudao.platform.processes.engine import clock, reading
from qudao.platform.processes.engine.parsing import NAMESPACES
from qudao.platform.processes.engine.reading import Definition
from qudao.platform.processes.registry import actions, forms, processes
from qudao.platform.processes.types import STARTER, Words
from tests.platform.processes.toy import TOY
from tests.province import NOON

VERSIONS = [
    (code, number)
    for code in sorted({*processes(), TOY.code})
    if code != "changed"  # another test's own
    for number in reading.numbers(code)
]
SHAPES = """
boundaryEvent businessRuleTask callActivity endEvent exclusiveGateway inclusiveGateway
intermediateCatchEvent lane manualTask parallelGateway participant scriptTask serviceTask startEvent
subProcess userTask
"""


@pytest.fixture(params=VERSIONS, ids=lambda one: f"{one[0]}-v{one[1]}")
def definition(request: pytest.FixtureRequest) -> Definition:
    return reading.definition(*request.param)


def _both(words: Words) -> bool:
    return bool(words.zh) and bool(words.en) and words.zh != words.en


def test_lanes_are_roles(definition: Definition) -> None:
    wanted = {kind.role for kind in definition.tasks.values()} | {definition.start_role}
    wanted |= {kind.timing.escalate_to for kind in definition.tasks.values()} - {""}
    assert wanted <= set(roles)
    assert processes()[definition.process].cancelled_by <= set(roles)


def test_actions_and_forms_are_registered(definition: Definition) -> None:
    assert definition.topics <= set(actions())
    assert {kind.form for kind in definition.tasks.values()} - {""} <= set(forms())


def test_names_are_in_both_languages(definition: Definition) -> None:
    assert _both(processes()[definition.process].words)
    lanes = {node.get("id") for node in _nodes(definition, "lane")}
    plain = [
        one for one, words in definition.words.items() if one not in lanes and not _both(words)
    ]
    assert plain == []
    for kind in definition.tasks.values():
        assert _both(kind.words), kind.element
        for field in kind.fields:
            assert _both(field.words), field.code
            assert all(_both(choice.words) for choice in field.choices), field.code


def test_tasks_refer_to_what_there_is(definition: Definition) -> None:
    for kind in definition.tasks.values():
        assert set(kind.not_by) <= set(definition.tasks) | {STARTER}, kind.element
        codes = {field.code for field in kind.fields}
        assert len(codes) == len(kind.fields), kind.element
        for field in kind.fields:
            assert field.required_when is None or field.required_when[0] in codes, field.code
            assert (field.kind == "enum") == bool(field.choices), field.code


def test_durations_can_be_read(definition: Definition) -> None:
    for kind in definition.tasks.values():
        timing = kind.timing
        for duration in filter(None, (timing.due, timing.remind, timing.escalate)):
            assert clock.after(NOON, duration) > NOON
        assert bool(timing.escalate) == bool(timing.escalate_to), kind.element
        assert timing.due or not (timing.remind or timing.escalate), kind.element


def test_everything_is_drawn(definition: Definition) -> None:
    root = etree.fromstring(definition.xml)
    drawn = {
        node.get("bpmnElement")
        for tag in ("BPMNShape", "BPMNEdge")
        for node in root.iter(f"{{{NAMESPACES['bpmndi']}}}{tag}")
    }
    wanted = {
        node.get("id")
        for tag in (*SHAPES.split(), "sequenceFlow")
        for node in _nodes(definition, tag)
    }
    assert wanted - drawn == set()


def _nodes(definition: Definition, tag: str) -> list[Any]:
    return list(etree.fromstring(definition.xml).iter(f"{{{NAMESPACES['bpmn']}}}{tag}"))
