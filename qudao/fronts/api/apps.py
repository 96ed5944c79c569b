"""Django's view of this package."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "qudao.fronts.api"
    label = "api"
