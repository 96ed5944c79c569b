"""Django's view of this package."""

from django.apps import AppConfig


class VaultConfig(AppConfig):
    name = "qudao.platform.vault"
    label = "vault"
