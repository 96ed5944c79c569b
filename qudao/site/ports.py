"""Whether we can listen where we are to listen; told in one line when not."""

from __future__ import annotations

import socket


class Trouble(Exception):
    """We cannot run; the message is one line that says what to do."""


def check_port(host: str, port: int, option: str) -> None:
    """
    :raises Trouble: if nobody could listen on a port now.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except PermissionError:
            raise Trouble(
                f"port {port} is reserved for root: choose one above 1023 with {option}."
            ) from None
        except OverflowError:
            raise Trouble(
                f"there is no port {port}: choose one below 65536 with {option}."
            ) from None
        except OSError as error:
            raise Trouble(
                f"port {port} on {host} is not free ({error.strerror}): stop the program that uses"
                f" it, or choose another port with {option} (make run PORT=…)."
            ) from None
