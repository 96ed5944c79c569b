"""Carriers of short messages: one module each."""
