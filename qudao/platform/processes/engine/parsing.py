"""How elements are read: Camunda's extensions, which every modeller can write."""

from __future__ import annotations

from typing import Any, Final

from SpiffWorkflow.bpmn.parser.BpmnParser import DEFAULT_NSMAP, full_tag
from SpiffWorkflow.bpmn.parser.ProcessParser import ProcessParser
from SpiffWorkflow.bpmn.parser.TaskParser import TaskParser
from SpiffWorkflow.bpmn.specs.defaults import ManualTask, UserTask
from SpiffWorkflow.bpmn.specs.mixins import BpmnSpecMixin, ServiceTaskMixin
from SpiffWorkflow.camunda.specs.business_rule_task import BusinessRuleTask
from SpiffWorkflow.dmn.parser.BpmnDmnParser import BpmnDmnParser

CAMUNDA: Final = "http://camunda.org/schema/1.0/bpmn"
NAMESPACES: Final = {**DEFAULT_NSMAP, "camunda": CAMUNDA}
_EXTENSIONS: Final = "./bpmn:extensionElements"


class ActionTask(ServiceTaskMixin, BpmnSpecMixin):  # type: ignore[misc]
    """A service task: an action of ours, by name."""

    def _execute(self, task: Any) -> bool | None:
        done: bool | None = task.workflow.script_engine.act(task, self.extensions["topic"])
        return done


class ExtendedParser(TaskParser):  # type: ignore[misc]
    """Keeps what Camunda's extensions say of a task, as plain values."""

    def parse_extensions(self, node: Any = None) -> dict[str, Any]:
        return {
            "topic": self.attribute("topic", "camunda"),
            "form": self.attribute("formKey", "camunda") or "",
            "properties": {
                one.get("name"): one.get("value")
                for one in self.xpath(f"{_EXTENSIONS}/camunda:properties/camunda:property")
            },
            "fields": [
                self._field(one)
                for one in self.xpath(f"{_EXTENSIONS}/camunda:formData/camunda:formField")
            ],
        }

    def _field(self, node: Any) -> dict[str, Any]:
        return {
            "id": node.get("id"),
            "type": node.get("type"),
            "label": node.get("label"),
            "default": node.get("defaultValue"),
            "properties": {
                one.get("id"): one.get("value")
                for one in self._xpath(node, "./camunda:properties/camunda:property")
            },
            "constraints": {
                one.get("name"): one.get("config")
                for one in self._xpath(node, "./camunda:validation/camunda:constraint")
            },
            "choices": [
                [one.get("id"), one.get("name")] for one in self._xpath(node, "./camunda:value")
            ],
        }


class DecisionParser(ExtendedParser):
    """A business rule task: a decision table of the folder, by its id."""

    def create_task(self) -> Any:
        engine = self.process_parser.parser.get_engine(self.get_decision_ref(self.node), self.node)
        return BusinessRuleTask(self.spec, self.bpmn_id, dmnEngine=engine, **self.bpmn_attributes)

    @staticmethod
    def get_decision_ref(node: Any) -> Any:
        return node.get(f"{{{CAMUNDA}}}decisionRef")


class NamedParser(ProcessParser):  # type: ignore[misc]
    """Finds the elements by their ids: a choice of a form may be called as an element is."""

    def _index_process_nodes(self) -> None:
        super()._index_process_nodes()
        prefix = f"{{{NAMESPACES['bpmn']}}}"
        self.nodes_by_id = {
            node.get("id"): node
            for node in self.node.iterdescendants()
            if isinstance(node.tag, str) and node.tag.startswith(prefix) and node.get("id")
        }


class FolderParser(BpmnDmnParser):  # type: ignore[misc]
    """Reads the BPMN and DMN files of a version."""

    PROCESS_PARSER_CLASS = NamedParser
    OVERRIDE_PARSER_CLASSES: Final = {
        full_tag("userTask"): (ExtendedParser, UserTask),
        full_tag("manualTask"): (ExtendedParser, ManualTask),
        full_tag("serviceTask"): (ExtendedParser, ActionTask),
        full_tag("businessRuleTask"): (DecisionParser, BusinessRuleTask),
    }

    def __init__(self) -> None:
        super().__init__(namespaces=NAMESPACES)
