"""Scheduled jobs that keep the queue itself in order."""
