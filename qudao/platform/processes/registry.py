"""Processes, actions and forms by name: registered by journeys, read by the host."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from django.conf import settings

from qudao.platform.processes.types import Action, Form, Process

_processes: Final[dict[str, Process]] = {}
_actions: Final[dict[str, Action]] = {}
_forms: Final[dict[str, Form]] = {}
_loaded: Final[set[str]] = set()


def register(process: Process) -> Process:
    """Add a process; its code once."""
    assert process.code not in _processes, process.code
    _processes[process.code] = process
    return process


def action(name: str) -> Callable[[Action], Action]:
    """Register what a service task with `camunda:topic="<name>"` does."""

    def add(function: Action) -> Action:
        assert name not in _actions, name
        _actions[name] = function
        return function

    return add


def form(key: str) -> Callable[[Form], Form]:
    """Register the fields of user tasks with `camunda:formKey="<key>"`."""

    def add(function: Form) -> Form:
        assert key not in _forms, key
        _forms[key] = function
        return function

    return add


def processes() -> Mapping[str, Process]:
    """Return every process by its code."""
    _load()
    return MappingProxyType(_processes)


def actions() -> Mapping[str, Action]:
    """Return every action by its name."""
    _load()
    return MappingProxyType(_actions)


def forms() -> Mapping[str, Form]:
    """Return every form by its key."""
    _load()
    return MappingProxyType(_forms)


def _load() -> None:
    for folder in settings.PROCESS_FOLDERS:
        if folder not in _loaded:
            package = importlib.import_module(folder)
            for module in pkgutil.iter_modules(package.__path__, f"{folder}."):
                importlib.import_module(module.name)
            # Only now: until then other threads import too, and so wait for what is under way.
            _loaded.add(folder)
