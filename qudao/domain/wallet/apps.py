"""Django's view of this package."""

from django.apps import AppConfig


class WalletConfig(AppConfig):
    name = "qudao.domain.wallet"
    label = "wallet"
