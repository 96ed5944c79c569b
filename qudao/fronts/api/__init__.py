"""
The HTTP API for outlets' own systems and terminals: JSON over `/api/v1/`, described by OpenAPI.

The same operations and queries as every other front; a bearer token says who asks, every write
carries a request key, every refusal is a problem document (RFC 9457). What it promises to
clients is in `docs/api.md`.
"""
