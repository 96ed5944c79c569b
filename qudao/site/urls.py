"""Addresses: each front owns a branch of the tree."""

from django.urls import include, path

from qudao.fronts.web.language import set_language

urlpatterns = [
    path("", include("qudao.fronts.ops.urls")),
    path("i18n/setlang/", set_language, name="set_language"),
    path("accounts/", include("qudao.fronts.signin.urls")),
    path("accounts/", include("allauth.urls")),
    path("office/", include("qudao.fronts.backoffice.urls")),
    path("api/v1/", include("qudao.fronts.api.urls")),
    path("", include("qudao.fronts.design.urls")),
    path("", include("qudao.fronts.portal.urls")),
]

handler500 = "qudao.fronts.api.problems.server_error"
