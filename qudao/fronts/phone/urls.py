"""Addresses of the phone hall."""

from django.urls import path

from qudao.fronts.phone import views

app_name = "phone"
urlpatterns = [
    path("<slug:gateway>", views.begin, name="begin"),
    path("<slug:gateway>/step", views.step, name="step"),
    path("<slug:gateway>/sound/<slug:language>/<slug:name>.wav", views.sound, name="sound"),
]
