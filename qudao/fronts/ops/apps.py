"""Django's view of this package."""

from django.apps import AppConfig


class OpsConfig(AppConfig):
    name = "qudao.fronts.ops"
    label = "ops"
