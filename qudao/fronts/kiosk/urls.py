"""Addresses of this front."""

from django.urls import path

from qudao.fronts.kiosk import views

app_name = "kiosk"
urlpatterns = [
    path("", views.idle, name="idle"),
    path("register/", views.register, name="register"),
    path("begin/", views.begin, name="begin"),
    path("talk/", views.talk, name="talk"),
    path("notes/", views.notes, name="notes"),
    path("escrow/", views.escrow, name="escrow"),
    path("card/", views.card, name="card"),
    path("document/", views.document, name="document"),
    path("slip/", views.slip, name="slip"),
    path("here/", views.here, name="here"),
    path("end/", views.end, name="end"),
]
