"""Django's view of this package."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "qudao.fronts.web"
    label = "web"
