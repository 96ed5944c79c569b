"""Settings: everything that differs between installations comes from the environment.

`docs/operation.md` lists the variables. Without any, an installation on one machine works: an
embedded database, secrets made on first use, addresses of this machine only.
"""

from __future__ import annotations

import os
from typing import Any

import django_stubs_ext
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from qudao.site import database, paths

# Makes Django's generic classes subscriptable at run time (`QuerySet[Order]`).
django_stubs_ext.monkeypatch()

DATA = paths.data_directory()
SECRET_KEY = paths.signing_secret(DATA)
# Keys that protect personal data, by name; the first one encrypts. See docs/operation.md.
PERSONAL_KEYS = paths.key_ring(DATA)

DEBUG = os.environ.get("QUDAO_DEBUG", "") == "1"
LOCAL_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
_hosts = [host.strip() for host in os.environ.get("QUDAO_HOSTS", "").split(",") if host.strip()]
ALLOWED_HOSTS = [*LOCAL_HOSTS, *_hosts]
# Named hosts are reached over TLS; plain HTTP is for this machine only.
TLS = bool(_hosts) and os.environ.get("QUDAO_TLS", "1") != "0"

DATABASES: dict[str, dict[str, Any]] = {"default": database.settings(DATA)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    # ours stand first: their templates and translations win
    "qudao.platform.commands",
    "qudao.platform.dialogues",
    "qudao.platform.events",
    "qudao.platform.identity",
    "qudao.platform.jobs",
    "qudao.platform.lake",
    "qudao.platform.messaging",
    "qudao.platform.observability",
    "qudao.platform.processes",
    "qudao.platform.vault",
    "qudao.platform.backoffice",
    "qudao.domain.party",
    "qudao.domain.saleschannel",
    "qudao.domain.catalog",
    "qudao.domain.ledger",
    "qudao.domain.wallet",
    "qudao.domain.payment",
    "qudao.domain.checkout",
    "qudao.domain.resource",
    "qudao.domain.stock",
    "qudao.domain.customer",
    "qudao.domain.echannel",
    "qudao.domain.credential",
    "qudao.domain.ordering",
    "qudao.domain.care",
    "qudao.domain.commission",
    "qudao.journeys",
    "qudao.fronts.web",
    "qudao.fronts.design",
    "qudao.fronts.signin",
    "qudao.fronts.receipts",
    "qudao.fronts.sms",
    "qudao.fronts.hall",
    "qudao.fronts.paying",
    "qudao.fronts.kiosk",
    "qudao.fronts.portal",
    "qudao.fronts.backoffice",
    "qudao.fronts.api",
    "qudao.fronts.phone",
    "qudao.fronts.ussd",
    "qudao.fronts.ops",
    "qudao.fronts.wording",
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    # screens are looked up by the back office's addresses, not by every process
    "django.contrib.admin.apps.SimpleAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "axes",
    "csp",
    "django_htmx",
    "procrastinate.contrib.django",
]

MIDDLEWARE = [
    "qudao.fronts.ops.middleware.RequestLogMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "qudao.fronts.web.middleware.ActorMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "qudao.site.urls"
WSGI_APPLICATION = "qudao.site.wsgi.application"
ASGI_APPLICATION = "qudao.site.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# People and how they sign in
from qudao.site.settings_identity import *  # noqa: E402, F403

# Languages and time
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Simplified Chinese")), ("en", _("English"))]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_COOKIE_NAME = "qudao_language"

# Files
STATIC_URL = "/static/"
STATIC_ROOT = DATA / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_MAX_AGE = 3600
MEDIA_ROOT = DATA / "media"
# Pictures of documents and signed contracts, encrypted with PERSONAL_KEYS.
VAULT_DIR = DATA / "vault"

# The browser's side of security
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_NAME = "qudao_session"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
CSRF_COOKIE_NAME = "qudao_csrf"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "qudao.fronts.web.stale.failure"
if TLS:
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    CSRF_TRUSTED_ORIGINS = [f"https://{host.replace('*', '', 1)}" for host in _hosts]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    },
}

# The BOSS and what else we call
BOSS_GATEWAY = os.environ.get("QUDAO_BOSS_GATEWAY", "qudao.gateways.boss.gateway.boss")
BOSS_URL = os.environ.get("QUDAO_BOSS_URL", "http://127.0.0.1:8070")
BOSS_TOKEN = os.environ.get("QUDAO_BOSS_TOKEN", "")
BOSS_CA_FILE = os.environ.get("QUDAO_BOSS_CA_FILE", "")
BOSS_CERTIFICATE_FILE = os.environ.get("QUDAO_BOSS_CERTIFICATE_FILE", "")
BOSS_KEY_FILE = os.environ.get("QUDAO_BOSS_KEY_FILE", "")
BOSS_CONNECT_TIMEOUT_S = float(os.environ.get("QUDAO_BOSS_CONNECT_TIMEOUT_S", "1"))
BOSS_READ_TIMEOUT_S = float(os.environ.get("QUDAO_BOSS_READ_TIMEOUT_S", "5"))
BOSS_CONCURRENCY = int(os.environ.get("QUDAO_BOSS_CONCURRENCY", "32"))
# Orders in one request, where the BOSS offers to take several; 1: never.
BOSS_BATCH = int(os.environ.get("QUDAO_BOSS_BATCH", "128"))
# Who holds customers' money until it is ours, by way of paying: a way without one is not offered.
PAYMENT_MEANS = {
    "bound": "qudao.gateways.acquirer.gateway.bound",
    "page": "qudao.gateways.acquirer.gateway.page",
    "card": "qudao.gateways.kiosk_devices.means.card",
    "cash": "qudao.gateways.kiosk_devices.means.cash",
}
# Who keeps the cards that customers have bound to their lines.
PAYMENT_CARDS = "qudao.gateways.acquirer.gateway.cards"
# Where the acquirer's page sends the customer afterwards, with {payment} for the payment's id.
PAYMENT_RETURN_URL = os.environ.get(
    "QUDAO_PAYMENT_RETURN_URL",
    (f"http{'s' if TLS else ''}://{_hosts[0]}" if _hosts else "http://127.0.0.1:8000")
    + "/payments/{payment}",
)
# The acquirer: `qudao.gateways.acquirer`.
ACQUIRER_URL = os.environ.get("QUDAO_ACQUIRER_URL", "http://127.0.0.1:8072")
ACQUIRER_KEY = os.environ.get("QUDAO_ACQUIRER_KEY", "qudao")
ACQUIRER_SECRET = paths.acquirer_secret(DATA)
ACQUIRER_CA_FILE = os.environ.get("QUDAO_ACQUIRER_CA_FILE", "")
ACQUIRER_CONNECT_TIMEOUT_S = float(os.environ.get("QUDAO_ACQUIRER_CONNECT_TIMEOUT_S", "1"))
ACQUIRER_READ_TIMEOUT_S = float(os.environ.get("QUDAO_ACQUIRER_READ_TIMEOUT_S", "8"))
ACQUIRER_CONCURRENCY = int(os.environ.get("QUDAO_ACQUIRER_CONCURRENCY", "32"))
# Without a token, only requests from this machine may see measurements.
METRICS_TOKEN = os.environ.get("QUDAO_METRICS_TOKEN", "")

# The devices in kiosks: where each of them listens, with {kiosk} for its node code. Empty: there
# are none, and kiosks take no money.
KIOSK_DEVICES = "qudao.gateways.kiosk_devices.devices.devices"
KIOSK_DEVICES_URL = os.environ.get("QUDAO_KIOSK_DEVICES_URL", "http://127.0.0.1:8095/{kiosk}")
KIOSK_DEVICES_TOKEN = os.environ.get("QUDAO_KIOSK_DEVICES_TOKEN", "")
KIOSK_DEVICES_CA_FILE = os.environ.get("QUDAO_KIOSK_DEVICES_CA_FILE", "")

# Of one token of the HTTP API; 0: no limit.
API_REQUESTS_PER_MINUTE = int(os.environ.get("QUDAO_API_REQUESTS_PER_MINUTE", "1200"))

# The counter, each process of it: sales that may wait, of one outlet among them, and leave
# together; and how long a sale may wait before it is begun.
COUNTER_QUEUE = int(os.environ.get("QUDAO_COUNTER_QUEUE", "2048"))
COUNTER_SHARE = int(os.environ.get("QUDAO_COUNTER_SHARE", "512"))
COUNTER_BATCH = int(os.environ.get("QUDAO_COUNTER_BATCH", "256"))
COUNTER_PATIENCE_S = float(os.environ.get("QUDAO_COUNTER_PATIENCE_S", "5"))

# Gateways of the USSD hall, as JSON: those that we bind to by SMPP, and those that call us.
USSD_LINKS = os.environ.get("QUDAO_USSD_LINKS", "")
USSD_GATEWAYS = os.environ.get("QUDAO_USSD_GATEWAYS", "")
# Voice platforms that read the phone hall's pages, as JSON, and a folder of prepared recordings.
PHONE_GATEWAYS = os.environ.get("QUDAO_PHONE_GATEWAYS", "")
PHONE_RECORDINGS = os.environ.get("QUDAO_PHONE_RECORDINGS", "")

# The SMS hall: its links as JSON (docs/sms.md), how many messages of a number are answered in a
# minute (0: any), and how many processes answer (0: threads of the one that holds the links).
SMS_LINKS = os.environ.get("QUDAO_SMS_LINKS", "")
SMS_MESSAGES_PER_MINUTE = int(os.environ.get("QUDAO_SMS_MESSAGES_PER_MINUTE", "30"))
SMS_ANSWERERS = int(os.environ.get("QUDAO_SMS_ANSWERERS") or min(4, os.cpu_count() or 1))

# The lake: Parquet files, the engine that reads them, and where the BOSS drops its extracts
LAKE_FOLDER = str(paths.lake_folder(DATA))
LAKE_DROP = os.environ.get("QUDAO_LAKE_DROP", str(DATA / "drop"))
LAKE_ENGINE = os.environ.get(
    "QUDAO_LAKE_ENGINE", f"duckdb://?memory=3GiB&temp={DATA / 'lake-temporary'}"
)

# Jobs
PROCRASTINATE_ON_APP_READY = "qudao.site.schedule.register"
SCHEDULE_FOLDERS = [
    "qudao.platform.jobs.upkeep",
    "qudao.journeys.jobs",
    "qudao.fronts.web.jobs",
    "qudao.fronts.ussd.jobs",
]

# Where processes are found: packages, each with a folder of BPMN files.
PROCESS_FOLDERS = ["qudao.journeys.processes"]

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "qudao.platform.observability.logs.JsonLines"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("QUDAO_LOG_LEVEL", "INFO")},
    "loggers": {
        "django": {"level": "INFO"},
        "django.server": {"handlers": [], "propagate": True},
        "axes": {"level": "WARNING"},
        "procrastinate": {"level": "WARNING"},
        "httpx": {"level": "WARNING"},
        # at INFO it writes down what people entered
        "spiff": {"level": "WARNING"},
    },
}
