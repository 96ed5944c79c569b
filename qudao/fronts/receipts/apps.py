"""Django's view of this package."""

from django.apps import AppConfig


class ReceiptsConfig(AppConfig):
    name = "qudao.fronts.receipts"
    label = "receipts"
