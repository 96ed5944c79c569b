"""A process that picks numbers as fast as it can, and says each hold that it was told."""

import itertools
import random
import sys
import threading
from datetime import UTC, datetime
from uuid import UUID

CLIENTS = 16


def main(outlet: str, path: str, prefix: str, seed: str) -> None:
    """Let clients hold, and sometimes release, until somebody kills us."""
    import django

    django.setup()
    from qudao.domain.party.types import OrganizationId
    from qudao.domain.resource import operations
    from qudao.domain.resource.types import Held, Reserve
    from qudao.kernel.scope import Scope
    from qudao.platform.commands.context import Context

    serial = itertools.count()
    said = threading.Lock()
    grants = frozenset({"resource.reserve", "resource.release"})

    def context() -> Context:
        key = f"{seed}-{next(serial)}"
        return Context(UUID(int=9), "api", datetime.now(UTC), key, grants, Scope.of([path]))

    def client(place: int) -> None:
        dice = random.Random(f"{seed}:{place}")
        while True:
            wanted = Reserve(OrganizationId(UUID(outlet)), f"{prefix}{dice.randrange(60):04d}")
            (answer,) = operations.reserve([(context(), wanted)])
            if not isinstance(answer, Held):
                continue
            with said:
                print("held", answer.number, answer.hold, flush=True)
            if dice.random() < 0.99:
                with said:
                    print("releasing", answer.number, answer.hold, flush=True)
                operations.release(context(), hold=answer.hold)

    print("ready", flush=True)
    threads = [threading.Thread(target=client, args=(place,)) for place in range(CLIENTS)]
    for thread in threads:
        thread.start()


if __name__ == "__main__":
    main(*sys.argv[1:])
