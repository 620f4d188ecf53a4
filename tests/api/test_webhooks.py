"""/v1/webhooks: register, change, pause, resume and delete; what they are told is in test_deliveries.py."""

import base64
from uuid import UUID, uuid4

import httpx
import pytest

from adapters.postgres.sealed_keys import find_sealed_key
from api.commands.bootstrap import organization_of
from api.http import problems_list as kinds
from tests.support.documented_keyroll import DocumentedKeyroll
from tests.support.steps import Json, add_provider, delete, done, items, log_end, problem

HOOKS = "/v1/webhooks"
URL = "http://127.0.0.1:1/refused"
"""Nobody may be called there: plain http is for allowed ranges alone."""


def _register(http: httpx.Client, url: str = URL, **fields: object) -> Json:
    return done(http.post(HOOKS, json={"url": url, **fields}), 201)


def _show(http: httpx.Client, hook: Json) -> Json:
    return done(http.get(f"{HOOKS}/{hook['id']}"))


def test_a_new_webhook_shows_its_secret_once_and_is_active(http: httpx.Client) -> None:
    answer = http.post(HOOKS, json={"url": URL, "event_types": ["provider.created", "provider.created"]})
    hook = done(answer, 201)
    secret = hook.pop("secret")
    assert secret.startswith("whsec_")
    assert len(base64.b64decode(secret.removeprefix("whsec_"), validate=True)) == 32
    assert answer.headers["Location"] == f"{HOOKS}/{hook['id']}"
    assert (hook["url"], hook["event_types"], hook["status"]) == (URL, ["provider.created"], "active")
    assert hook["deliveries"]["position"] == log_end(http), "it is told of what comes after its registration"
    assert secret not in http.get(HOOKS).text + http.get(f"{HOOKS}/{hook['id']}").text
    assert secret not in http.get("/v1/events").text


def test_a_repeated_registration_is_done_once_and_shows_no_secret_again(http: httpx.Client) -> None:
    key = {"Idempotency-Key": uuid4().hex}
    first = done(http.post(HOOKS, json={"url": URL}, headers=key), 201)
    second = done(http.post(HOOKS, json={"url": URL}, headers=key), 201)
    assert second == {**first, "secret": None}
    assert len(list(items(http, HOOKS))) == 1


@pytest.mark.parametrize(
    "url",
    [
        "",
        "hooks.example.com",
        "ftp://hooks.example.com",
        "https://user:password@hooks.example.com/",
        "https://hooks.example.com/?token=secret",
        "https://hooks.example.com/#fragment",
    ],
)
def test_a_url_that_is_none_or_may_hold_a_secret_is_refused_and_not_repeated(
    http: httpx.Client, url: str
) -> None:
    refused = http.post(HOOKS, json={"url": url})
    found = problem(refused, kinds.INVALID)
    assert found["errors"][0]["field"] == "url"
    assert "api_key" not in refused.text
    assert "secret" not in refused.text


def test_a_url_keeps_its_slash_at_the_end(http: httpx.Client) -> None:
    assert _register(http, "https://hooks.example.com/a/")["url"] == "https://hooks.example.com/a/"
    assert _register(http, "https://hooks.example.com/a")["url"] == "https://hooks.example.com/a"


def test_an_event_that_there_is_not_is_refused(http: httpx.Client) -> None:
    refused = problem(http.post(HOOKS, json={"url": URL, "event_types": ["provider.flew"]}), kinds.INVALID)
    assert "provider.created" in refused["errors"][0]["detail"]


def test_a_change_is_made_at_the_version_that_was_seen(http: httpx.Client) -> None:
    hook = _register(http)
    seen = http.get(f"{HOOKS}/{hook['id']}")
    url = "https://hooks.example.com/new"
    match = {"If-Match": seen.headers["ETag"]}
    changed = done(http.patch(f"{HOOKS}/{hook['id']}", json={"url": url}, headers=match))
    assert (changed["url"], changed["version"]) == (url, 2)
    problem(http.patch(f"{HOOKS}/{hook['id']}", json={}, headers=match), kinds.VERSION_MISMATCH)
    problem(http.delete(f"{HOOKS}/{hook['id']}", headers=match), kinds.VERSION_MISMATCH)
    assert done(http.patch(f"{HOOKS}/{hook['id']}", json={"url": url}))["version"] == 2, "nothing to change"


def test_what_happens_while_it_is_paused_waits_for_it(http: httpx.Client) -> None:
    hook = _register(http, event_types=["provider.created"])
    paused = done(http.patch(f"{HOOKS}/{hook['id']}", json={"status": "paused"}))
    assert paused["status"] == "paused"
    assert paused["status_since"] > hook["status_since"]
    for name in ("One", "Two"):
        add_provider(http, name, api_key=None)
    waiting = _show(http, hook)["deliveries"]
    assert (waiting["waiting"], waiting["attempts"], waiting["last_error"]) == (2, 0, None)
    assert done(http.patch(f"{HOOKS}/{hook['id']}", json={"status": "paused"}))["version"] == 2
    assert done(http.post(f"{HOOKS}/{hook['id']}/resume"))["status"] == "active"
    assert done(http.post(f"{HOOKS}/{hook['id']}/resume"))["version"] == 3, "it is active already"


def test_one_change_may_move_it_and_resume_it(http: httpx.Client) -> None:
    hook = _register(http)
    done(http.patch(f"{HOOKS}/{hook['id']}", json={"status": "paused"}))
    url = "https://hooks.example.com/new"
    both = done(http.patch(f"{HOOKS}/{hook['id']}", json={"url": url, "status": "active"}))
    assert (both["url"], both["status"], both["version"]) == (url, "active", 4)


def test_nobody_but_keyroll_parks(http: httpx.Client) -> None:
    hook = _register(http)
    problem(http.patch(f"{HOOKS}/{hook['id']}", json={"status": "parked"}), kinds.INVALID)


def test_a_deleted_webhook_is_absent_and_its_signing_key_destroyed(
    http: httpx.Client, keyroll: DocumentedKeyroll, organization_name: str
) -> None:
    hook = _register(http)
    found = keyroll.sql("SELECT key_id FROM sealed_keys WHERE provider_id = %s", hook["id"])
    organization = organization_of(organization_name)
    assert find_sealed_key(keyroll.core.store, organization, UUID(hook["id"]), found[0][0]) is not None
    delete(http, f"{HOOKS}/{hook['id']}")
    assert keyroll.sql("SELECT key_id FROM sealed_keys WHERE provider_id = %s", hook["id"]) == []
    problem(http.get(f"{HOOKS}/{hook['id']}"), kinds.NOT_FOUND)
    problem(http.post(f"{HOOKS}/{hook['id']}/test"), kinds.NOT_FOUND)
    problem(http.post(f"{HOOKS}/{hook['id']}/resume"), kinds.NOT_FOUND)
    problem(http.delete(f"{HOOKS}/{hook['id']}"), kinds.NOT_FOUND)


def test_a_list_is_read_page_by_page(http: httpx.Client) -> None:
    made = [_register(http)["id"] for _ in range(3)]
    assert [hook["id"] for hook in items(http, HOOKS, limit="2")] == made


def test_the_trail_tells_all_of_it(http: httpx.Client) -> None:
    hook = _register(http)
    done(http.patch(f"{HOOKS}/{hook['id']}", json={"status": "paused"}))
    delete(http, f"{HOOKS}/{hook['id']}")
    told = [event["action"] for event in items(http, "/v1/audit-events", subject=hook["id"])]
    assert told == ["webhook.deleted", "webhook.paused", "webhook.registered"]


def test_a_test_message_that_may_not_be_sent_says_why(http: httpx.Client) -> None:
    hook = _register(http)
    outcome = done(http.post(f"{HOOKS}/{hook['id']}/test"))
    assert outcome["delivered"] is False
    assert "KEYROLL_OUTBOUND_ALLOW" in outcome["message"]
