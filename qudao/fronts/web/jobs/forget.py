"""Forget what signing in has left behind: dead sessions, old failures, idle counters."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from allauth.usersessions.models import UserSession
from axes.models import AccessAttempt, AccessLog
from django.contrib.sessions.models import Session
from django.db import connection

from qudao.fronts.web.limits import forget_old
from qudao.platform.commands.context import Context
from qudao.platform.jobs.schedule import scheduled

KEEP_FAILURES: Final = timedelta(days=30)
KEEP_LOGINS: Final = timedelta(days=180)


@scheduled("web.forget", cron="23 19 * * *")
def forget(ctx: Context) -> dict[str, int]:
    """Run daily at 03:23 in the market's zone; return how many rows of each sort went."""
    sessions, _ = Session.objects.filter(expire_date__lte=ctx.at).delete()
    orphans, _ = UserSession.objects.exclude(
        session_key__in=Session.objects.values("session_key")
    ).delete()
    failures, _ = AccessAttempt.objects.filter(attempt_time__lt=ctx.at - KEEP_FAILURES).delete()
    logins, _ = AccessLog.objects.filter(attempt_time__lt=ctx.at - KEEP_LOGINS).delete()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM web_cache WHERE expires < %s", [ctx.at])
        cached = int(cursor.rowcount)
    return {
        "sessions": sessions,
        "user_sessions": orphans,
        "failures": failures,
        "logins": logins,
        "cached": cached,
        "counters": forget_old(),
    }
