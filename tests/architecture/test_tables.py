"""Foreign keys obey the floors too: the import graph cannot see them."""

import tomllib
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models

CONTRACTS = tomllib.loads(Path("pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]


def _rows(container: str) -> list[str]:
    return next(c["layers"] for c in CONTRACTS if c.get("containers") == [container])


FLOORS = {name.strip("() "): -i for i, row in enumerate(_rows("qudao")) for name in row.split("|")}
SHELVES = {
    name.strip("() "): -i for i, row in enumerate(_rows("qudao.domain")) for name in row.split("|")
}
OURS = [config for config in apps.get_app_configs() if config.name.startswith("qudao.")]


def height(model: type[models.Model]) -> tuple[int, int]:
    """Floor and shelf; what Django brings lies below everything."""
    parts = apps.get_app_config(model._meta.app_label).name.split(".")
    if parts[0] != "qudao":
        return (-99, 0)
    return (FLOORS[parts[1]], SHELVES.get(parts[2], 0) if parts[1] == "domain" else 0)


MODELS = [pytest.param(m, id=m._meta.label) for c in OURS for m in c.get_models()]
FOREIGN_KEYS = [
    pytest.param(field, id=str(field))
    for config in OURS
    for model in config.get_models()
    for field in model._meta.get_fields()
    if (field.many_to_one or field.one_to_one)
    and field.concrete
    and field.related_model._meta.app_label != model._meta.app_label
]


@pytest.mark.parametrize("field", FOREIGN_KEYS)
def test_foreign_keys_point_down_and_leave_no_trace_above(field: models.ForeignKey) -> None:
    assert field.remote_field.related_name == "+"
    assert field.remote_field.on_delete is models.PROTECT
    source, target = height(field.model), height(field.related_model)
    if source[0] == target[0] == FLOORS["platform"]:
        return  # packages of the platform form no shelves; import-linter forbids cycles there
    assert target < source


@pytest.mark.parametrize("model", MODELS)
def test_tables_are_named_for_their_package(model: type[models.Model]) -> None:
    assert model._meta.db_table.startswith(f"{model._meta.app_label}_")


@pytest.mark.parametrize("model", MODELS)
def test_codes_of_open_sets_are_text(model: type[models.Model]) -> None:
    assert [f.name for f in model._meta.get_fields() if getattr(f, "choices", None)] == []


@pytest.mark.parametrize("model", MODELS)
def test_money_is_never_a_float(model: type[models.Model]) -> None:
    fractions = (models.FloatField, models.DecimalField)
    wrong = [
        f.name
        for f in model._meta.get_fields()
        if isinstance(f, fractions) and f.name not in {"latitude", "longitude"}
    ]
    assert wrong == []
