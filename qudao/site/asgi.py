"""The ASGI application."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qudao.site.settings")
os.environ.setdefault("QUDAO_STATEMENT_TIMEOUT_S", "60")
application = get_asgi_application()
