"""Django's view of this package."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class LakeConfig(AppConfig):
    name = "qudao.platform.lake"
    label = "lake"

    def ready(self) -> None:
        # so that every package's datasets are known by name; this loads no engine
        autodiscover_modules("facts")
