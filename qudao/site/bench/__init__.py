"""Measurements: what the platform does per second, beside what plain PostgreSQL does."""
