"""Read what a vendor's error says about trying again."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from adapters.outbound.failure import OutboundError
from adapters.outbound.vendor_message import error_object
from domain.retry import Setback

_DECIMAL = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,12})?")
_DURATION = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,9})?)s")  # google.protobuf.Duration in JSON
_SAID = {"true": True, "false": False}


def setback_of(error: OutboundError, now: datetime) -> Setback:
    """The facts that the retry rules need; ``now`` is what HTTP dates are measured from."""
    return Setback(
        status=error.status,
        asked_wait=_asked_wait(error.headers, error.body, now),
        should_retry=_SAID.get(error.headers.get("x-should-retry", "").strip().lower()),
        quota_exhausted=is_quota_exhausted(error.body),
    )


def _asked_wait(headers: Mapping[str, str], body: object, now: datetime) -> float | None:
    """Seconds, by the most exact of the vendor's hints; ``None`` where there is none that can be read."""
    for name in ("retry-after-ms", "x-ms-retry-after-ms"):
        milliseconds = _decimal(headers.get(name, ""))
        if milliseconds is not None:
            return milliseconds / 1000
    seconds = retry_after(headers, now)
    return _retry_info(body) if seconds is None else seconds


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """The seconds that the header Retry-After asks to wait (RFC 9110, 10.2.3); None if it says nothing."""
    text = headers.get("retry-after", "").strip()
    seconds = _decimal(text)
    return _until(text, now) if seconds is None and text else seconds


def _decimal(text: str) -> float | None:
    found = _DECIMAL.fullmatch(text.strip())
    return float(found[0]) if found else None


def _until(text: str, now: datetime) -> float | None:
    """Seconds until an HTTP date (RFC 9110, 10.2.3); one in the past asks for no wait."""
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())


def _retry_info(body: object) -> float | None:
    """Google's ``google.rpc.RetryInfo`` (https://google.aip.dev/193)."""
    for detail in _google_details(body, "google.rpc.RetryInfo"):
        delay = detail.get("retryDelay")
        found = _DURATION.fullmatch(delay) if isinstance(delay, str) else None
        if found:
            return float(found[1])
    return None


def is_quota_exhausted(body: object) -> bool:
    """Whether an error says that the quota or the spending limit is used up, so that waiting cannot help."""
    error = error_object(body)
    if "insufficient_quota" in (error.get("code"), error.get("type")):  # OpenAI
        return True
    details = error.get("details")
    if isinstance(details, dict):  # Anthropic
        return details.get("error_code") == "enforced_spend_limit_reached"
    return any(_is_per_day(detail) for detail in _google_details(body, "google.rpc.QuotaFailure"))


def _is_per_day(quota_failure: Mapping[str, object]) -> bool:
    violations = quota_failure.get("violations")
    return isinstance(violations, list) and any(
        isinstance(violation, dict) and "PerDay" in str(violation.get("quotaId")) for violation in violations
    )


def _google_details(body: object, type_name: str) -> Iterator[Mapping[str, object]]:
    details = error_object(body).get("details")
    for detail in details if isinstance(details, list) else ():
        if isinstance(detail, dict) and str(detail.get("@type")).endswith(type_name):
            yield detail
