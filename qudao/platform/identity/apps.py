"""Django's view of this package."""

from django.apps import AppConfig


class IdentityConfig(AppConfig):
    name = "qudao.platform.identity"
    label = "identity"
