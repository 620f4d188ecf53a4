"""Every way to bring a secret to Keyroll through its API: where it belongs, and where it does not."""

import json
from collections.abc import Callable
from typing import Any, Final

import httpx

from tests.support.canaries import Canaries

PROVIDERS: Final = "/v1/llm-providers"
_TYPES: Final = ("openai", "openai_completions", "anthropic", "gemini")

Deed = Callable[[httpx.Client, Canaries], None]
Body = Any


def create(http: httpx.Client, name: str, /, **fields: Body) -> httpx.Response:
    """A new provider; of type openai unless a field says otherwise."""
    return http.post(PROVIDERS, json={"name": name, "provider_type": "openai", **fields})


def keys_where_they_belong(http: httpx.Client, canaries: Canaries) -> None:
    """Create, rotate, move, remove and delete, for all types; twice with an Idempotency-Key."""
    for kind in _TYPES:
        made = create(http, f"Kept {kind}", provider_type=kind, api_key=canaries.key())
        assert made.status_code == 201
        path = f"{PROVIDERS}/{made.json()['id']}"
        assert http.patch(path, json={"api_key": canaries.key()}).status_code == 200
        assert http.post(f"{path}/sync-models").json()["code"] == "key_rejected"
        moved = {"base_url": "https://llm.example.com/v1", "api_key": canaries.key()}
        assert http.patch(path, json=moved).json()["api_key_set"]
        assert not http.patch(path, json={"base_url": None}).json()["api_key_set"]
        assert http.patch(path, json={"api_key": canaries.key()}).json()["api_key_set"]
        assert not http.patch(path, json={"api_key": None}).json()["api_key_set"]
    gone = create(http, "Gone", api_key=canaries.key()).json()["id"]
    assert http.delete(f"{PROVIDERS}/{gone}").status_code == 204
    once = {"Idempotency-Key": "once"}
    body = {"name": "Once", "provider_type": "openai", "api_key": canaries.key()}
    assert http.post(PROVIDERS, json=body, headers=once).status_code == 201
    assert http.post(PROVIDERS, json=body, headers=once).headers["Idempotency-Replayed"] == "true"
    other = {**body, "api_key": canaries.key()}
    assert http.post(PROVIDERS, json=other, headers=once).status_code == 422


def keys_in_wrong_fields(http: httpx.Client, canaries: Canaries) -> None:
    """Bodies that are refused: the key stands in another field, or is no key, or the body is none."""
    key, word = canaries.key(), canaries.word()
    stands_in_another: list[Body] = [
        {"name": f"My {key}", "api_key": key},
        {"base_url": f"https://llm.example.com/{word}", "api_key": word},
        {"base_url": f"https://user:{word}@llm.example.com/v1", "api_key": word},
        {"base_url": f"https://llm.example.com/v1?key={word}"},
        {"base_url": f"https://llm.example.com/v1#{word}"},
        {"base_url": f"ftp://{word}"},
        {"base_url": f"https://{word}:x/"},
    ]
    of_a_wrong_kind: list[Body] = [
        {"apikey": canaries.key()},
        {canaries.key(): 1},
        {canaries.word(): 1},
        {"provider_type": canaries.key()},
        {"name": {canaries.key(): 1}},
        {"name": [canaries.key()]},
        {"api_key": {"value": canaries.key()}},
        {"api_key": [canaries.key()]},
        {"api_key": canaries.key() * 30},
        {"api_key": f"{canaries.key()}\n"},
        {"api_key": f"{canaries.key()}é"},
        {"status": canaries.key()},
    ]
    kept = create(http, "Patched", api_key=canaries.key()).json()["id"]
    for fields in [*stands_in_another, *of_a_wrong_kind]:
        assert create(http, "Refused", **fields).status_code == 422
        assert http.patch(f"{PROVIDERS}/{kept}", json=fields).status_code == 422
    assert create(http, "Patched", api_key=canaries.key()).status_code == 409
    stale = {"If-Match": '"999"'}
    body = {"api_key": canaries.key()}
    assert http.patch(f"{PROVIDERS}/{kept}", json=body, headers=stale).status_code == 412


def keys_in_no_json(http: httpx.Client, canaries: Canaries) -> None:
    """Bodies that cannot be read."""
    quoted = json.dumps(canaries.key())
    cut = f'{{"name": "Cut", "provider_type": "openai", "api_key": {quoted}'
    for body in (cut, quoted, f"[{quoted}]", canaries.key(), f"api_key={canaries.word()}"):
        for kind in ("application/json", "application/x-www-form-urlencoded", "text/plain", canaries.word()):
            answer = http.post(PROVIDERS, content=body, headers={"Content-Type": kind})
            assert answer.is_client_error


def keys_around_the_body(http: httpx.Client, canaries: Canaries) -> None:
    """Paths, queries and headers."""
    for parameter in ("api_key", "limit", "cursor", canaries.word()):
        assert http.get(PROVIDERS, params={parameter: canaries.key()}).status_code == 400
    assert http.post(PROVIDERS, params={"api_key": canaries.key()}, json={}).is_client_error
    for parameter in ("source", "status", "include_stale", "provider_id", "cursor"):
        assert http.get("/v1/llm-models", params={parameter: canaries.key()}).status_code == 400
    for parameter in ("action", "subject", "subject_type", "from", "to"):
        assert http.get("/v1/audit-events", params={parameter: canaries.key()}).status_code == 400
    for parameter in ("actor", "request_id"):
        assert http.get("/v1/audit-events", params={parameter: canaries.key()}).json()["data"] == []
    assert http.get("/v1/llm-models", params={"q": canaries.key()}).json()["data"] == []
    for method in ("GET", "PATCH", "DELETE", "POST"):
        for path in (f"{PROVIDERS}/{canaries.word()}", f"/v1/{canaries.word()}", f"/{canaries.word()}/x"):
            assert http.request(method, path, json={}).is_client_error
    for headers in (
        {"Authorization": f"Bearer {canaries.key()}"},
        {"Authorization": f"Basic {canaries.word()}"},
        {"Authorization": canaries.word()},
    ):
        assert http.get(PROVIDERS, headers=headers).status_code == 401
    for header in ("X-Request-Id", "X-Api-Key", "Cookie", "User-Agent", "Referer"):
        assert http.get(PROVIDERS, headers={header: canaries.key()}).status_code == 200
    assert http.delete(f"{PROVIDERS}/x", headers={"If-Match": canaries.key()}).is_client_error


def keys_elsewhere(http: httpx.Client, canaries: Canaries) -> None:
    """Routes that take no key at all."""
    made = create(http, "With models").json()["id"]
    model = http.post(f"{PROVIDERS}/{made}/models", json={"model_id": "m"}).json()["id"]
    for body in ({"api_key": canaries.key()}, {"status": canaries.key()}, {"is_default": canaries.key()}):
        assert http.patch(f"/v1/llm-models/{model}", json=body).status_code == 422
        assert http.post(f"{PROVIDERS}/{made}/models", json={"model_id": "n", **body}).status_code == 422
    for body in (
        {"name": "t", "role": canaries.key()},
        {"name": "t", "role": "viewer", "token": canaries.key()},
    ):
        assert http.post("/v1/tokens", json=body).status_code == 422
    assert http.post(f"{PROVIDERS}/{made}/sync-models", params={"force": canaries.key()}).status_code == 400


def keys_searched_for(http: httpx.Client, canaries: Canaries) -> None:
    """Keys that people ask about, had or not."""
    path = "/v1/audit-events/find-key"
    had = canaries.key()
    create(http, "Searched for", api_key=had).raise_for_status()
    for body in ({"api_key": had}, {"api_key": canaries.key()}):
        http.post(path, json=body, headers={"Idempotency-Key": canaries.word()}).raise_for_status()
    for wrong in ({"api_key": f"{canaries.key()}\n"}, {"key": canaries.key()}, {"api_key": [canaries.key()]}):
        assert http.post(path, json=wrong).status_code == 422
    assert http.post(path, params={"api_key": canaries.key()}, json={"api_key": had}).status_code == 400


def read_everything(http: httpx.Client) -> None:
    """Every page of every list, every object, and the description."""
    for path in (PROVIDERS, "/v1/llm-models?status=all", "/v1/audit-events", "/v1/tokens"):
        address: str | None = path
        while address is not None:
            page = http.get(address).raise_for_status().json()
            for one in page["data"] if path == PROVIDERS else ():
                for end in ("", "/syncs", "/models", "/history"):
                    http.get(f"{PROVIDERS}/{one['id']}{end}").raise_for_status()
            mark = "&" if "?" in path else "?"
            address = page["next_cursor"] and f"{path}{mark}cursor={page['next_cursor']}"
    for path in ("/v1/audit-events/export", "/v1/audit-events/export?format=csv"):
        http.get(path).raise_for_status()
    for path in ("/v1/llm-models/default", "/schema", "/schema/openapi.json", "/health", "/ready"):
        http.get(path).raise_for_status()


DEEDS: Final[tuple[Deed, ...]] = (
    keys_where_they_belong,
    keys_in_wrong_fields,
    keys_in_no_json,
    keys_around_the_body,
    keys_elsewhere,
    keys_searched_for,
)
