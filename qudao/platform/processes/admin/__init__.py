"""Screens of the back office: the worklist, and instances."""

from qudao.platform.processes.admin import instances as instances
from qudao.platform.processes.admin import worklist as worklist
