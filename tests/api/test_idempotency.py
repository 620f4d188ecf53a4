"""Idempotency-Key: a repeated request is answered as the first was, and not done again."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import httpx
import pytest

from api.commands.bootstrap import organization_of
from api.http import problems_list as kinds
from tests.support.documented_keyroll import DocumentedKeyroll
from tests.support.scripted_server import VendorServer
from tests.support.steps import KEY, Json, add_model, add_provider, done, items, log_end, problem

PROVIDERS: Final = "/v1/llm-providers"
KEYED: Final = {"Idempotency-Key": "a key of the client's"}
BODY: Final[Json] = {"name": "My OpenAI", "provider_type": "openai", "api_key": KEY}

Ask = Callable[[httpx.Client, dict[str, str]], httpx.Response]

WRITES: Final[dict[str, Ask]] = {
    "create a provider": lambda http, _: http.post(PROVIDERS, json={**BODY, "name": "New"}, headers=KEYED),
    "change a provider": lambda http, ids: http.patch(
        f"{PROVIDERS}/{ids['provider']}", json={"name": "Ours"}, headers=KEYED
    ),
    "delete a provider": lambda http, ids: http.delete(f"{PROVIDERS}/{ids['provider']}", headers=KEYED),
    "sync a provider": lambda http, ids: http.post(
        f"{PROVIDERS}/{ids['provider']}/sync-models", headers=KEYED
    ),
    "add a model": lambda http, ids: http.post(
        f"{PROVIDERS}/{ids['provider']}/models", json={"model_id": "o3"}, headers=KEYED
    ),
    "change a model": lambda http, ids: http.patch(
        f"/v1/llm-models/{ids['model']}", json={"is_default": True}, headers=KEYED
    ),
    "delete a model": lambda http, ids: http.delete(f"/v1/llm-models/{ids['model']}", headers=KEYED),
    "revoke a token": lambda http, ids: http.delete(f"/v1/tokens/{ids['token']}", headers=KEYED),
}


@pytest.fixture
def ids(http: httpx.Client) -> dict[str, str]:
    """A provider, a model and a token to write to."""
    provider = add_provider(http)
    token = done(http.post("/v1/tokens", json={"name": "a token", "role": "viewer"}), 201)
    return {
        "provider": provider["id"],
        "model": add_model(http, provider, "gpt-5")["id"],
        "token": token["id"],
    }


def _told(answer: httpx.Response) -> tuple[int, bytes, dict[str, str]]:
    own = ("date", "x-request-id", "idempotency-replayed")
    headers = {name: value for name, value in answer.headers.items() if name not in own}
    return answer.status_code, answer.content, headers


@pytest.mark.parametrize("ask", WRITES.values(), ids=WRITES.keys())
def test_a_repetition_is_answered_as_the_first_and_writes_nothing(
    http: httpx.Client, ids: dict[str, str], ask: Ask
) -> None:
    before = log_end(http)
    first = ask(http, ids)
    assert first.is_success
    assert "idempotency-replayed" not in first.headers
    written = log_end(http)
    assert int(first.headers["keyroll-position"]) == written > before
    for _ in range(2):
        again = ask(http, ids)
        assert _told(again) == _told(first)
        assert again.headers["idempotency-replayed"] == "true"
    assert log_end(http) == written


def test_a_repetition_does_not_show_a_token_again(http: httpx.Client) -> None:
    body = {"name": "ci", "role": "viewer"}
    first = done(http.post("/v1/tokens", json=body, headers=KEYED), 201)
    again = http.post("/v1/tokens", json=body, headers=KEYED)
    assert done(again, 201) == {**first, "token": None}
    assert again.headers["idempotency-replayed"] == "true"


@pytest.mark.parametrize(
    "other",
    [
        lambda http: http.post(PROVIDERS, json={**BODY, "name": "Other"}, headers=KEYED),
        lambda http: http.post("/v1/tokens", json={"name": "ci", "role": "viewer"}, headers=KEYED),
        lambda http: http.post(PROVIDERS, json=BODY, headers={**KEYED, "If-Match": "*"}),
    ],
    ids=["another body", "another path", "another condition"],
)
def test_a_key_that_comes_with_another_request_is_refused(
    http: httpx.Client, other: Callable[[httpx.Client], httpx.Response]
) -> None:
    done(http.post(PROVIDERS, json=BODY, headers=KEYED), 201)
    before = log_end(http)
    refused = problem(other(http), kinds.KEY_REUSED)
    assert "new Idempotency-Key" in refused["detail"]
    assert log_end(http) == before


def test_a_key_belongs_to_its_organization(http: httpx.Client, stranger: httpx.Client) -> None:
    mine = done(http.post(PROVIDERS, json=BODY, headers=KEYED), 201)
    theirs = done(stranger.post(PROVIDERS, json=BODY, headers=KEYED), 201)
    assert mine["id"] != theirs["id"]


def test_a_request_that_failed_frees_its_key(http: httpx.Client) -> None:
    taken = add_provider(http)
    problem(http.post(PROVIDERS, json=BODY, headers=KEYED), kinds.NAME_TAKEN)
    problem(http.post(PROVIDERS, json={**BODY, "name": ""}, headers=KEYED), kinds.INVALID)
    http.patch(f"{PROVIDERS}/{taken['id']}", json={"name": "Older"})
    done(http.post(PROVIDERS, json=BODY, headers=KEYED), 201)


def test_of_repetitions_at_once_one_is_done(http: httpx.Client) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: http.post(PROVIDERS, json=BODY, headers=KEYED), range(8)))
    for answer in answers:
        if answer.status_code != 201:
            problem(answer, kinds.KEY_IN_USE)
    assert len({answer.json()["id"] for answer in answers if answer.status_code == 201}) == 1
    assert len(list(items(http, PROVIDERS))) == 1


def test_a_sync_repeated_later_is_not_run_again(http: httpx.Client, openai: VendorServer) -> None:
    path = f"{PROVIDERS}/{add_provider(http)['id']}/sync-models"
    first = http.post(path, headers=KEYED)
    openai.requests.clear()
    assert http.post(path, headers=KEYED).content == first.content
    problem(http.post(f"{path}?force=true", headers=KEYED), kinds.KEY_REUSED)
    assert openai.requests == []


def test_a_failed_sync_is_an_answer_and_repeated_as_one(http: httpx.Client, openai: VendorServer) -> None:
    path = f"{PROVIDERS}/{add_provider(http)['id']}/sync-models"
    openai.fail_next(401)
    first = http.post(path, headers=KEYED)
    assert done(first)["code"] == "key_rejected"
    assert http.post(path, headers=KEYED).content == first.content


Age = Callable[[str], None]


@pytest.fixture
def age(keyroll: DocumentedKeyroll, organization_name: str) -> Age:
    """Makes the claims of the test's organization this old."""

    def make(interval: str) -> None:
        statement = "UPDATE idempotent_requests SET claimed_at = now() - %s::interval WHERE organization = %s"
        keyroll.sql(statement, interval, organization_of(organization_name))

    return make


Lose = Callable[[], None]


@pytest.fixture
def lose_answer(keyroll: DocumentedKeyroll, organization_name: str) -> Lose:
    """Makes the claims as they are when the process died after its write and before its answer."""

    def make() -> None:
        statement = """
            UPDATE idempotent_requests SET status = NULL, headers = NULL, body = NULL WHERE organization = %s
        """
        keyroll.sql(statement, organization_of(organization_name))

    return make


@pytest.fixture
def lose_all(keyroll: DocumentedKeyroll, organization_name: str, lose_answer: Lose) -> Lose:
    """Makes the claims as they are when the process died before its write."""

    def make() -> None:
        lose_answer()
        statement = "UPDATE idempotent_requests SET position = NULL WHERE organization = %s"
        keyroll.sql(statement, organization_of(organization_name))

    return make


def test_the_claim_of_a_request_that_died_is_free_after_its_time(
    http: httpx.Client, age: Age, lose_all: Lose
) -> None:
    first = done(http.post(PROVIDERS, json=BODY, headers=KEYED), 201)
    http.delete(f"{PROVIDERS}/{first['id']}")
    lose_all()
    age("50 seconds")
    problem(http.post(PROVIDERS, json=BODY, headers=KEYED), kinds.KEY_IN_USE)
    age("4 minutes")
    assert done(http.post(PROVIDERS, json=BODY, headers=KEYED), 201)["id"] != first["id"]


def test_a_change_whose_answer_was_lost_is_not_made_again(
    http: httpx.Client, age: Age, lose_answer: Lose
) -> None:
    done(http.post(PROVIDERS, json=BODY, headers=KEYED), 201)
    before = log_end(http)
    lose_answer()
    age("1 hour")
    refused = problem(http.post(PROVIDERS, json=BODY, headers=KEYED), kinds.KEY_IN_USE)
    assert "its answer is lost" in refused["detail"]
    assert f"position {before}" in refused["detail"]
    assert log_end(http) == before


def test_a_key_is_forgotten_after_a_day(http: httpx.Client, age: Age) -> None:
    body = {"name": "ci", "role": "viewer"}
    first = done(http.post("/v1/tokens", json=body, headers=KEYED), 201)
    age("23 hours")
    assert done(http.post("/v1/tokens", json=body, headers=KEYED), 201)["id"] == first["id"]
    age("25 hours")
    problem(http.post("/v1/tokens", json=body, headers=KEYED), kinds.NAME_TAKEN)


@pytest.mark.parametrize("key", ["", "k" * 256, "two\xa0words"])
def test_a_malformed_key_is_refused(http: httpx.Client, key: str) -> None:
    headers = httpx.Headers({"Idempotency-Key": key}, encoding="latin-1")
    problem(http.post(PROVIDERS, json=BODY, headers=headers), kinds.MALFORMED)


def test_neither_the_key_nor_the_api_key_is_kept_in_the_clear(
    http: httpx.Client, keyroll: DocumentedKeyroll
) -> None:
    created = done(http.post(PROVIDERS, json=BODY, headers=KEYED), 201)
    kept = keyroll.sql("SELECT *, convert_from(body, 'UTF8') FROM idempotent_requests")
    assert KEYED["Idempotency-Key"] not in str(kept)
    assert KEY not in str(kept)
    assert created["id"] in str(kept)  # the control: the answer is there
