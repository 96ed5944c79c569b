"""
Settings of accounts, signing in and messages; `settings` takes them in.

Lockout: five wrong passwords or codes for one account from one address close it to that address
for a quarter of an hour. Codes: six digits, three tries, five minutes.
"""

from __future__ import annotations

import os
from datetime import timedelta

from qudao.site import paths

_DATA = paths.data_directory()
_LOCAL = not os.environ.get("QUDAO_HOSTS", "").strip()

AUTH_USER_MODEL = "identity.User"
ROLES = "qudao.site.roles"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
_VALIDATION = "django.contrib.auth.password_validation"
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": f"{_VALIDATION}.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("username", "phone")},
    },
    {"NAME": f"{_VALIDATION}.MinimumLengthValidator", "OPTIONS": {"min_length": 8}},
    {"NAME": f"{_VALIDATION}.CommonPasswordValidator"},
    {"NAME": f"{_VALIDATION}.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"

# How many proxies stand in front of us and may be believed when they name the client's address.
ALLAUTH_TRUSTED_PROXY_COUNT = int(os.environ.get("QUDAO_PROXIES", "0"))

ACCOUNT_ADAPTER = "qudao.fronts.signin.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_LOGIN_METHODS = {"username", "phone"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PRESERVE_USERNAME_CASING = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS = 3
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 300
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_PHONE_VERIFICATION_CODE_FORMAT = {"numeric": True, "dashed": False, "length": 6}
ACCOUNT_FORMS = {
    "login": "qudao.fronts.signin.forms.LoginForm",
    "request_login_code": "qudao.fronts.signin.forms.RequestCodeForm",
    "confirm_login_code": "qudao.fronts.signin.forms.ConfirmCodeForm",
    "change_password": "qudao.fronts.signin.forms.ChangePasswordForm",
    "reauthenticate": "qudao.fronts.signin.forms.ReauthenticateForm",
}
# Wrong passwords are axes' business: it tells the person what to do and how long it takes.
ACCOUNT_RATE_LIMITS = {
    "login_failed": None,
    "change_password": "10/m/user",
    "login": "300/m/ip",
    "request_login_code": "60/m/ip,3/m/key",
}
MFA_ADAPTER = "qudao.fronts.signin.adapter.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Qudao"
MFA_FORMS = {
    "authenticate": "qudao.fronts.signin.forms.SecondFactorForm",
    "reauthenticate": "qudao.fronts.signin.forms.SecondFactorForm",
    "activate_totp": "qudao.fronts.signin.forms.ActivateTotpForm",
}
# The last use of a session is noted coarsely by our own middleware, not at every request.
USERSESSIONS_TRACK_ACTIVITY = False

AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_HTTP_RESPONSE_CODE = 429
AXES_ENABLE_ADMIN = False
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "csrfmiddlewaretoken", "code"]
AXES_CLIENT_IP_CALLABLE = "qudao.fronts.web.clients.client_ip"
AXES_USERNAME_CALLABLE = "qudao.fronts.signin.lockout.account_name"
AXES_LOCKOUT_CALLABLE = "qudao.fronts.signin.lockout.locked_out"

# Limits on signing in are counted across processes.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "web_cache",
        "OPTIONS": {"MAX_ENTRIES": 20_000},
    }
}

MESSENGER = os.environ.get("QUDAO_MESSENGER", "qudao.gateways.sms.spool.SpoolMessenger")
# The link of `qudao.gateways.sms.link.LinkMessenger`, as JSON (docs/sms.md).
MESSENGER_LINK = os.environ.get("QUDAO_MESSENGER_LINK", "")
SMS_SPOOL = _DATA / "spool" / "sms"
SMS_SPOOL_ALLOWED = _LOCAL or os.environ.get("QUDAO_SMS_SPOOL") == "1"
