"""Key checks through HTTP, against vendor servers on real sockets."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.keyroll_in_a_thread import KeyrollInAThread
from tests.support.vendor_models import ANTHROPIC_MODELS, OPENAI_MODELS
from tests.support.vendor_servers import AnthropicServer, OpenAIServer

KEY = "sk-proj-right-0123456789"
WRONG = "sk-proj-wrong-9876543210"


@pytest.fixture
def openai() -> Iterator[OpenAIServer]:
    with OpenAIServer(KEY, OPENAI_MODELS) as vendor:
        yield vendor


@pytest.fixture
def keyroll(conninfo: str, tmp_path: Path, openai: OpenAIServer) -> Iterator[KeyrollInAThread]:
    settings = {"KEYROLL_OPENAI_BASE_URL": openai.base_url, "KEYROLL_OUTBOUND_ALLOW": "127.0.0.0/8"}
    with KeyrollInAThread(conninfo, tmp_path, **settings) as running:
        yield running


def check(keyroll: KeyrollInAThread, **body: object) -> dict[str, object]:
    answer = keyroll.http.post("/v1/llm-providers/check", json={"provider_type": "openai", **body})
    assert answer.status_code == 200, answer.text
    found: dict[str, object] = answer.json()
    return found


def provider(keyroll: KeyrollInAThread, **body: object) -> str:
    answer = keyroll.http.post("/v1/llm-providers", json={"name": "P", "provider_type": "openai", **body})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def test_a_key_that_the_vendor_takes_is_valid(keyroll: KeyrollInAThread) -> None:
    assert check(keyroll, api_key=KEY) == {"result": "valid", "message": None, "models": len(OPENAI_MODELS)}


def test_a_wrong_key_is_rejected_with_the_vendors_reason_and_without_the_key(
    keyroll: KeyrollInAThread,
) -> None:
    found = check(keyroll, api_key=WRONG)
    assert found["result"] == "rejected"
    assert "401" in str(found["message"])
    assert WRONG not in str(found)


def test_a_public_listing_is_no_proof(keyroll: KeyrollInAThread, openai: OpenAIServer) -> None:
    for _ in range(2):
        openai.fail_next(200, {"object": "list", "data": [{"id": "m", "object": "model"}]})
    found = check(keyroll, api_key=WRONG)
    assert found["result"] == "unverified"
    assert "any key" in str(found["message"])


def test_a_vendor_too_busy_for_the_second_question_leaves_the_key_unverified(
    keyroll: KeyrollInAThread, openai: OpenAIServer
) -> None:
    openai.fail_next(200, {"data": [{"id": "m"}]})
    openai.fail_next(429, {"error": {"message": "slow down"}}, {"retry-after": "3600"})
    found = check(keyroll, api_key=KEY)
    assert found["result"] == "unverified"
    assert "slow down" in str(found["message"])


def test_a_server_without_a_listing_is_unsupported(keyroll: KeyrollInAThread, openai: OpenAIServer) -> None:
    assert check(keyroll, api_key=KEY, base_url=f"{openai.base_url}/elsewhere")["result"] == "unsupported"


def test_nobody_there_is_unreachable(keyroll: KeyrollInAThread) -> None:
    found = check(keyroll, api_key=KEY, base_url="https://nobody.invalid/v1")
    assert found["result"] == "unreachable"


def test_the_address_is_asked_that_was_given(keyroll: KeyrollInAThread) -> None:
    with AnthropicServer(KEY, ANTHROPIC_MODELS) as vendor:
        found = check(keyroll, provider_type="anthropic", api_key=KEY, base_url=vendor.base_url)
    assert found["result"] == "valid"
    assert len(vendor.requests) == 2


@pytest.mark.parametrize(
    "body", [{"api_key": ""}, {"api_key": "two\nlines"}, {"api_key": KEY, "base_url": "ftp://x"}]
)
def test_what_breaks_a_rule_is_refused_before_anybody_is_asked(
    keyroll: KeyrollInAThread, openai: OpenAIServer, body: dict[str, str]
) -> None:
    answer = keyroll.http.post("/v1/llm-providers/check", json={"provider_type": "openai", **body})
    assert answer.status_code == 422
    assert not openai.requests


def test_a_saved_provider_is_checked_with_its_own_key_and_nothing_is_written(
    keyroll: KeyrollInAThread,
) -> None:
    good, bad = provider(keyroll, api_key=KEY), provider(keyroll, name="Q", api_key=WRONG)
    before = keyroll.http.get("/v1/audit-events").json()
    assert keyroll.http.post(f"/v1/llm-providers/{good}/check").json()["result"] == "valid"
    assert keyroll.http.post(f"/v1/llm-providers/{bad}/check").json()["result"] == "rejected"
    assert keyroll.http.get("/v1/audit-events").json() == before


def test_a_provider_without_a_key_says_what_to_do(keyroll: KeyrollInAThread) -> None:
    found = keyroll.http.post(f"/v1/llm-providers/{provider(keyroll)}/check").json()
    assert found["result"] == "unsupported"
    assert "api_key" in found["message"]


def test_with_verify_a_rejected_key_is_not_stored(keyroll: KeyrollInAThread) -> None:
    refused = keyroll.http.post(
        "/v1/llm-providers?verify=true", json={"name": "P", "provider_type": "openai", "api_key": WRONG}
    )
    assert (refused.status_code, refused.json()["type"]) == (422, "urn:keyroll:problem:key-rejected")
    assert WRONG not in refused.text
    assert keyroll.http.get("/v1/llm-providers").json()["data"] == []
    kept = keyroll.http.post(
        "/v1/llm-providers?verify=true", json={"name": "P", "provider_type": "openai", "api_key": KEY}
    )
    assert kept.status_code == 201
    path = f"/v1/llm-providers/{kept.json()['id']}"
    assert keyroll.http.patch(f"{path}?verify=true", json={"api_key": WRONG}).status_code == 422
    assert keyroll.http.get(path).json()["key_fingerprint"] == kept.json()["key_fingerprint"]
    assert keyroll.http.patch(f"{path}?verify=true", json={"api_key": None}).json()["api_key_set"] is False
    assert keyroll.http.post(
        "/v1/llm-providers?verify=true", json={"name": "R", "provider_type": "openai"}
    ).is_success
