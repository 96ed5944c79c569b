"""
The addresses of the counter.

A module that serves some has a list `routes` and stands in `all_routes`. Its endpoints are
Starlette's. They begin with `who = await asker(request)`; they call what uses the database with
`await in_thread(request, function, …)`; what they raise (a `Refusal`, `Shut(document)`) becomes a
problem document in the asker's language; they answer with `answers.json_response`.
"""

from __future__ import annotations

from starlette.routing import BaseRoute, Route

from qudao.fronts.counter import description, health, listening, shared
from qudao.fronts.counter.selling import sell


def all_routes() -> list[BaseRoute]:
    """Return every address; any other is answered with 404."""
    return [
        Route("/api/v1/sales", sell, methods=["POST"]),
        *description.routes,
        *listening.routes,
        *shared.routes,
        *health.routes,
    ]
