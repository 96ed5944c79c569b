"""Django's view of this package."""

from django.apps import AppConfig


class CommissionConfig(AppConfig):
    name = "qudao.domain.commission"
    label = "commission"
