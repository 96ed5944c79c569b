"""Django's view of this package."""

from importlib import import_module

from django.apps import AppConfig
from django.conf import settings


class IdentityConfig(AppConfig):
    name = "qudao.platform.identity"
    label = "identity"

    def ready(self) -> None:
        # The roles are the installation's own: it names the module that declares them.
        import_module(settings.ROLES)
