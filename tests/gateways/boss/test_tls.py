"""Mutual TLS: we trust only the BOSS's authority, and show our own certificate."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from qudao.domain.ordering.ports import BossUnavailable, SubscriberNotFound
from qudao.gateways.boss.gateway import TmfBoss
from qudao.gateways.boss.link import Connection

PEM = serialization.Encoding.PEM
Signer = tuple[x509.Name, ec.EllipticCurvePrivateKey]


def certify(folder: Path, name: str, signer: Signer | None = None) -> Signer:
    """Write `name`.pem and `name`.key, signed by itself or by an authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    issuer, issuer_key = signer or (subject, key)
    now = datetime.now(UTC)
    address = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.BasicConstraints(ca=signer is None, path_length=None), critical=True)
        .add_extension(address, critical=False)
        .sign(issuer_key, hashes.SHA256())
    )
    (folder / f"{name}.pem").write_bytes(certificate.public_bytes(PEM))
    (folder / f"{name}.key").write_bytes(
        key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return subject, key


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An authority's certificates: of a BOSS, of us; and those of a stranger."""
    authority = certify(tmp_path, "authority")
    certify(tmp_path, "boss", authority)
    certify(tmp_path, "qudao", authority)
    certify(tmp_path, "stranger")
    return tmp_path


@pytest.fixture
def url(folder: Path) -> Iterator[str]:
    """A BOSS that wants to see a certificate and has no lines at all."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=folder / "authority.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_cert_chain(folder / "boss.pem", folder / "boss.key")
    answer = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n[]"

    def serve(server: socket.socket) -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            try:
                with context.wrap_socket(connection, server_side=True) as secured:
                    secured.recv(65_536)
                    secured.sendall(answer)
            except OSError:
                connection.close()

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve, args=(server,))
        thread.start()
        yield f"https://127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)
    thread.join()


def ask(connection: Connection) -> None:
    gateway = TmfBoss(connection)
    try:
        gateway.due("13800138000")
    finally:
        gateway.close()


def test_with_the_right_certificates_it_is_reached(url: str, folder: Path) -> None:
    with pytest.raises(SubscriberNotFound):
        ask(
            Connection(
                url,
                ca_file=str(folder / "authority.pem"),
                certificate_file=str(folder / "qudao.pem"),
                key_file=str(folder / "qudao.key"),
            )
        )


def test_a_boss_of_an_unknown_authority_is_not_trusted(url: str, folder: Path) -> None:
    with pytest.raises(BossUnavailable):
        ask(Connection(url))
    with pytest.raises(BossUnavailable):
        ask(Connection(url, ca_file=str(folder / "stranger.pem")))


def test_without_our_certificate_the_boss_does_not_talk_to_us(url: str, folder: Path) -> None:
    with pytest.raises(BossUnavailable):
        ask(Connection(url, ca_file=str(folder / "authority.pem")))
