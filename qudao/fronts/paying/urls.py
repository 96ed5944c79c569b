"""Addresses of payments."""

from django.urls import path

from qudao.fronts.paying import notices, views

app_name = "paying"
urlpatterns = [
    path("notices", notices.notice, name="notices"),
    path("<uuid:payment>", views.show, name="payment"),
    path("<uuid:payment>/check", views.check, name="check"),
    path("<uuid:payment>/receipt.pdf", views.receipt_pdf, name="receipt"),
]
