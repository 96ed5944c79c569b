"""Scheduled jobs of the USSD hall."""
