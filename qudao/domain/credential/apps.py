"""Django's view of this package."""

from django.apps import AppConfig


class CredentialConfig(AppConfig):
    name = "qudao.domain.credential"
    label = "credential"
