"""Django's view of this package."""

from django.apps import AppConfig


class PaymentConfig(AppConfig):
    name = "qudao.domain.payment"
    label = "payment"
