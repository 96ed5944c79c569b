"""Django's view of this package."""

from django.apps import AppConfig


class SigninConfig(AppConfig):
    name = "qudao.fronts.signin"
    label = "signin"
