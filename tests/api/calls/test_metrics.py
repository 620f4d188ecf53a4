"""GET /metrics, as Prometheus reads it."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from domain.access import Role
from tests.support.call_vendors import CallVendor, said_json
from tests.support.embedded_postgres import wait_until
from tests.support.keyroll_in_a_thread import KeyrollInAThread
from tests.support.steps import KEY, Json, add_provider, done, sync

OPERATORS = "metrics-of-the-whole-process-0d5e"

Samples = Mapping[tuple[str, frozenset[tuple[str, str]]], float]


@pytest.fixture
def alone(conninfo: str, tmp_path: Path) -> Iterator[KeyrollInAThread]:
    """Keyroll with a token for its operator."""
    environ = {"KEYROLL_METRICS_TOKEN": OPERATORS, "KEYROLL_OUTBOUND_ALLOW": "127.0.0.0/8"}
    with KeyrollInAThread(conninfo, tmp_path, **environ) as running:
        yield running


def _samples(http: httpx.Client) -> Samples:
    answer = http.get("/metrics")
    assert (answer.status_code, answer.headers["content-type"]) == (
        200,
        "text/plain; version=0.0.4; charset=utf-8",
    )
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def _value(samples: Samples, name: str, **labels: str) -> float:
    (found,) = (
        value
        for (named, held), value in samples.items()
        if named == name and held >= frozenset(labels.items())
    )
    return found


def _call(caller: httpx.Client, model: str = "m1", **fields: bool) -> None:
    caller.post(
        "/v1/chat/completions",
        json={"model": model, "messages": [{"role": "user", "content": "Hi"}], **fields},
    )


def test_calls_errors_tokens_and_times_are_told(
    http: httpx.Client, caller: httpx.Client, vendor: CallVendor, provider: Json
) -> None:
    _call(caller)
    _call(caller, stream=True)
    vendor.say(said_json({"error": {"message": "slower"}}, 429), said_json({}, 429), said_json({}, 429))
    _call(caller)
    _call(caller, "m9")
    wait_until(lambda: _value(_samples(http), "keyroll_calls_total", model="m1") == 3)
    found, name = _samples(http), {"provider": provider["name"], "model": "m1"}
    assert _value(found, "keyroll_call_errors_total", kind="rate_limited", **name) == 1
    assert _value(found, "keyroll_call_errors_total", kind="model_not_found", provider="", model="") == 1
    tokens = {
        kind: _value(found, "keyroll_call_tokens_total", kind=kind, **name) for kind in ("input", "output")
    }
    assert tokens == {"input": 18, "output": 24}
    counts = {
        what: _value(found, f"keyroll_call_{what}_seconds_count", **name) for what in ("first_byte", "own")
    }
    assert counts == {"first_byte": 1, "own": 2}
    assert _value(found, "keyroll_call_seconds_bucket", le="+Inf", **name) == 2


def test_an_organization_sees_its_own_series_only(
    keyroll: KeyrollInAThread, http: httpx.Client, caller: httpx.Client, provider: Json
) -> None:
    _call(caller)
    assert _value(_samples(http), "keyroll_calls_total", provider=provider["name"]) == 1
    assert not any(name.startswith(("process_", "python_", "keyroll_log")) for name, _ in _samples(http))
    with keyroll.client(keyroll.token(Role.VIEWER, f"not {provider['id']}")) as stranger:
        assert _samples(stranger) == {}


def test_the_operators_token_shows_all_and_the_process(alone: KeyrollInAThread, vendor: CallVendor) -> None:
    with alone.client(alone.token(Role.ADMIN, "another")) as other, alone.client(OPERATORS) as operator:
        add_provider(other, "Theirs", provider_type="openai_completions", base_url=vendor.base_url)
        _call(other)
        with alone.client("no-token-at-all") as nobody:
            _call(nobody)
        found = _samples(operator)
        assert {
            dict(labels)["organization"] != "" for name, labels in found if name == "keyroll_calls_total"
        } == {
            True,
            False,
        }
        assert _value(found, "keyroll_call_errors_total", kind="invalid_api_key") == 1
        assert _value(found, "keyroll_log_position") > 0
        assert _value(found, "keyroll_calls_under_way") == 0
        assert _value(found, "keyroll_usage_flush_lag_seconds") >= 0
        assert _value(found, "keyroll_usage_left_out_calls_total") == 0
        assert _value(found, "process_resident_memory_bytes") > 0
        assert operator.get("/v1/llm-providers").status_code == 401


def test_syncs_are_told_by_how_they_ended(alone: KeyrollInAThread, vendor: CallVendor) -> None:
    with alone.client(OPERATORS) as operator:
        made = add_provider(alone.http, "Vendor", api_key=None)
        outcome = sync(alone.http, made)
        assert (outcome["status"], outcome["code"]) == ("failed", "no_key")
        assert _value(_samples(operator), "keyroll_syncs_total", status="failed", code="no_key") == 1
        assert _value(_samples(alone.http), "keyroll_syncs_total", status="failed", code="no_key") == 1
        assert done(alone.http.get(f"/v1/llm-providers/{made['id']}"))["api_key_set"] is False
        assert KEY not in operator.get("/metrics").text
        assert vendor.heard == []


@pytest.mark.parametrize("token", ["", OPERATORS, "\xe9" * 20])
def test_nobody_else_sees_anything(keyroll: KeyrollInAThread, caller: httpx.Client, token: str) -> None:
    with httpx.Client(base_url=keyroll.url, trust_env=False) as client:
        headers = {b"authorization": f"Bearer {token}".encode("latin-1")} if token else {}
        assert client.get("/metrics", headers=headers).status_code == 401
    assert caller.get("/metrics").status_code == 403
