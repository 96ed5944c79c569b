"""What messaging shows to the floors above."""

from __future__ import annotations

from typing import NewType
from uuid import UUID

MessageId = NewType("MessageId", UUID)
