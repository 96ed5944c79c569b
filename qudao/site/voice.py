"""`qudao voice`: the voice gateway as a process of its own."""

from __future__ import annotations

import logging
import os
import sys
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path

import click
import uvloop

from qudao.platform.observability.logs import JsonLines
from qudao.site.ports import Trouble


def _ports(text: str) -> tuple[int, int]:
    """`20000-20999`."""
    first, _, last = text.partition("-")
    if not (first.isdecimal() and last.isdecimal()):
        raise click.BadParameter("write the first and the last port: 20000-20999")
    if not 1024 <= int(first) < int(last) <= 65535:
        raise click.BadParameter("ports are from 1024 to 65535, the smaller one first")
    return int(first), int(last)


def _network(text: str) -> IPv4Network | IPv6Network:
    """`10.1.0.0/16`."""
    try:
        return ip_network(text)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


@click.command()
@click.option("--vxml", required=True, metavar="URL", help="Address of the first page of a call.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    default=5060,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="UDP port for SIP; 0: any that is free.",
)
@click.option(
    "--rtp-ports",
    default="20000-20999",
    show_default=True,
    type=_ports,
    metavar="FIRST-LAST",
    help="UDP ports for sound; a call takes two.",
)
@click.option(
    "--calls", default=200, show_default=True, type=click.IntRange(1), help="Calls at a time."
)
@click.option("--also-from", multiple=True, metavar="URL", help="Another server with pages.")
@click.option(
    "--recordings",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder of prepared recordings: NAME.wav, zh-hans/NAME.wav, en/NAME.wav.",
)
@click.option("--language", default="", help="Sent to the web server as Accept-Language.")
@click.option(
    "--sound-to",
    multiple=True,
    type=_network,
    metavar="NETWORK",
    help="Where sound may go besides the address that a call comes from.",
)
@click.option("--transfer-to", default="", metavar="SIP", help="Where all transfers go.")
@click.option(
    "--longest", default=3600, show_default=True, type=click.IntRange(1), help="Seconds of a call."
)
def voice(
    vxml: str,
    host: str,
    port: int,
    rtp_ports: tuple[int, int],
    calls: int,
    also_from: tuple[str, ...],
    recordings: Path | None,
    language: str,
    sound_to: tuple[IPv4Network | IPv6Network, ...],
    transfer_to: str,
    longest: int,
) -> None:
    """Answer telephone calls (SIP) with the VoiceXML pages of a web server.

    \b
    Needs     the extra `voice` of the Python package, and Debian's espeak-ng and sox
    Secret    QUDAO_VOICE_SECRET, which the phone hall's pages want
    Try it    qudao voice --vxml http://127.0.0.1:8000/vxml/voice  and call  sip:10086@127.0.0.1

    Says on one line of its output where it listens. SIGTERM hangs up all calls.
    """
    try:
        from qudao.fronts.voice.gateway import Gateway, Wishes
        from qudao.fronts.voice.speech import missing
    except ModuleNotFoundError as error:
        if error.name != "aiosipua":
            raise
        raise Trouble("the voice gateway needs aiosipua: pip install 'qudao[voice]'.") from None
    if programs := missing():
        raise Trouble(
            f"{' and '.join(programs)} cannot be found: apt-get install {' '.join(programs)}."
        )
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=os.environ.get("QUDAO_LOG_LEVEL", "INFO"), handlers=[handler])
    logging.getLogger("httpx").setLevel(logging.WARNING)
    wishes = Wishes(
        page=vxml,
        secret=os.environ.get("QUDAO_VOICE_SECRET", ""),
        host=host,
        port=port,
        ports=rtp_ports,
        calls=calls,
        origins=also_from,
        recordings=recordings,
        language=language,
        networks=sound_to,
        transfer_to=transfer_to,
        longest_s=longest,
    )
    try:
        gateway = Gateway(wishes)
    except ValueError as error:
        raise Trouble(f"{error}: give --vxml as http://host:port/path.") from None

    def listening(address: str, at: int) -> None:
        print(f"sip:{address}:{at}", flush=True)

    try:
        uvloop.run(gateway.run(listening))
    except OSError as error:
        raise Trouble(
            f"port {port} on {host} is not free ({error}): choose another one with --port."
        ) from None
    sys.exit(0)
