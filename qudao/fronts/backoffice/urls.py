"""Addresses of this front."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, path

from qudao.fronts.backoffice import acts as acts
from qudao.fronts.backoffice import acts_channels as acts_channels
from qudao.fronts.backoffice import acts_commission as acts_commission
from qudao.fronts.backoffice import acts_goods as acts_goods
from qudao.fronts.backoffice import acts_policies as acts_policies
from qudao.fronts.backoffice.site import office

# Screens are for the web server: workers and the console do without them.
admin.autodiscover()
office.take_in()

urlpatterns: list[URLPattern | URLResolver] = [path("", office.urls)]
