"""One log line is one JSON object: time, level, logger, message, request id, and no secrets."""

from __future__ import annotations

import logging
import re
from contextvars import ContextVar
from typing import Any

from pythonjsonlogger.json import JsonFormatter

request_id: ContextVar[str] = ContextVar("request_id", default="")

_SECRET_NAMES = re.compile(
    r"password|passwd|secret|token|authorization|cookie|session|document|msisdn|phone|otp",
    re.IGNORECASE,
)
_BEARER = re.compile(r"(?i)\b(bearer|basic|token)\s+[\w.~+/=-]{6,}")
_DOCUMENT = re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)")
_PHONE = re.compile(r"(?<!\d)(1[3-9]\d)\d{4}(\d{4})(?!\d)")


def without_secrets(text: str) -> str:
    """The text with bearer tokens, document numbers and phone numbers masked."""
    text = _BEARER.sub(r"\1 ***", text)
    text = _DOCUMENT.sub("***", text)
    return _PHONE.sub(r"\1****\2", text)


class JsonLines(JsonFormatter):
    """The formatter of every handler."""

    def __init__(self) -> None:
        super().__init__(
            "%(asctime)s %(levelname)s %(name)s %(message)s %(process)d",
            rename_fields={"asctime": "at", "levelname": "level", "name": "logger"},
            json_ensure_ascii=False,
        )

    def add_fields(
        self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]
    ) -> None:
        super().add_fields(log_data, record, message_dict)
        if current := request_id.get():
            log_data["request_id"] = current
        for name, value in log_data.items():
            if _SECRET_NAMES.search(name):
                log_data[name] = "***"
            elif isinstance(value, str):
                log_data[name] = without_secrets(value)
