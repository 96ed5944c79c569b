"""Addresses of the USSD hall."""

from django.urls import path

from qudao.fronts.ussd import views

app_name = "ussd"
urlpatterns = [path("<slug:gateway>", views.screen, name="screen")]
