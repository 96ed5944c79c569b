"""Django's view of this package."""

from django.apps import AppConfig


class SigninConfig(AppConfig):
    name = "qudao.fronts.signin"
    label = "signin"

    def ready(self) -> None:
        from allauth.account.signals import login_code_rejected

        from qudao.fronts.signin.lockout import count_wrong_code

        login_code_rejected.connect(count_wrong_code, dispatch_uid="qudao.signin.wrong_code")
