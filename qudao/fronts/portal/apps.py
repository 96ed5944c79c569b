"""Django's view of this package."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "qudao.fronts.portal"
    label = "portal"
