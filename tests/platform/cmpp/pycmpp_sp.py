"""
An SP made of `pycmpp` (2.0), as a process of its own: GPL, so nothing of ours imports it.

Arguments: port, SP_Id, secret. Each line read is a JSON list, a text and its numbers, to be
submitted; `null` ends. Each line written is what the gateway answered: command and octets.
"""

import json
import logging
import sys
import threading

from pycmpp.cmpp import Cmpp  # type: ignore[import-untyped]


def main() -> None:
    logging.basicConfig(stream=sys.stderr)
    port, sp_id, secret = sys.argv[1:]
    client = Cmpp("127.0.0.1", int(port), sp_id, secret, src_id="10086", delivery=1)
    for command, handler in list(client.handlers.items()):
        client.handlers[command] = told(handler)
    client.connect()
    client.auth()
    threading.Thread(target=client.receive, daemon=True).start()
    for line in sys.stdin:
        wanted = json.loads(line)
        if wanted is None:
            break
        client.submit(*wanted)
    client.terminate()
    client.close()


def told(handler: type) -> type:
    """The handler, which tells what it was called with."""

    class Told(handler):  # type: ignore[misc]
        def __call__(self, *args: object, **kwargs: object) -> None:
            super().__call__(*args, **kwargs)
            print(json.dumps([self.command_id, self.message.hex()]), flush=True)

    return Told


if __name__ == "__main__":
    main()
