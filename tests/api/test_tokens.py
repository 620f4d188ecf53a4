"""/v1/tokens: issue, list and revoke."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import httpx
import pytest

from api.http import problems_list as kinds
from domain.access import Role
from tests.support.documented_keyroll import DocumentedKeyroll
from tests.support.steps import Json, add_provider, delete, done, items, log_end, problem


def issue(http: httpx.Client, name: str, role: str = "viewer") -> Json:
    """A new token, with the token itself."""
    return done(http.post("/v1/tokens", json={"name": name, "role": role}), 201)


def test_a_token_is_shown_once_and_opens_what_its_role_allows(
    http: httpx.Client, keyroll: DocumentedKeyroll
) -> None:
    issued = issue(http, "  ci \t")
    assert (issued["name"], issued["role"]) == ("ci", "viewer")
    assert issued["created_by"].startswith("admin of ")
    with keyroll.client(issued["token"]) as viewer:
        assert viewer.get("/v1/llm-providers").status_code == 200
        problem(viewer.post("/v1/tokens", json={"name": "more", "role": "admin"}), kinds.FORBIDDEN)
    listed = http.get("/v1/tokens")
    told = {field: value for field, value in issued.items() if field != "token"}
    assert told in listed.json()["data"]
    trail = http.get("/v1/audit-events")
    for answer in (listed, trail):
        assert issued["token"] not in answer.text
        assert issued["id"] in answer.text  # the control: both speak of this token


def test_a_revoked_token_opens_nothing_from_the_next_request_on(
    http: httpx.Client, keyroll: DocumentedKeyroll
) -> None:
    issued = issue(http, "ci")
    with keyroll.client(issued["token"]) as viewer:
        assert viewer.get("/v1/llm-providers").status_code == 200
        delete(http, f"/v1/tokens/{issued['id']}")
        problem(viewer.get("/v1/llm-providers"), kinds.UNAUTHENTICATED)
    problem(http.delete(f"/v1/tokens/{issued['id']}"), kinds.NOT_FOUND)
    assert [token["role"] for token in items(http, "/v1/tokens")] == ["admin"]


def test_a_live_tokens_name_is_taken_and_a_revoked_ones_is_free(
    http: httpx.Client, stranger: httpx.Client
) -> None:
    first = issue(http, "CI")
    refused = problem(http.post("/v1/tokens", json={"name": "ci", "role": "admin"}), kinds.NAME_TAKEN)
    assert "a token named 'ci'" in refused["detail"]
    issue(stranger, "ci")
    delete(http, f"/v1/tokens/{first['id']}")
    assert issue(http, "ci")["id"] != first["id"]


def test_the_last_admin_cannot_revoke_itself(http: httpx.Client) -> None:
    (own,) = items(http, "/v1/tokens")
    issue(http, "ci")
    before = log_end(http)
    refused = problem(http.delete(f"/v1/tokens/{own['id']}"), kinds.LAST_ADMIN)
    assert "Issue another one first" in refused["detail"]
    assert log_end(http) == before
    other = issue(http, "another admin", "admin")
    delete(http, f"/v1/tokens/{other['id']}")
    problem(http.delete(f"/v1/tokens/{own['id']}"), kinds.LAST_ADMIN)


def test_two_admins_who_revoke_each_other_at_once_leave_one(
    keyroll: DocumentedKeyroll, organization_name: str
) -> None:
    tokens = [keyroll.token(Role.ADMIN, organization_name, f"admin {number}") for number in range(2)]
    with ExitStack() as opened, ThreadPoolExecutor(2) as pool:
        clients = [opened.enter_context(keyroll.client(token)) for token in tokens]
        ids = {token["name"]: token["id"] for token in items(clients[0], "/v1/tokens")}
        paths = [f"/v1/tokens/{ids['admin 1']}", f"/v1/tokens/{ids['admin 0']}"]
        statuses = list(pool.map(lambda client, path: client.delete(path).status_code, clients, paths))
        # The slower one is refused as the last admin, or not recognized any more.
        assert sorted(statuses) in ([204, 401], [204, 409])
        assert [client.get("/v1/tokens").status_code for client in clients].count(200) == 1


@pytest.mark.parametrize(
    "body",
    [
        {"name": "", "role": "viewer"},
        {"name": "n" * 201, "role": "viewer"},
        {"name": "ci", "role": "root"},
        {"name": "ci"},
        {"role": "viewer"},
        {"name": "ci", "role": "viewer", "token": "mine"},
    ],
    ids=str,
)
def test_a_token_that_breaks_a_rule_is_not_issued(http: httpx.Client, body: Json) -> None:
    problem(http.post("/v1/tokens", json=body), kinds.INVALID)
    assert len(list(items(http, "/v1/tokens"))) == 1


def test_tokens_are_listed_page_by_page_oldest_first(http: httpx.Client) -> None:
    names = [issue(http, f"token {number}")["name"] for number in range(5)]
    assert [token["name"] for token in items(http, "/v1/tokens", limit="2")][1:] == names


def test_a_tokens_name_stands_in_the_trail_for_whoever_uses_it(
    http: httpx.Client, keyroll: DocumentedKeyroll
) -> None:
    with keyroll.client(issue(http, "deploy pipeline", "admin")["token"]) as pipeline:
        add_provider(pipeline)
    created = next(items(http, "/v1/audit-events", action="provider.created"))
    assert created["actor"] == "deploy pipeline"
    assert created["address"] == "127.0.0.1"
    assert created["summary"].startswith("deploy pipeline ")
