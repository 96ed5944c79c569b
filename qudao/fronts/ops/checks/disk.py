"""The disk of the data folder has room."""

import shutil

from django.conf import settings

from qudao.platform.observability.health import Unwell, check

LEAST = 512 << 20


@check("disk", essential=False)
def disk() -> str:
    free = shutil.disk_usage(settings.DATA).free
    if free < LEAST:
        raise Unwell(f"only {free >> 20} MiB free")
    return f"{free >> 30} GiB free"
