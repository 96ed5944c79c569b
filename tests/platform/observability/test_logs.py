"""Logs are JSON, carry the request's id, and hold no secrets."""

import json
import logging

import pytest

from qudao.platform.observability import logs


def line(message: str, *args: object, **extra: object) -> dict[str, object]:
    record = logging.LogRecord("qudao.test", logging.INFO, __file__, 1, message, args, None)
    record.__dict__.update(extra)
    text = logs.JsonLines().format(record)
    assert "\n" not in text
    answer = json.loads(text)
    assert isinstance(answer, dict)
    return answer


def test_a_line() -> None:
    token = logs.request_id.set("request-1")
    try:
        told = line("%s 渠道", "ready", took_ms=1.5)
    finally:
        logs.request_id.reset(token)
    assert told["message"] == "ready 渠道"
    assert (told["level"], told["logger"]) == ("INFO", "qudao.test")
    assert (told["request_id"], told["took_ms"]) == ("request-1", 1.5)


def test_outside_a_request_there_is_no_id() -> None:
    assert "request_id" not in line("x")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("call 13812345678 now", "call 138****5678 now"),
        ("document 41010119900307123X", "document ***"),
        ("Authorization: Bearer qd_abcdefgh_secret-secret", "Authorization: Bearer ***"),
        ("receipt 202603011234567890123", "receipt 202603011234567890123"),
        ("nothing here", "nothing here"),
    ],
)
def test_personal_data_and_tokens_are_masked(text: str, shown: str) -> None:
    assert line(text)["message"] == shown


@pytest.mark.parametrize(
    "name", ["password", "new_password", "api_token", "Authorization", "msisdn"]
)
def test_fields_named_like_secrets_are_masked(name: str) -> None:
    assert line("x", **{name: "open sesame"})[name] == "***"
