"""How far each consumer has read."""

from django.db import models

from qudao.platform.commands.models import Xid8Field


class Cursor(models.Model):
    """A consumer's place in the journal: the last row it has taken in."""

    consumer = models.TextField(primary_key=True)
    xid = Xid8Field()
    position = models.BigIntegerField()

    class Meta:
        db_table = "events_cursor"
