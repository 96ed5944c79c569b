"""Django's view of this package."""

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "qudao.domain.ledger"
    label = "ledger"
