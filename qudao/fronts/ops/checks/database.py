"""The database answers."""

from django.db import DatabaseError, connection

from qudao.platform.observability.health import Unwell, check


@check("database", essential=True)
def database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT split_part(version(), ' ', 2)")
            return f"PostgreSQL {cursor.fetchone()[0]}"
    except DatabaseError:
        raise Unwell("does not answer") from None
