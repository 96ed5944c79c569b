"""Timers that go by the context's time, not by the machine's."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any, Final

from SpiffWorkflow.bpmn.specs.event_definitions.timer import (
    DurationTimerEventDefinition,
    TimeDateEventDefinition,
    TimerEventDefinition,
)

_LITERAL: Final = re.compile(r"P[0-9YMWDTHS.]+|[0-9]{4}-[0-9]{2}-[0-9]{2}[0-9T:+Z-]*")


def after(at: datetime, duration: str) -> datetime:
    """Return the moment that lies an ISO 8601 duration after another: months by the calendar."""
    return at + span(duration, at)


def span(duration: str, at: datetime) -> timedelta:
    """Return how long an ISO 8601 duration is when it begins at a moment."""
    parsed = TimerEventDefinition.parse_iso_duration(duration)
    length: timedelta = TimerEventDefinition.get_timedelta_from_start(parsed, at)
    return length


def expression(text: str) -> str:
    """Return what stands in a timer as an expression: durations and moments need no quotes."""
    text = text.strip()
    return repr(text) if _LITERAL.fullmatch(text) else text


class _Timed:
    """What both sorts of timers share: the moment is worked out once and kept with the token."""

    expression: str

    def has_fired(self, my_task: Any) -> bool:
        engine = my_task.workflow.script_engine
        moment = my_task._get_internal_data("event_value")
        if moment is None:
            moment = self.moment(engine.evaluate(my_task, self.expression), engine.now).isoformat()
            my_task._set_internal_data(event_value=moment)
        if datetime.fromisoformat(moment) <= engine.now:
            my_task._set_internal_data(event_fired=True)
        return bool(my_task._get_internal_data("event_fired", False))

    def moment(self, value: str, now: datetime) -> datetime:
        raise AssertionError("each sort of timer says when")


class Duration(_Timed, DurationTimerEventDefinition):  # type: ignore[misc]
    def moment(self, value: str, now: datetime) -> datetime:
        return after(now, value)


class Moment(_Timed, TimeDateEventDefinition):  # type: ignore[misc]
    def moment(self, value: str, now: datetime) -> datetime:
        found: datetime = TimerEventDefinition.get_datetime(value)
        return found


SORTS: Final = {DurationTimerEventDefinition: Duration, TimeDateEventDefinition: Moment}
