"""GET /v1/usage: what calls came to."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest

from domain.access import Role
from tests.support.call_vendors import CallVendor, said_events, said_json
from tests.support.chat_shapes import DONE, chat_completion, chunk
from tests.support.embedded_postgres import wait_until
from tests.support.keyroll_in_a_thread import KeyrollInAThread
from tests.support.steps import Json, add_model, add_provider, change_model, change_provider, done, items

_ASKED = {"messages": [{"role": "user", "content": "Hello"}]}
_PRICES = {"input": "2", "output": "10", "cached_input": "1", "cache_write": None}
# Nine tokens in, three of them cached, and twelve out.
_COST = "0.000135"


def _call(caller: httpx.Client, model: str, status: int = 200, **fields: Any) -> None:
    answer = caller.post("/v1/chat/completions", json={**_ASKED, "model": model, **fields})
    assert answer.status_code == status, answer.text


def _usage(http: httpx.Client, **params: Any) -> list[Json]:
    found: list[Json] = done(http.get("/v1/usage", params=params))["data"]
    return found


def _told(found: Json, *names: str) -> dict[str, Any]:
    return {name: found[name] for name in names}


@pytest.fixture
def models(http: httpx.Client, provider: Json) -> dict[str, Json]:
    """m1 has prices, m2 has none."""
    found = {model["model_id"]: model for model in items(http, f"/v1/llm-providers/{provider['id']}/models")}
    change_model(http, found["m1"], prices=_PRICES)
    return found


def test_calls_errors_tokens_and_cost_are_added_up(
    http: httpx.Client, caller: httpx.Client, vendor: CallVendor, models: dict[str, Json]
) -> None:
    _call(caller, "m1")
    _call(caller, "m1")
    vendor.say(said_json({"error": {"message": "no"}}, 400))
    _call(caller, "m1", 400)
    assert models
    assert _usage(http) == [
        {
            "day": None,
            "provider_id": None,
            "provider": None,
            "llm_model_id": None,
            "model_id": None,
            "token_id": None,
            "token": None,
            "calls": 3,
            "errors": 1,
            "input_tokens": 18,
            "cached_input_tokens": 6,
            "cache_write_tokens": 0,
            "output_tokens": 24,
            "reasoning_tokens": 10,
            "cost_usd": "0.00027",
            "unpriced_calls": 0,
            "uncounted_calls": 0,
        }
    ]


def test_streams_count_as_whole_answers_do(
    http: httpx.Client, caller: httpx.Client, models: dict[str, Json]
) -> None:
    _call(caller, models["m1"]["id"], stream=True)
    wait_until(lambda: _usage(http)[0]["calls"] == 1)
    assert _told(_usage(http)[0], "input_tokens", "output_tokens", "cost_usd") == {
        "input_tokens": 9,
        "output_tokens": 12,
        "cost_usd": _COST,
    }


def test_translated_answers_count_as_those_that_pass_through_do(
    http: httpx.Client, caller: httpx.Client, models: dict[str, Json]
) -> None:
    answer = caller.post("/v1/responses", json={"model": models["m1"]["id"], "input": "Hello"})
    assert answer.status_code == 200
    assert _told(_usage(http)[0], "calls", "input_tokens", "cost_usd") == {
        "calls": 1,
        "input_tokens": 9,
        "cost_usd": _COST,
    }


def test_a_cost_that_is_not_known_is_null_and_never_nothing(
    http: httpx.Client, caller: httpx.Client, vendor: CallVendor, models: dict[str, Json]
) -> None:
    _call(caller, "m2")
    assert _told(_usage(http)[0], "cost_usd", "unpriced_calls") == {"cost_usd": None, "unpriced_calls": 1}
    _call(caller, "m1")
    assert _told(_usage(http)[0], "cost_usd", "unpriced_calls") == {"cost_usd": _COST, "unpriced_calls": 1}
    vendor.say(said_json(chat_completion("Hello", usage=None)))
    _call(caller, models["m1"]["id"])
    (_, uncounted) = sorted(_usage(http, group_by="model"), key=lambda found: str(found["cost_usd"]))[::-1]
    assert _told(uncounted, "model_id", "calls", "uncounted_calls", "unpriced_calls", "cost_usd") == {
        "model_id": "m1",
        "calls": 2,
        "uncounted_calls": 1,
        "unpriced_calls": 1,
        "cost_usd": _COST,
    }


def test_each_call_costs_what_its_model_cost_when_it_ended(
    http: httpx.Client, caller: httpx.Client, models: dict[str, Json]
) -> None:
    _call(caller, "m1")
    change_model(http, models["m1"], prices={"input": "0", "output": "1000000", "cached_input": "0"})
    _call(caller, "m1")
    assert _usage(http)[0]["cost_usd"] == "12.000135"


def test_a_stream_that_breaks_off_is_an_error_of_a_call_that_is_not_counted(
    http: httpx.Client, caller: httpx.Client, vendor: CallVendor, models: dict[str, Json]
) -> None:
    assert models
    vendor.say(said_events(chunk({"content": "a"})))
    _call(caller, "m1", stream=True)
    wait_until(lambda: _usage(http)[0]["calls"] == 1)
    assert _told(_usage(http)[0], "errors", "uncounted_calls", "unpriced_calls", "cost_usd") == {
        "errors": 1,
        "uncounted_calls": 1,
        "unpriced_calls": 1,
        "cost_usd": None,
    }
    vendor.say(said_events(chunk({"content": "a"}, "stop"), DONE))  # whole, with no usage
    _call(caller, "m1", stream=True)
    wait_until(lambda: _usage(http)[0]["calls"] == 2)
    assert _told(_usage(http)[0], "errors", "uncounted_calls") == {"errors": 1, "uncounted_calls": 2}


def test_a_call_that_led_to_no_model_is_not_in_the_usage(
    http: httpx.Client, caller: httpx.Client, models: dict[str, Json]
) -> None:
    assert models
    _call(caller, "m3", 404)
    assert _usage(http)[0]["calls"] == 0
    assert _usage(http, group_by="model") == []


def test_usage_is_told_apart_by_what_is_asked_for(
    http: httpx.Client,
    caller: httpx.Client,
    vendor: CallVendor,
    provider: Json,
    models: dict[str, Json],
) -> None:
    other = add_provider(http, "Other box", provider_type="openai_completions", base_url=vendor.base_url)
    add_model(http, other, "m9")
    for client, model in ((caller, "m1"), (caller, "m1"), (caller, "m2"), (http, "m9")):
        _call(client, model)

    def counted(group_by: str | list[str]) -> dict[tuple[str, ...], int]:
        names = ("day", "provider", "model_id", "token")
        sums = _usage(http, group_by=group_by)
        return {tuple(found[name] for name in names if found[name]): found["calls"] for found in sums}

    today = datetime.now(UTC).date().isoformat()
    assert counted(group_by="provider") == {("Our box",): 3, ("Other box",): 1}
    assert counted(group_by="model") == {("m1",): 2, ("m2",): 1, ("m9",): 1}
    assert sorted(counted(group_by="token").values()) == [1, 3]
    assert counted(group_by="day") == {(today,): 4}
    both = {("Our box", "m1"): 2, ("Our box", "m2"): 1, ("Other box", "m9"): 1}
    assert counted(group_by="provider,model") == counted(group_by=["model", "provider"]) == both
    (first,) = (found for found in _usage(http, group_by="model") if found["model_id"] == "m1")
    assert first["llm_model_id"] == models["m1"]["id"]
    change_provider(http, provider, name="Renamed box")
    assert ("Our box",) in counted(group_by="provider")
    _call(caller, "m1")
    assert counted(group_by="provider") == {("Renamed box",): 4, ("Other box",): 1}


def test_a_period_has_its_first_day_and_not_its_last(
    http: httpx.Client, caller: httpx.Client, models: dict[str, Json]
) -> None:
    assert models
    _call(caller, "m1")
    (found,) = _usage(http, group_by="day")
    day = datetime.fromisoformat(found["day"]).date()
    before, after = (day + timedelta(days=days) for days in (-1, 1))

    def calls(since: date, until: date) -> int:
        return int(_usage(http, **{"from": since, "to": until})[0]["calls"])

    assert (calls(day, after), calls(before, day), calls(after, after)) == (1, 0, 0)


def test_pages_lead_on_to_each_group_once(
    http: httpx.Client, caller: httpx.Client, models: dict[str, Json]
) -> None:
    assert models
    for model in ("m1", "m2"):
        _call(caller, model)
        _call(http, model)
    for group_by in ("model", "day,model,token", "token,provider"):
        whole = _usage(http, group_by=group_by)
        assert list(items(http, "/v1/usage", group_by=group_by, limit="1")) == whole
    first = done(http.get("/v1/usage", params={"group_by": "day,model", "limit": 1}))
    for odd in ("model", "token,model", ""):
        answer = http.get("/v1/usage", params={"group_by": odd, "cursor": first["next_cursor"]})
        assert answer.status_code == 400
    assert len(list(items(http, "/v1/usage", limit="1"))) == 1


@pytest.mark.parametrize("params", [{"group_by": "colour"}, {"from": "yesterday"}, {"group_by": ""}])
def test_what_usage_does_not_know_is_refused(http: httpx.Client, params: dict[str, str]) -> None:
    answer = http.get("/v1/usage", params=params)
    assert answer.status_code == 400, answer.text


def test_an_organization_sees_its_own_usage_only(
    keyroll: KeyrollInAThread, http: httpx.Client, caller: httpx.Client, models: dict[str, Json]
) -> None:
    assert models
    _call(caller, "m1")
    assert _usage(http)[0]["calls"] == 1
    with keyroll.client(keyroll.token(Role.VIEWER, f"another than {models['m1']['id']}")) as stranger:
        assert _usage(stranger)[0]["calls"] == 0
        assert _usage(stranger, group_by="model") == []
