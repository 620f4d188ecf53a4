"""Beyond a bound a process says that it is busy; and it asks a vendor again no sooner than it is told to."""

import threading
from collections.abc import Iterator

import httpx
import pytest

from api.calls.capacity import Capacity
from api.calls.refusals import CallRefused
from tests.api.calls.conftest import CAPACITY
from tests.support.call_vendors import CallVendor, said_events, said_json
from tests.support.chat_shapes import DONE, chunk

pytestmark = pytest.mark.usefixtures("provider")
_PATH = "/v1/chat/completions"
_ASKED = {"model": "m1", "messages": [{"role": "user", "content": "Hello"}]}


@pytest.fixture
def room_for_one(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as context:
        context.setattr(CAPACITY, "_most", 1)
        yield


@pytest.mark.usefixtures("room_for_one")
@pytest.mark.parametrize("path", [_PATH, "/v1/responses"])
def test_a_call_too_many_is_told_to_come_back_and_the_next_has_room(
    caller: httpx.Client, vendor: CallVendor, released: threading.Event, path: str
) -> None:
    vendor.say(said_events(chunk({"content": "a"}), released, chunk({}, "stop"), DONE))
    with caller.stream("POST", _PATH, json=_ASKED | {"stream": True}) as answer:
        pieces = answer.iter_raw()
        next(pieces)
        refused = caller.post(path, json=_ASKED)
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
        assert refused.json()["error"]["code"] == "busy"
        assert caller.get("/v1/models").status_code == 200
        released.set()
        assert b"".join(pieces).endswith(DONE)
    assert caller.post(_PATH, json=_ASKED).status_code == 200
    assert caller.post(_PATH, json=_ASKED | {"stream": True}).status_code == 200


def test_room_is_given_back_by_calls_of_every_end(
    caller: httpx.Client, vendor: CallVendor, released: threading.Event
) -> None:
    before = CAPACITY.under_way
    vendor.say(said_json({}, 400), said_events(released), said_events(b"data: {]\n\n"))
    assert caller.post(_PATH, json=_ASKED).status_code == 400
    assert caller.post(_PATH, json=_ASKED | {"timeout": 0.1}).status_code == 504
    assert caller.post(_PATH, json=_ASKED | {"stream": True}).status_code == 200
    assert caller.post(_PATH, content=b"{", headers={"Content-Type": "application/json"}).status_code == 400
    assert CAPACITY.under_way == before


def test_a_bound_holds_and_lets_the_next_in() -> None:
    room = Capacity(2)
    room.take()
    room.take()
    with pytest.raises(CallRefused, match="serves 2 calls already"):
        room.take()
    room.give_back()
    room.take()


_IN_THE_BODY = {
    "error": {
        "code": 429,
        "status": "RESOURCE_EXHAUSTED",
        "details": [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "21.5s"}],
    }
}


@pytest.mark.parametrize(
    ("headers", "body", "least", "most"),
    [
        ({"retry-after": "7"}, {}, 7, 7 * 1.25),
        ({"retry-after-ms": "1500"}, {}, 1.5, 1.5 * 1.25),
        ({"retry-after": "2.5"}, {}, 2.5, 2.5 * 1.25),
        ({}, _IN_THE_BODY, 21.5, 21.5 * 1.25),
        ({}, {}, 0.75, 1.25),
    ],
)
def test_a_vendor_that_says_when_is_asked_again_no_sooner(
    caller: httpx.Client,
    vendor: CallVendor,
    pauses: list[float],
    headers: dict[str, str],
    body: object,
    least: float,
    most: float,
) -> None:
    vendor.say(said_json(body, 429, **headers))
    assert caller.post(_PATH, json=_ASKED).headers["keyroll-attempts"] == "2"
    (waited,) = pauses
    assert least <= waited <= most


def test_what_lasts_longer_than_a_minute_or_is_spent_is_not_waited_for(
    caller: httpx.Client, vendor: CallVendor, pauses: list[float]
) -> None:
    vendor.say(said_json({}, 429, **{"retry-after": "61"}))
    refused = caller.post(_PATH, json=_ASKED)
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "61")
    vendor.say(said_json({"error": {"code": "insufficient_quota", "message": "spent"}}, 429))
    assert caller.post(_PATH, json=_ASKED).json()["error"]["code"] == "quota_exhausted"
    assert len(vendor.heard) == 2
    assert pauses == []
