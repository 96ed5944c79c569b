"""Django's view of this package."""

from django.apps import AppConfig


class DesignConfig(AppConfig):
    name = "qudao.fronts.design"
    label = "design"
