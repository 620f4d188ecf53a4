"""PATCH of a provider: absent is not null, and a key belongs to the address it was entered for."""

from typing import Any

import httpx
import pytest

from api.http import problems_list as kinds
from tests.support.scripted_server import VendorServer
from tests.support.steps import KEY, add_provider, change_provider, done, items, log_end, problem, sync

OTHER_KEY = "sk-other-77c10be4d0935eaa2f61"
PROXY = "https://llm.example.com/v1"


def test_an_empty_change_changes_and_writes_nothing(http: httpx.Client) -> None:
    provider = add_provider(http)
    before = log_end(http)
    answer = http.patch(f"/v1/llm-providers/{provider['id']}", json={})
    assert done(answer) == provider
    assert "keyroll-position" not in answer.headers
    assert log_end(http) == before


def test_saying_what_is_true_already_writes_nothing(http: httpx.Client) -> None:
    provider = add_provider(http)
    before = log_end(http)
    same = {"name": "My OpenAI", "provider_type": "openai", "base_url": None, "api_key": KEY}
    assert change_provider(http, provider, **same, status="active") == provider
    assert log_end(http) == before


def test_a_null_key_is_removed_and_an_absent_one_stays(http: httpx.Client) -> None:
    provider = add_provider(http)
    renamed = change_provider(http, provider, name="Ours")
    assert (renamed["name"], renamed["key_hint"]) == ("Ours", KEY[-4:])
    bare = change_provider(http, provider, api_key=None)
    assert (bare["api_key_set"], bare["key_hint"], bare["key_fingerprint"]) == (False, None, None)


def test_a_new_key_replaces_the_old_one_and_the_vendor_gets_the_new_one(
    http: httpx.Client, openai: VendorServer
) -> None:
    provider = add_provider(http)
    changed = change_provider(http, provider, api_key=OTHER_KEY)
    assert changed["key_hint"] == OTHER_KEY[-4:]
    assert changed["key_fingerprint"] != provider["key_fingerprint"]
    assert sync(http, provider)["code"] == "key_rejected"
    openai.key = OTHER_KEY
    assert sync(http, provider)["status"] == "success"


@pytest.mark.parametrize("moved", [{"base_url": PROXY}, {"provider_type": "openai_completions"}])
def test_a_change_of_address_or_type_clears_the_key(http: httpx.Client, moved: dict[str, str]) -> None:
    changed = change_provider(http, add_provider(http), **moved)
    assert {field: changed[field] for field in moved} == moved
    assert changed["api_key_set"] is False


def test_a_change_of_address_keeps_the_key_that_comes_along(http: httpx.Client) -> None:
    changed = change_provider(http, add_provider(http), base_url=PROXY, api_key=OTHER_KEY)
    assert (changed["base_url"], changed["key_hint"]) == (PROXY, OTHER_KEY[-4:])


def test_the_same_key_for_a_new_address_is_kept_if_it_is_said_again(http: httpx.Client) -> None:
    changed = change_provider(http, add_provider(http), base_url=PROXY, api_key=KEY)
    assert changed["api_key_set"] is True


def test_a_null_base_url_returns_to_the_vendors_own(http: httpx.Client) -> None:
    provider = add_provider(http, base_url=PROXY)
    assert sync(http, provider)["status"] == "not_supported"
    changed = change_provider(http, provider, base_url=None, api_key=KEY)
    assert changed["base_url"] is None
    assert sync(http, provider)["status"] == "success"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", None),
        ("name", " "),
        ("provider_type", None),
        ("provider_type", "azure"),
        ("status", None),
        ("status", "deleted"),
        ("api_key", ""),
        ("base_url", "no url"),
        ("id", "0192f000-0000-7000-8000-000000000001"),
        ("api_key_set", False),
    ],
)
def test_a_change_that_breaks_a_rule_is_refused_whole(http: httpx.Client, field: str, value: Any) -> None:
    provider = add_provider(http)
    body = {"name": "Ours", field: value}
    refused = problem(http.patch(f"/v1/llm-providers/{provider['id']}", json=body), kinds.INVALID)
    assert [error["field"] for error in refused["errors"]] == [field]
    assert list(items(http, "/v1/llm-providers")) == [provider]


def test_a_provider_can_take_its_own_name_in_other_letters_but_no_others(http: httpx.Client) -> None:
    provider = add_provider(http, "ours")
    add_provider(http, "Theirs")
    assert change_provider(http, provider, name="OURS")["name"] == "OURS"
    answer = http.patch(f"/v1/llm-providers/{provider['id']}", json={"name": "theirs"})
    problem(answer, kinds.NAME_TAKEN)


def test_a_key_may_not_come_to_stand_in_the_name_by_a_change(http: httpx.Client) -> None:
    provider = add_provider(http)
    body = {"name": f"ours {OTHER_KEY}", "api_key": OTHER_KEY}
    answer = http.patch(f"/v1/llm-providers/{provider['id']}", json=body)
    assert problem(answer, kinds.INVALID)["errors"][0]["field"] == "name"
    assert OTHER_KEY not in answer.text


def test_the_stored_key_may_not_become_the_name_later(http: httpx.Client) -> None:
    path = f"/v1/llm-providers/{add_provider(http)['id']}"
    unusual = "an unusual key of words"
    assert http.patch(path, json={"api_key": unusual}).status_code == 200
    answer = http.patch(path, json={"name": unusual})
    assert problem(answer, kinds.INVALID)["errors"][0]["field"] == "name"
    assert unusual not in answer.text


def test_a_disabled_provider_can_be_enabled_again(http: httpx.Client) -> None:
    provider = add_provider(http)
    assert change_provider(http, provider, status="disabled")["status"] == "disabled"
    assert change_provider(http, provider, status="active")["status"] == "active"
