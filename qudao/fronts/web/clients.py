"""From where a request comes."""

from __future__ import annotations

from allauth.account.adapter import get_adapter
from django.http import HttpRequest


def client_ip(request: HttpRequest) -> str:
    """
    Return the client's address: the connection's, or the one that our own proxies name.

    How many proxies may be believed is the setting `ALLAUTH_TRUSTED_PROXY_COUNT`.
    """
    return str(get_adapter(request).get_client_ip(request))
