"""Queued and scheduled jobs, kept by procrastinate in the same database.

A queued job is a procrastinate task in a package's `tasks.py`; deferring it is part of the
caller's transaction. A scheduled job is a function in one of the folders that
`qudao/site/settings.py` lists as `SCHEDULE_FOLDERS`, registered with `schedule.scheduled`.
"""
