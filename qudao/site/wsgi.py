"""The WSGI application."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qudao.site.settings")
os.environ.setdefault("QUDAO_STATEMENT_TIMEOUT_S", "60")
application = get_wsgi_application()
