"""Scheduled jobs: one module for each, registered with `platform.jobs.schedule.scheduled`."""
