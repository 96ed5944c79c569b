"""Screens of the back office write through operations only."""

import ast
import importlib
import inspect
import re
from pathlib import Path
from typing import Any

import pytest
from django.contrib import admin
from django.urls import URLPattern, URLResolver

from qudao.fronts.backoffice import urls
from qudao.fronts.backoffice.site import office
from qudao.platform.backoffice.screen import Screen, screens
from qudao.platform.commands.command import commands

MODULES = sorted(
    [
        *Path("qudao/domain").glob("*/admin.py"),
        *Path("qudao/domain").glob("*/admin/*.py"),
        *Path("qudao/platform/backoffice").rglob("*.py"),
        *Path("qudao/fronts/backoffice").rglob("*.py"),
    ]
)
WRITES = {
    "save",
    "create",
    "bulk_create",
    "bulk_update",
    "update_or_create",
    "get_or_create",
    "delete",
    "raw",
    "execute",
    "select_for_update",
}
WRITING_HOOKS = {
    "save_model",
    "delete_model",
    "delete_queryset",
    "save_form",
    "save_formset",
    "save_related",
    "add_view",
    "change_view",
    "changeform_view",
    "delete_view",
}


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_no_screen_touches_a_table(path: Path) -> None:
    calls = [
        node
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    ]
    writes = [(c.func.attr, c.lineno) for c in calls if c.func.attr in WRITES]  # type: ignore[union-attr]
    updates = [
        c.lineno
        for c in calls
        if c.func.attr == "update" and "objects" in ast.unparse(c.func)  # type: ignore[union-attr]
    ]
    assert writes == [] and updates == []


@pytest.mark.parametrize("screen", sorted(screens.values(), key=lambda one: one.__name__))
def test_no_screen_brings_its_own_way_to_write(screen: type[Screen]) -> None:
    assert WRITING_HOOKS & vars(screen).keys() == set()
    assert not (screen.actions or screen.list_editable or screen.inlines)
    for hook in ("save_model", "delete_model", "delete_queryset", "save_formset", "save_related"):
        with pytest.raises(AssertionError):
            getattr(screen, hook)(None, None, None, None, None)


@pytest.mark.parametrize("screen", sorted(screens.values(), key=lambda one: one.__name__))
def test_every_act_calls_its_command(screen: type[Screen]) -> None:
    made = office._registry[next(model for model, one in screens.items() if one is screen)]
    for act in (*made.list_acts, *made.all_acts):
        command = commands[act.command]
        source = inspect.getsource(act.run)
        module = inspect.getmodule(act.run)
        assert module is not None
        called = [
            found
            for name, attribute in re.findall(r"\b(\w+)\.(\w+)\(", source)
            if (found := getattr(getattr(module, name, None), attribute, None)) is not None
        ]
        assert command in called, f"{act.code} does not call {act.command}"


def test_there_is_no_way_to_django_s_own_forms() -> None:
    def routes(patterns: list[Any], prefix: str = "") -> list[str]:
        found: list[str] = []
        for one in patterns:
            route = prefix + str(one.pattern)
            if isinstance(one, URLResolver):
                found += routes(one.url_patterns, route)
            elif isinstance(one, URLPattern):
                found.append(route)
        return found

    importlib.import_module("qudao.site.urls")
    assert [r for r in routes(urls.urlpatterns) if re.search(r"(add|delete|history)/$", r)] == []
    assert admin.site._registry == {} or all(
        model not in screens for model in admin.site._registry
    ), "Django's default site is not served"
