"""Django's view of this package."""

from django.apps import AppConfig


class ProcessesConfig(AppConfig):
    name = "qudao.platform.processes"
    label = "processes"

    def ready(self) -> None:
        from qudao.platform.commands.command import leader
        from qudao.platform.processes.leading import led

        leader.append(led)
