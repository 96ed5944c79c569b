"""Django's view of this package."""

from django.apps import AppConfig


class WalletConfig(AppConfig):
    name = "qudao.domain.wallet"
    label = "wallet"

    def ready(self) -> None:
        from qudao.domain.wallet import reactions  # noqa: F401  (registers its consumers)
