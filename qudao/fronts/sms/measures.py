"""What is measured in the SMS hall."""

from __future__ import annotations

from typing import Final

from prometheus_client import Counter, Histogram

SECONDS: Final = (0.01, 0.02, 0.03, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0)
SIZES: Final = (1, 2, 4, 8, 16, 32, 64, 128, 256)

CAME: Final = Counter(
    "qudao_sms_messages_total", "What came from phones, by what was done with it.", ["link", "what"]
)
SAID: Final = Counter(
    "qudao_sms_answers_total", "Answers, by what became of them.", ["link", "what"]
)
SCREENS: Final = Counter("qudao_sms_screens_total", "What was answered, by kind.", ["kind"])
REPORTS: Final = Counter(
    "qudao_sms_reports_total", "What centres report of messages of ours.", ["link", "state"]
)
ANSWER_SECONDS: Final = Histogram(
    "qudao_sms_answer_seconds",
    "From a message's arrival to its answer, taken by the centre.",
    buckets=SECONDS,
)
SET_SIZE: Final = Histogram("qudao_sms_set_size", "Messages answered together.", buckets=SIZES)
