"""The HTTP API for agents' own systems."""
