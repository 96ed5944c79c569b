"""Django's view of this package."""

from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "qudao.platform.jobs"
    label = "jobs"
