"""Django's view of this package."""

from django.apps import AppConfig


class CheckoutConfig(AppConfig):
    name = "qudao.domain.checkout"
    label = "checkout"
