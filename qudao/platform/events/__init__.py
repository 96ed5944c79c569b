"""Relays that read the journal in commit order."""
