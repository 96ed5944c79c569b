"""Django's view of this package."""

from django.apps import AppConfig


class CustomerConfig(AppConfig):
    name = "qudao.domain.customer"
    label = "customer"
