"""The BOSS is reached."""

import socket
from urllib.parse import urlsplit

from django.conf import settings

from qudao.platform.observability.health import Unwell, check

PATIENCE_S = 1.0


@check("boss", essential=False)
def boss() -> str:
    """A connection is enough: sales go on while the BOSS is away, and are settled afterwards."""
    url = urlsplit(settings.BOSS_URL)
    port = url.port or (443 if url.scheme == "https" else 80)
    try:
        socket.create_connection((url.hostname or "", port), timeout=PATIENCE_S).close()
    except OSError as error:
        raise Unwell(f"not reached: {error.strerror or 'time-out'}") from None
    return "reached"
