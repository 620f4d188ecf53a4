"""What vendors' errors say about trying again."""

from datetime import timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.outbound.hints import setback_of
from tests.support.failures import NOW, failed, google


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"retry-after-ms": "1500"}, 1.5),
        ({"retry-after-ms": "0.5"}, 0.0005),
        ({"x-ms-retry-after-ms": "20"}, 0.02),
        ({"retry-after": "20"}, 20.0),
        ({"retry-after": " 1.25 "}, 1.25),
        ({"retry-after": format_datetime(NOW + timedelta(seconds=90), usegmt=True)}, 90.0),
        ({"retry-after": "Sun, 22 Nov 2026 12:01:00 -0000"}, 60.0),
        ({"retry-after": format_datetime(NOW - timedelta(days=1), usegmt=True)}, 0.0),
        ({"retry-after-ms": "100", "retry-after": "20"}, 0.1),
        ({"retry-after-ms": "soon", "retry-after": "20"}, 20.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "1_000"}, None),
        ({"retry-after": "9" * 400}, None),
        ({"retry-after": "Sun, 99 Nov 2026 12:00:00 GMT"}, None),
        ({}, None),
    ],
)
def test_every_form_of_retry_after_is_read(headers: dict[str, str], wait: float | None) -> None:
    assert setback_of(failed(headers=headers), NOW).asked_wait == wait


@pytest.mark.parametrize(
    ("delay", "wait"),
    [("22s", 22.0), ("45.837906927s", 45.837906927), ("22", None), (22, None), (None, None)],
)
def test_googles_retry_info_is_read(delay: object, wait: float | None) -> None:
    body = google("RetryInfo", retryDelay=delay)
    assert setback_of(failed(body=body), NOW).asked_wait == wait
    assert setback_of(failed(body=[body]), NOW).asked_wait == wait


def test_a_header_is_nearer_to_the_vendor_than_the_body() -> None:
    error = failed(headers={"retry-after": "3"}, body=google("RetryInfo", retryDelay="22s"))
    assert setback_of(error, NOW).asked_wait == 3.0


@pytest.mark.parametrize(
    ("body", "exhausted"),
    [
        ({"error": {"code": "insufficient_quota"}}, True),
        ({"error": {"type": "insufficient_quota", "code": None}}, True),
        ({"error": {"code": "rate_limit_exceeded"}}, False),
        ({"error": {"details": {"error_code": "enforced_spend_limit_reached"}}}, True),
        ({"error": {"details": {"error_code": "other"}}}, False),
        (
            google(
                "QuotaFailure", violations=[{"quotaId": "GenerateRequestsPerDayPerProjectPerModel-FreeTier"}]
            ),
            True,
        ),
        (
            google("QuotaFailure", violations=[{"quotaId": "GenerateRequestsPerMinutePerProjectPerModel"}]),
            False,
        ),
        (google("QuotaFailure", violations="PerDay"), False),
        (google("Help"), False),
        ({"error": {"details": ["PerDay"]}}, False),
        ({"error": "insufficient_quota"}, False),
        (None, False),
    ],
)
def test_an_exhausted_quota_is_told_from_a_busy_minute(body: object, exhausted: bool) -> None:
    assert setback_of(failed(body=body), NOW).quota_exhausted is exhausted


@pytest.mark.parametrize(("said", "meant"), [("true", True), ("False", False), ("maybe", None)])
def test_x_should_retry_is_read(said: str, meant: bool | None) -> None:
    assert setback_of(failed(headers={"x-should-retry": said}), NOW).should_retry is meant


@given(st.text(), st.text())
def test_no_text_in_a_hint_makes_it_crash_or_ask_for_less_than_nothing(first: str, second: str) -> None:
    setback = setback_of(failed(headers={"retry-after": first, "retry-after-ms": second}), NOW)
    assert (setback.asked_wait or 0) >= 0
