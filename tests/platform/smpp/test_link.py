"""A link keeps an ESME bound."""

import asyncio
import ssl
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from qudao.platform.smpp.client import Backoff, Link, State, connect
from qudao.platform.smpp.codes import Status
from qudao.platform.smpp.pace import FIRST_S, LAST_S, Pace
from qudao.platform.smpp.pdu import Bind, DeliverSm, Pdu, SubmitSm
from qudao.platform.smpp.server import Server, serve
from qudao.platform.smpp.session import Session
from qudao.platform.smpp.types import Handler, Limits, NotSent, Refused, Unanswered
from tests.platform.smpp.peer import accepting, binding, run, yes

SMS = SubmitSm(source_addr="10086", destination_addr="138", short_message=b"hi")
SOON = Backoff(first_s=0.01, most_s=0.05)


async def _killed(server: Server) -> None:
    for session in list(server.sessions):
        session.abort("killed")
    await server.close()


def test_it_binds_again_when_the_smsc_is_back() -> None:
    async def test() -> None:
        first = await serve(accepting(yes))
        port = first.port
        async with Link(binding(port), yes, backoff=SOON) as link:
            session = await link.bound()
            assert link.state is State.BOUND
            assert (await link.send(SMS)).status == 0
            await _killed(first)
            await session.wait()
            with pytest.raises(NotSent):
                await link.send(SMS)
            waiting = asyncio.create_task(link.send(SMS, wait_s=10))
            second = await serve(accepting(yes), port=port)
            assert (await waiting).status == 0
            assert link.binds == 2
            assert await link.bound() is not session
            (other,) = second.sessions
            assert (await other.send(DeliverSm())).status == 0
            assert link.counts.received == 1
            await link.stop()
            assert link.state is State.STOPPED
            await second.close()

    run(test())


def test_what_was_under_way_is_not_sent_again() -> None:
    async def test() -> None:
        begun = asyncio.Event()
        seen = []

        async def hold(pdu: Pdu) -> None:
            seen.append(pdu)
            begun.set()
            if len(seen) == 1:
                await asyncio.Event().wait()

        server = await serve(accepting(hold))
        async with Link(binding(server.port), yes, backoff=SOON) as link:
            await link.bound()
            under_way = asyncio.create_task(link.send(SMS, wait_s=10))
            await begun.wait()
            (session,) = server.sessions
            held = set(session._intake.running)
            session.abort("killed")
            with pytest.raises(Unanswered):
                await under_way
            assert (await link.send(SMS, wait_s=10)).status == 0
            assert len(seen) == 2
            for task in held:
                task.cancel()
        await server.close()

    run(test())


def test_an_smsc_that_unbinds_is_bound_again() -> None:
    async def test() -> None:
        server = await serve(accepting(yes))
        async with Link(binding(server.port), yes, backoff=SOON) as link:
            await link.bound()
            (session,) = server.sessions
            await session.unbind()
            assert (await link.send(SMS, wait_s=10)).status == 0
            assert link.reason == "unbound by the other side"
            assert link.binds == 2
        await server.close()

    run(test())


def test_it_is_told_why_it_is_not_bound() -> None:
    tries = []

    async def accept(session: Session, bind: Bind) -> Handler:
        tries.append(bind)
        if len(tries) < 3:
            raise Refused(Status.RINVPASWD)
        return yes

    async def test() -> None:
        server = await serve(accept)
        link = Link(binding(server.port), yes, backoff=Backoff(first_s=3600, most_s=3600))
        async with link:
            while link.state is not State.WAITING:
                await asyncio.sleep(0)
            with pytest.raises(NotSent, match="not bound: the bind was refused: ESME_RINVPASWD"):
                await link.send(SMS)
        assert len(tries) == 1
        async with Link(binding(server.port), yes, backoff=SOON) as link:
            await link.bound()
            assert len(tries) == 3
        await server.close()

    run(test())


def test_stopping_waits_for_what_is_under_way() -> None:
    async def test() -> None:
        begun, go = asyncio.Event(), asyncio.Event()

        async def hold(pdu: Pdu) -> None:
            begun.set()
            await go.wait()

        server = await serve(accepting(hold))
        async with Link(binding(server.port), yes, backoff=SOON) as link:
            await link.bound()
            under_way = asyncio.create_task(link.send(SMS))
            await begun.wait()
            stopping = asyncio.create_task(link.stop())
            await asyncio.sleep(0)
            assert not under_way.done()
            go.set()
            assert (await under_way).status == 0
            await stopping
            with pytest.raises(NotSent, match="the link is stopped"):
                await link.send(SMS, wait_s=10)
        await server.close()

    run(test())


def test_stopping_while_it_connects() -> None:
    async def test() -> None:
        listener = await asyncio.start_server(lambda r, w: None, "127.0.0.1", 0)
        port = listener.sockets[0].getsockname()[1]
        link = Link(binding(port), yes, limits=Limits(bind_s=3600))
        async with link:
            while link.state is not State.CONNECTING:
                await asyncio.sleep(0)
        assert link.state is State.STOPPED
        listener.close()

    run(test())


def test_how_long_it_waits() -> None:
    backoff = Backoff(first_s=1, most_s=60)
    assert [backoff.wait_s(n, 0) for n in (0, 1, 2, 5, 6, 7, 10_000)] == [1, 2, 4, 32, 60, 60, 60]
    assert backoff.wait_s(2, 1) == 2
    assert backoff.wait_s(2, 0.5) == 3


def test_the_pace_doubles_once_for_what_went_together_and_eases() -> None:
    pace = Pace()
    assert pace.turn(0) == 0
    for _ in range(10):  # a whole window, throttled
        pace.slower(left=1.0, now=1.1)
    assert pace.gap_s == FIRST_S
    assert pace.turn(1.1) == pytest.approx(FIRST_S)
    assert pace.turn(1.1) == pytest.approx(2 * FIRST_S)
    pace.slower(left=1.2, now=1.3)
    assert pace.gap_s == 2 * FIRST_S
    for n in range(20):
        pace.slower(left=2.0 + n, now=2.0 + n)
    assert pace.gap_s == LAST_S
    while pace.gap_s:
        before = pace.gap_s
        pace.faster()
        assert pace.gap_s < before
    assert pace.turn(100) == 0


def test_over_tls(tmp_path: Path) -> None:
    certificate, key = _certificate(tmp_path)
    theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    theirs.load_cert_chain(certificate, key)
    trusting = ssl.create_default_context(cafile=certificate)

    async def test() -> None:
        server = await serve(accepting(yes), tls=theirs)
        async with Link(replace(binding(server.port), tls=trusting), yes, backoff=SOON) as link:
            assert (await link.send(SMS, wait_s=10)).status == 0
            # Whom we do not trust we do not tell our password.
            with pytest.raises(NotSent, match="certificate verify failed"):
                await connect(replace(binding(server.port), tls=ssl.create_default_context()), yes)
        await server.close()

    run(test())


def _certificate(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "smsc")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate, private = folder / "certificate.pem", folder / "key.pem"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return certificate, private
