"""Addresses of this front."""

from django.urls import path

from qudao.fronts.design import views

urlpatterns = [path("preferences/theme/", views.set_theme, name="set_theme")]
