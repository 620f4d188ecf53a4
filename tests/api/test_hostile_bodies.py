"""Bodies that no honest client sends: each is refused with a problem, and none is repeated."""

import json
from typing import Any, Final

import httpx
import pytest

from api.http import problems_list as kinds
from api.http.pages import encode_cursor
from tests.support.steps import PROBLEM_TYPES, add_model, add_provider, items, log_end, problem, roll

CANARY: Final = "canary-6b1f0e2c9d"
JSON: Final = {"Content-Type": "application/json"}

BODIES: Final[dict[str, bytes]] = {
    "nothing": b"",
    "space": b" \n",
    "null": b"null",
    "a number": b"1e999999",
    "a text": json.dumps(CANARY).encode(),
    "an array": json.dumps([CANARY]).encode(),
    "an array of objects": json.dumps([{"name": CANARY}]).encode(),
    "cut off": f'{{"name": "{CANARY}'.encode(),
    "two documents": f'{{"name": "{CANARY}"}}{{}}'.encode(),
    "a comment": f'{{"name": "{CANARY}" /* why */}}'.encode(),
    "single quotes": f"{{'name': '{CANARY}'}}".encode(),
    "NaN": b'{"name": NaN}',
    "no UTF-8": b'{"name": "\xff\xfe' + CANARY.encode() + b'"}',
    "UTF-16": json.dumps({"name": CANARY}).encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf" + json.dumps({"name": CANARY}).encode(),
    "a lone surrogate": f'{{"name": "\\ud800{CANARY}", "model_id": "\\udfff{CANARY}"}}'.encode(),
    "NUL": f'{{"name": "\\u0000{CANARY}", "model_id": "\\u0000{CANARY}"}}'.encode(),
    "a bare NUL": b'{"name": "\x00"}',
    "an unknown field": json.dumps({CANARY: CANARY}).encode(),
    "an unknown field with a long name": json.dumps({CANARY * 1000: 1}).encode(),
    "a field of another type": json.dumps({"name": {"first": CANARY}, "model_id": [CANARY]}).encode(),
    "a huge number": b'{"name": ' + b"9" * 100_000 + b"}",
    "a huge text": json.dumps({"name": "n" * 900_000, "model_id": "m" * 900}).encode(),
    "too much": json.dumps({"name": CANARY, "model_id": "m" * 1_100_000}).encode(),
    "deep arrays": b'{"name": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "deep objects": b'{"capabilities": ' + b'{"a":' * 50_000 + b"1" + b"}" * 50_000 + b"}",
    "ten thousand fields": json.dumps({f"{CANARY}{number}": 1 for number in range(10_000)}).encode(),
    "prototype": json.dumps({"__proto__": {"role": "admin"}, "__class__": CANARY}).encode(),
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_a_hostile_body_is_refused_everywhere_and_not_repeated(http: httpx.Client, body: bytes) -> None:
    provider = add_provider(http)
    model = add_model(http, provider, "gpt-5")
    before = log_end(http)
    for method, path in (
        ("POST", "/v1/llm-providers"),
        ("PATCH", f"/v1/llm-providers/{provider['id']}"),
        ("POST", f"/v1/llm-providers/{provider['id']}/models"),
        ("PATCH", f"/v1/llm-models/{model['id']}"),
        ("POST", "/v1/tokens"),
    ):
        answer = http.request(method, path, content=body, headers=JSON)
        problem(answer, PROBLEM_TYPES[answer.json()["type"]])
        assert answer.status_code in (400, 413, 422), (path, answer.text)
        assert CANARY not in answer.text
        assert len(answer.content) < 2_000
    assert log_end(http) == before


def test_of_a_field_said_twice_the_last_counts(http: httpx.Client) -> None:
    body = b'{"name": "first", "name": "last", "provider_type": "openai"}'
    created = http.post("/v1/llm-providers", content=body, headers=JSON)
    assert (created.status_code, created.json()["name"]) == (201, "last")


@pytest.mark.parametrize("text", ["\x00", "\ue000", "'", "\\u0000", "", "x" * 41])
def test_modalities_are_words(http: httpx.Client, text: str) -> None:
    provider = add_provider(http)
    path = f"/v1/llm-providers/{provider['id']}/models"
    refused = http.post(path, json={"model_id": "gpt-5", "input_modalities": ["text", text]})
    assert problem(refused, kinds.INVALID)["errors"][0]["field"] == "input_modalities[1]"
    model = add_model(http, provider, "gpt-5", input_modalities=["text", "image"])
    assert model["input_modalities"] == ["text", "image"]
    assert roll(http)["gpt-5"] == model


@pytest.mark.parametrize("value", [CANARY, [CANARY], {"key": CANARY}, 17, True])
@pytest.mark.parametrize("field", ["name", "provider_type", "base_url", "api_key", "status"])
def test_a_secret_in_the_wrong_place_or_shape_is_not_repeated(
    http: httpx.Client, field: str, value: Any
) -> None:
    provider = add_provider(http)
    good = field in ("name", "api_key") and value == CANARY
    answer = http.patch(f"/v1/llm-providers/{provider['id']}", json={field: value})
    if not good:
        problem(answer, kinds.INVALID)
    assert (CANARY in answer.text) == (good and field == "name")  # a name is shown: the control


@pytest.mark.parametrize(
    "name",
    ["'; DROP TABLE llm_providers; --", "%s %(name)s {0}", "<script>", "\u202etxt", "\U0001d516\U0001d522"],
)
def test_an_odd_name_is_a_name_or_refused_and_never_more(http: httpx.Client, name: str) -> None:
    answer = http.post("/v1/llm-providers", json={"name": name, "provider_type": "openai"})
    if answer.status_code == 201:
        assert [provider["name"] for provider in items(http, "/v1/llm-providers")] == [name]
    else:
        problem(answer, kinds.INVALID)


@pytest.mark.parametrize(
    "text", ["\x00", "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"), "%", "🙂" * 50]
)
def test_an_odd_query_is_answered_or_refused(http: httpx.Client, text: str) -> None:
    add_model(http, add_provider(http), "gpt-5")
    answer = http.get("/v1/llm-models", params={"q": text})
    assert answer.status_code in (200, 400), answer.text
    actor = http.get("/v1/audit-events", params={"actor": text, "request_id": text})
    assert actor.status_code in (200, 400), actor.text
    assert len(roll(http)) == 1


@pytest.mark.parametrize(
    "raw", ["q=%ff%fe", "q=%00", "cursor=%00", "cursor=" + "A" * 5000, "limit=9" + "9" * 5000, "actor=%00"]
)
def test_raw_bytes_in_a_query_never_break_anything(http: httpx.Client, raw: str) -> None:
    for path in ("/v1/llm-models", "/v1/audit-events", "/v1/llm-providers", "/v1/tokens"):
        answer = http.get(f"{path}?{raw}")
        assert answer.status_code in (200, 400), (path, answer.text)


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("If-Match", '"' + "9" * 400 + '"'),
        ("If-Match", '"99999999999999999999999"'),
        ("If-Match", "\u00b2"),
        ("Idempotency-Key", ""),
        ("Idempotency-Key", "k" * 256),
        ("Idempotency-Key", "a\tb"),
        ("X-Request-Id", "x" * 5000),
        ("X-Request-Id", CANARY + "{}"),
        ("Content-Encoding", "gzip"),
        ("Authorization", "Bearer " + "t" * 20_000),
    ],
)
def test_odd_headers_never_break_anything(http: httpx.Client, header: str, value: str) -> None:
    provider = add_provider(http)
    headers = httpx.Headers({header: value}, encoding="latin-1")
    answer = http.patch(f"/v1/llm-providers/{provider['id']}", json={"name": "Ours"}, headers=headers)
    assert answer.status_code in (200, 400, 401, 412), answer.text
    assert value not in answer.text or value == ""


@pytest.mark.parametrize(
    "key",
    [
        ["\x00", "0192f000-0000-7000-8000-000000000001"],
        ["gpt-5", "0192f000-0000-7000-8000-000000000001", 1],
        ["gpt-5", "no id"],
        "0192f000-0000-7000-8000-000000000001",
        10**30,
        -1,
        1.5,
        None,
        {},
    ],
    ids=str,
)
def test_a_forged_cursor_never_breaks_anything(http: httpx.Client, key: Any) -> None:
    cursor = encode_cursor(key)
    for path in ("/v1/llm-models", "/v1/audit-events", "/v1/llm-providers", "/v1/tokens"):
        answer = http.get(path, params={"cursor": cursor})
        assert answer.status_code in (200, 400), (path, answer.text)
