"""The platform's own screens; Django's admin looks for this module."""

from qudao.platform.backoffice.screens import approvals, journal, messages

__all__ = ["approvals", "journal", "messages"]
