"""Every public write is a command with named arguments and a docstring."""

import importlib
import inspect
import pkgutil
from collections.abc import Callable

import pytest

import qudao.domain
from qudao.platform.commands.command import commands


def _operations_of(package: str) -> list[Callable[..., object]]:
    name = f"{package}.operations"
    if importlib.util.find_spec(name) is None:
        return []
    root = importlib.import_module(name)
    modules = [root]
    if hasattr(root, "__path__"):
        found = pkgutil.iter_modules(root.__path__, f"{name}.")
        modules += [importlib.import_module(m.name) for m in found]
    return [
        function
        for module in modules
        for attribute, function in inspect.getmembers(module, inspect.isfunction)
        if inspect.unwrap(function).__module__ == module.__name__ and not attribute.startswith("_")
    ]


OPERATIONS = [
    pytest.param(function, id=f"{function.__module__}.{function.__name__}")
    for package in pkgutil.iter_modules(qudao.domain.__path__, "qudao.domain.")
    for function in _operations_of(package.name)
]


@pytest.mark.parametrize("function", OPERATIONS)
def test_operations_are_commands(function: Callable[..., object]) -> None:
    first, *rest = inspect.signature(function).parameters.values()
    assert first.name in {"ctx", "requests"}, "set-based commands take requests"
    assert all(parameter.kind is parameter.KEYWORD_ONLY for parameter in rest)
    assert function.__doc__
    assert function in commands.values()
