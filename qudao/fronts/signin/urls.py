"""
Addresses of signing in. They stand before allauth's own and so replace some of them.
"""

from django.urls import URLPattern, URLResolver, path, re_path

from qudao.fronts.signin import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("acting/", views.acting, name="signin_acting"),
    path("sessions/", views.sessions, name="usersessions_list"),
    path("password/reset/", views.forgotten, name="account_reset_password"),
    # accounts are opened by others and have no mail address
    path("signup/", views.absent),
    path("email/", views.absent),
    re_path(r"^confirm-email/(?P<rest>.*)$", views.absent),
    re_path(r"^password/reset/(?P<rest>.+)$", views.absent),
]
