"""Django's view of this package."""

from django.apps import AppConfig


class JourneysConfig(AppConfig):
    name = "qudao.journeys"
    label = "journeys"
