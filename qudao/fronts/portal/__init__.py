"""The outlet portal."""
