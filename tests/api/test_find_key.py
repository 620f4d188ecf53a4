"""/v1/audit-events/find-key: which providers had a key, and nothing that gives the key away."""

import json
import logging
from typing import Any, Final

import httpx
import pytest

from api.http import problems_list as kinds
from domain.access import Role
from tests.support.canaries import Canaries, Place
from tests.support.documented_keyroll import DocumentedKeyroll
from tests.support.steps import KEY, Json, add_provider, change_provider, delete, done, items, problem

PATH: Final = "/v1/audit-events/find-key"
OTHER_KEY: Final = "sk-other-77c10be4d0935eaa2f61"


def find(http: httpx.Client, key: str = KEY) -> Json:
    """What is known of a key."""
    return done(http.post(PATH, json={"api_key": key}))


def last(http: httpx.Client) -> Json:
    """The latest event."""
    return next(items(http, "/v1/audit-events"))


def test_a_key_is_found_where_it_is(http: httpx.Client) -> None:
    provider = add_provider(http)
    found = find(http)
    assert (found["found"], found["in_use"]) == (True, True)
    assert found["fingerprint"] == provider["key_fingerprint"]
    (use,) = found["uses"]
    assert (use["provider_id"], use["provider_name"]) == (provider["id"], "My OpenAI")
    assert (use["set_at"], use["set_by"]) == (provider["key_set_at"], provider["key_set_by"])
    assert (use["hint"], use["ended_at"], use["ended_because"]) == (KEY[-4:], None, None)


def test_a_key_is_found_where_it_was_from_when_to_when_and_who_ended_it(http: httpx.Client) -> None:
    provider = add_provider(http)
    change_provider(http, provider, name="Ours")
    rotated = change_provider(http, provider, api_key=OTHER_KEY)
    delete(http, f"/v1/llm-providers/{provider['id']}")
    found = find(http)
    assert (found["found"], found["in_use"]) == (True, False)
    (use,) = found["uses"]
    assert (use["ended_at"], use["ended_by"]) == (rotated["key_set_at"], rotated["key_set_by"])
    assert use["ended_because"] == "replaced"
    trail = {event["position"]: event for event in items(http, "/v1/audit-events")}
    assert [trail[use[at]]["action"] for at in ("set_position", "ended_position")] == [
        "provider.key_rotated"
    ] * 2
    assert find(http, OTHER_KEY)["uses"][0]["ended_because"] == "provider_deleted"


def test_a_key_that_never_was_here_or_is_another_organizations_is_not_found(
    http: httpx.Client, stranger: httpx.Client
) -> None:
    add_provider(stranger)
    found = find(http)
    assert (found["found"], found["in_use"], found["uses"]) == (False, False, [])
    assert find(stranger)["found"], "the control"


def test_the_question_is_in_the_trail(http: httpx.Client) -> None:
    answer = http.post(PATH, json={"api_key": KEY}, headers={"X-Request-Id": "a-leak"})
    event = last(http)
    assert event["action"] == "audit.key_searched"
    assert (event["subject_type"], event["request_id"]) == ("key_search", "a-leak")
    assert str(event["position"]) == answer.headers["keyroll-position"]
    assert event["changes"] == {
        "fingerprint": {"before": None, "after": answer.json()["fingerprint"]},
        "found": {"before": None, "after": False},
    }
    assert event["summary"].endswith(" searched for a key, which never was one of ours")
    add_provider(http)
    find(http)
    assert last(http)["summary"].endswith(" searched for a key, which is or was one of ours")
    assert [found["position"] for found in items(http, "/v1/audit-events", field="found")][-1] == event[
        "position"
    ]


def test_a_repeated_question_is_answered_once(http: httpx.Client) -> None:
    add_provider(http)
    answers = [http.post(PATH, json={"api_key": KEY}, headers={"Idempotency-Key": "once"}) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert len(list(items(http, "/v1/audit-events", action="audit.key_searched"))) == 1


def test_only_an_admin_may_ask(client_of: Any) -> None:
    problem(client_of(Role.VIEWER).post(PATH, json={"api_key": KEY}), kinds.FORBIDDEN)


@pytest.mark.parametrize("body", [{}, {"api_key": ""}, {"api_key": None}, {"api_key": "a b\n"}, {"key": KEY}])
def test_what_is_no_key_is_refused(http: httpx.Client, body: Json) -> None:
    problem(http.post(PATH, json=body), kinds.INVALID)


def test_the_key_is_in_no_answer_no_log_and_no_table(
    keyroll: DocumentedKeyroll, http: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    canaries = Canaries()
    with caplog.at_level(logging.DEBUG):
        answers = [
            http.post(PATH, json={"api_key": canaries.key()}),
            http.post(PATH, json={"api_key": canaries.key() + "\n"}),
            http.post(PATH, json={"api_key": canaries.key(), "more": canaries.key()}),
            http.post(PATH, json={"api_key": [canaries.key()]}),
            http.post(PATH, params={"api_key": canaries.key()}, json={"api_key": KEY}),
            http.post(PATH, json={"api_key": canaries.key()}, headers={"Idempotency-Key": "x"}),
        ]
    assert [answer.status_code for answer in answers] == [200, 422, 422, 422, 400, 200]
    tables = [
        Place(table, json.dumps(keyroll.sql(query), default=_shown).encode())
        for table, query in (
            ("stored_events", "SELECT state, actor, request_id, address FROM stored_events"),
            ("idempotent_requests", "SELECT key, request_digest, headers, body FROM idempotent_requests"),
        )
    ]
    logged = [record.getMessage() for record in caplog.records if record.name.startswith("keyroll")]
    assert len(logged) == len(answers)
    places = [
        *(Place("answer", answer.content + repr(answer.headers).encode()) for answer in answers),
        Place("log", "\n".join(logged).encode()),
        *tables,
    ]
    assert canaries.found_in(places) == []
    assert canaries.found_in([Place("the control", canaries.key().encode())]) != []
    assert answers[0].json()["fingerprint"].encode() in tables[0].content, "the search sees what is written"


def _shown(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
