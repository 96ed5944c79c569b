"""Scheduled jobs of the web fronts."""
