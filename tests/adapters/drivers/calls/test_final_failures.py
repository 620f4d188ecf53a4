"""Errors of vendors that waiting cannot help, by what their bodies say beside the status."""

import pytest

from adapters.drivers.calls.failures import broke_by_status

PER_DAY = {
    "@type": "type.googleapis.com/google.rpc.QuotaFailure",
    "violations": [{"quotaId": "GenerateRequestsPerDayPerProject"}],
}
BAD_KEY = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}


@pytest.mark.parametrize(
    "error",
    [
        {"code": "insufficient_quota"},
        {"type": "rate_limit_error", "details": {"error_code": "enforced_spend_limit_reached"}},
        {"status": "RESOURCE_EXHAUSTED", "details": [PER_DAY]},
    ],
    ids=["OpenAI", "Anthropic", "Gemini"],
)
def test_a_quota_that_is_used_up_is_told_from_a_limit_of_the_minute(error: dict[str, object]) -> None:
    assert broke_by_status(429, {"error": error}, ()).kind == "quota_exhausted"
    assert broke_by_status(429, {"error": {}}, ()).kind == "rate_limited"


def test_a_bad_key_is_no_bad_request_though_google_answers_400_to_it() -> None:
    bad_key = broke_by_status(400, {"error": {"details": [BAD_KEY]}}, ())
    assert (bad_key.kind, bad_key.status) == ("key_rejected", 502)
    assert broke_by_status(400, {"error": {"details": []}}, ()).kind == "invalid_request"
