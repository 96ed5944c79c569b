"""Django's view of this package."""

from django.apps import AppConfig


class PayingConfig(AppConfig):
    name = "qudao.fronts.paying"
    label = "paying"
