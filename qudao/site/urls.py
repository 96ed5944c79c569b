"""Addresses: each front owns a branch of the tree."""

from django.urls import include, path

from qudao.fronts.web.language import set_language

urlpatterns = [
    path("", include("qudao.fronts.ops.urls")),
    path("i18n/setlang/", set_language, name="set_language"),
    path("accounts/", include("qudao.fronts.signin.urls")),
    path("accounts/", include("allauth.urls")),
    path("office/", include("qudao.fronts.backoffice.urls")),
    path("vxml/", include("qudao.fronts.phone.urls")),
    path("ussd/", include("qudao.fronts.ussd.urls")),
    path("payments/", include("qudao.fronts.paying.urls")),
    path("api/v1/", include("qudao.fronts.api.urls")),
    path("hall/", include("qudao.fronts.hall.urls", namespace="web")),
    path("m/", include("qudao.fronts.hall.urls", namespace="mobile")),
    path("kiosk/", include("qudao.fronts.kiosk.urls")),
    path("", include("qudao.fronts.design.urls")),
    path("", include("qudao.fronts.portal.urls")),
]

handler500 = "qudao.fronts.api.problems.server_error"
