"""Django's view of this package."""

import importlib
import pkgutil

from django.apps import AppConfig


class OpsConfig(AppConfig):
    name = "qudao.fronts.ops"
    label = "ops"

    def ready(self) -> None:
        """Registers the health checks and the readings."""
        from qudao.fronts.ops import checks, readings

        for module in pkgutil.iter_modules(checks.__path__, f"{checks.__name__}."):
            importlib.import_module(module.name)
        assert readings
