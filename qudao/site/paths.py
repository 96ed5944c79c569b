"""Where this installation keeps its files, and the secrets among them.

Everything that outlives a process lies in one data directory: `QUDAO_DATA`, by default `.qudao`
in the checkout, or `~/.local/share/qudao` when the package is installed without one.
"""

from __future__ import annotations

import base64
import os
import secrets
from collections.abc import Callable
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]


def data_directory() -> Path:
    """The data directory, made with mode 0700 when it is not there."""
    given = os.environ.get("QUDAO_DATA")
    if given:
        path = Path(given).expanduser().resolve()
    elif (CHECKOUT / "pyproject.toml").exists():
        path = CHECKOUT / ".qudao"
    else:
        share = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
        path = Path(share).expanduser() / "qudao"
    # 0711: the database's own user must be able to pass through, nobody may list.
    path.mkdir(mode=0o711, parents=True, exist_ok=True)
    return path


def secret_file(path: Path, make: Callable[[], str]) -> str:
    """The content of a secret file of mode 0600; it is made once, whoever comes first."""
    try:
        return path.read_text("utf-8").strip()
    except FileNotFoundError:
        pass
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(make() + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)  # fails when another process was first: then theirs counts
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path.read_text("utf-8").strip()


def lake_folder(data: Path) -> Path:
    """Where the lake lies: `QUDAO_LAKE`, else `lake` in the data folder."""
    return Path(os.environ.get("QUDAO_LAKE") or data / "lake")


def signing_secret(data: Path) -> str:
    """The key that signs sessions and tokens: `QUDAO_SECRET`, else the file `secret`."""
    return os.environ.get("QUDAO_SECRET") or secret_file(
        data / "secret", lambda: secrets.token_urlsafe(48)
    )


def acquirer_secret(data: Path) -> str:
    """What signs requests to the acquirer, and its notices: `QUDAO_ACQUIRER_SECRET`, else a file.

    Made here it is known on this machine only: to us, and to the simulated acquirer.
    """
    return os.environ.get("QUDAO_ACQUIRER_SECRET") or secret_file(
        data / "acquirer-secret", lambda: secrets.token_urlsafe(48)
    )


def key_ring(data: Path) -> dict[str, bytes]:
    """Keys of 32 bytes that protect personal data, by name; the first one encrypts.

    `QUDAO_KEYS` holds `name:base64` pairs divided by commas; else the file `keys` holds one a
    line. A key that is taken from the ring makes what it encrypted unreadable. The key `index`
    hashes what is searched for and never changes.
    """

    def make() -> str:
        names = ("k1", "index")
        return "\n".join(
            f"{name}:{base64.b64encode(secrets.token_bytes(32)).decode()}" for name in names
        )

    text = os.environ.get("QUDAO_KEYS") or secret_file(data / "keys", make)
    pairs = (item.strip().partition(":") for item in text.replace(",", "\n").splitlines() if item)
    return {name: base64.b64decode(value) for name, _, value in pairs}
