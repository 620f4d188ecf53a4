"""Which model is called, who may call, and what is said to those who may not."""

import json

import httpx
import pytest
from openai import OpenAI

from api.calls.asked import LARGEST_BODY
from domain.access import Role
from tests.support.call_vendors import CallVendor
from tests.support.keyroll_in_a_thread import KeyrollInAThread
from tests.support.steps import Json, add_model, add_provider, change_model, change_provider, done, items

_PATHS = ("/v1/chat/completions", "/v1/responses")


def _ask(client: httpx.Client, model: str | None = None, **headers: str) -> httpx.Response:
    body = {"messages": [{"role": "user", "content": "Hi"}]} | ({} if model is None else {"model": model})
    return client.post("/v1/chat/completions", json=body, headers=headers)


def _models(http: httpx.Client) -> dict[str, Json]:
    return {model["model_id"]: model for model in items(http, "/v1/llm-models", status="all")}


def test_a_model_is_called_by_its_id_its_names_and_as_the_default(
    http: httpx.Client, caller: httpx.Client, provider: Json, vendor: CallVendor
) -> None:
    model = _models(http)["m2"]
    change_model(http, model, is_default=True)
    for wanted, rule in (
        (model["id"], "id"),
        (f"{provider['name'].upper()}/m2", "provider/model"),
        ("m2", "model"),
        ("default", "default"),
        (None, "default"),
    ):
        answer = _ask(caller, wanted)
        assert (answer.status_code, answer.headers["keyroll-route"]) == (200, rule)
        assert vendor.heard[-1].json["model"] == "m2"


def test_a_disabled_provider_serves_what_is_pinned_and_nothing_by_name(
    http: httpx.Client, caller: httpx.Client, provider: Json
) -> None:
    model = _models(http)["m1"]
    change_provider(http, provider, status="disabled")
    assert _ask(caller, "m1").status_code == 404
    assert _ask(caller, f"{provider['name']}/m1").status_code == 404
    assert _ask(caller, model["id"]).status_code == 200


def test_an_ambiguous_name_is_refused_with_its_candidates(
    http: httpx.Client, caller: httpx.Client, provider: Json, vendor: CallVendor
) -> None:
    other = add_provider(
        http, "Another", provider_type="openai_completions", api_key=None, base_url=vendor.base_url
    )
    add_model(http, other, "m1")
    refused = _ask(caller, "m1")
    assert (refused.status_code, refused.headers["x-should-retry"]) == (409, "false")
    error = refused.json()["error"]
    assert error["candidates"] == ["Another/m1", f"{provider['name']}/m1"]
    assert (error["code"], error["param"]) == ("model_ambiguous", "model")
    assert _ask(caller, "Another/m1").status_code == 200
    assert "authorization" not in vendor.heard[-1].headers


@pytest.mark.usefixtures("provider")
def test_an_unknown_name_is_refused_with_near_ones(caller: httpx.Client) -> None:
    error = _ask(caller, "m12").json()["error"]
    assert error["code"] == "model_not_found"
    assert error["candidates"] == ["m2", "m1"]


@pytest.mark.usefixtures("provider")
def test_no_default_is_a_conflict(caller: httpx.Client) -> None:
    answer = _ask(caller)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "model_not_callable")


def test_another_organizations_model_is_as_absent(
    http: httpx.Client, provider: Json, keyroll: KeyrollInAThread
) -> None:
    model = _models(http)["m1"]
    with keyroll.client(keyroll.token(Role.CALLER, f"not {provider['id']}")) as stranger:
        answers = [_ask(stranger, wanted) for wanted in (model["id"], "m1", f"{provider['name']}/m1")]
        absent = _ask(stranger, provider["id"])
    for answer in answers:
        assert (answer.status_code, answer.content) == (absent.status_code, absent.content)


@pytest.mark.parametrize("path", [*_PATHS, "/v1/models"])
def test_a_call_needs_a_token_that_is_known(keyroll: KeyrollInAThread, path: str) -> None:
    method = "GET" if path == "/v1/models" else "POST"
    for headers in ({}, {"Authorization": "Bearer nobody"}, {"Authorization": "Basic eDp5"}):
        answer = httpx.request(method, keyroll.url + path, headers=headers, json={}, trust_env=False)
        assert answer.status_code == 401
        assert "www-authenticate" in answer.headers
        assert answer.json()["error"]["type"] == "authentication_error"


@pytest.mark.usefixtures("provider")
def test_admins_and_callers_call_and_viewers_see_what_there_is(
    keyroll: KeyrollInAThread, organization_name: str
) -> None:
    for role, status in ((Role.ADMIN, 200), (Role.CALLER, 200), (Role.VIEWER, 403)):
        with keyroll.client(keyroll.token(role, organization_name, name=f"the {role}")) as client:
            assert _ask(client, "m1").status_code == status
            assert client.get("/v1/models").status_code == 200


@pytest.mark.parametrize("path", _PATHS)
def test_what_is_no_call_is_refused_in_words_of_ours(caller: httpx.Client, path: str) -> None:
    assert caller.get(path).headers["allow"] == "POST"
    assert caller.post(path, content=b"{}", headers={"Content-Type": "text/plain"}).status_code == 415
    compressed = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    assert caller.post(path, content=b"{}", headers=compressed).status_code == 415
    for body in (b"", b"[]", b"{", b'{"model": 5}', b'{"stream": "yes"}', b'{"timeout": 0}', b"\xff"):
        answer = caller.post(path, content=body, headers={"Content-Type": "application/json"})
        assert (answer.status_code, answer.json()["error"]["type"]) == (400, "invalid_request_error")
    assert caller.post(path, json={"timeout": 601}).json()["error"]["param"] == "timeout"
    assert caller.post(path, json={}, headers={"Keyroll-Timeout": "soon"}).status_code == 400


def test_a_body_that_is_too_large_is_refused(caller: httpx.Client) -> None:
    body = json.dumps({"model": "m", "x": "x" * LARGEST_BODY}).encode()
    answer = caller.post(_PATHS[0], content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 413


def test_the_list_shows_what_can_be_called_by_names_that_call_it(
    ai: OpenAI, http: httpx.Client, provider: Json, vendor: CallVendor
) -> None:
    keyless = add_provider(http, "Keyless", api_key=None)
    add_model(http, keyless, "gone")
    other = add_provider(http, "Another", provider_type="openai_completions", base_url=vendor.base_url)
    add_model(http, other, "m1")
    add_model(http, other, "default")
    listed = ai.models.list()
    names = [model.id for model in listed]
    assert names == ["Another/default", f"{provider['name']}/m1", "Another/m1", "m2"]
    for model in listed:
        assert model.object == "model"
        answer = _ask(http, model.id)
        assert answer.headers["keyroll-model"] == model.to_dict()["keyroll_id"]
    change_provider(http, provider, status="disabled")
    assert [model.id for model in ai.models.list()] == ["Another/default", "m1"]


@pytest.mark.usefixtures("provider")
def test_the_list_says_at_which_position_it_is_true(http: httpx.Client) -> None:
    before = int(http.get("/v1/models").headers["keyroll-position"])
    written = done(http.post("/v1/tokens", json={"name": "one more", "role": "caller"}), 201)
    assert written["id"]
    assert int(http.get("/v1/models").headers["keyroll-position"]) > before


def test_what_was_written_holds_for_the_very_next_call(
    http: httpx.Client, provider: Json, vendor: CallVendor, keyroll: KeyrollInAThread
) -> None:
    for number in range(10):
        key = f"sk-number-{number}"
        change_provider(http, provider, api_key=key)
        assert _ask(http, "m1").status_code == 200
        assert vendor.heard[-1].headers["authorization"] == f"Bearer {key}"
        issued = done(http.post("/v1/tokens", json={"name": f"t{number}", "role": "caller"}), 201)
        with keyroll.client(issued["token"]) as client:
            assert _ask(client, "m1").status_code == 200
            assert http.delete(f"/v1/tokens/{issued['id']}").status_code == 204
            assert _ask(client, "m1").status_code == 401
        change_provider(http, provider, status="disabled")
        assert _ask(http, "m1").status_code == 404
        change_provider(http, provider, status="active")
    assert http.delete(f"/v1/llm-providers/{provider['id']}").status_code == 204
    assert _ask(http, "m1").status_code == 404
