"""Addresses of this front."""

from django.urls import path

from qudao.fronts.ops import views

urlpatterns = [
    path("health", views.healthy, name="health"),
    path("health/live", views.live, name="health-live"),
    path("metrics", views.measured, name="metrics"),
]
