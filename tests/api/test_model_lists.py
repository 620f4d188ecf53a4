"""/v1/llm-models: filters, and pages that miss nothing while others write."""

from threading import Event, Thread

import httpx
import pytest

from api.http import problems_list as kinds
from tests.support.scripted_server import VendorServer
from tests.support.steps import (
    Json,
    add_model,
    add_provider,
    change_model,
    change_provider,
    delete,
    done,
    items,
    problem,
    roll,
    sync,
)
from tests.support.vendor_models import OPENAI_MODELS

PATH = "/v1/llm-models"
LISTED = {row["id"] for row in OPENAI_MODELS}


@pytest.fixture
def provider(http: httpx.Client, openai: VendorServer) -> Json:
    """A provider with eight discovered models, of which two are stale, one disabled; and one by hand."""
    made = add_provider(http)
    sync(http, made)
    openai.models = [row for row in OPENAI_MODELS if row["id"] not in ("gpt-4o", "o3")]
    sync(http, made)
    change_model(http, roll(http)["gpt-5"], status="disabled")
    add_model(http, made, "our-fine-tune")
    return made


def shown(http: httpx.Client, **params: str) -> set[str]:
    """The vendor's ids of the models that a filter shows."""
    return {model["model_id"] for model in items(http, PATH, **params)}


def test_a_list_shows_active_fresh_models_unless_asked_otherwise(http: httpx.Client, provider: Json) -> None:
    everything = LISTED | {"our-fine-tune"}
    selectable = everything - {"gpt-4o", "o3", "gpt-5"}
    assert shown(http) == selectable
    assert shown(http, include_stale="true") == selectable | {"gpt-4o", "o3"}
    assert shown(http, status="disabled") == {"gpt-5"}
    assert shown(http, status="all") == selectable | {"gpt-5"}
    assert shown(http, status="all", include_stale="true") == everything
    change_provider(http, provider, status="disabled")
    assert shown(http) == set()
    assert shown(http, status="disabled") == selectable | {"gpt-5"}


def test_a_list_is_filtered_by_provider_and_by_source(http: httpx.Client, provider: Json) -> None:
    other = add_provider(http, "Other")
    add_model(http, other, "theirs")
    assert shown(http, provider_id=other["id"]) == {"theirs"}
    assert shown(http, source="manual") == {"our-fine-tune", "theirs"}
    assert shown(http, source="manual", provider_id=provider["id"]) == {"our-fine-tune"}
    assert shown(http, source="predefined") == set()
    own = f"/v1/llm-providers/{provider['id']}/models"
    assert {model["model_id"] for model in items(http, own, source="manual")} == {"our-fine-tune"}


def test_stale_models_say_when_they_were_last_seen_and_return_with_their_history(
    http: httpx.Client, provider: Json, openai: VendorServer
) -> None:
    synced_at = done(http.get(f"/v1/llm-providers/{provider['id']}"))["last_synced_at"]
    before = roll(http)
    assert before["o3"]["stale"] is True
    assert before["o3"]["last_seen_at"] < synced_at == before["whisper-1"]["last_seen_at"]

    openai.models = list(OPENAI_MODELS)
    again = sync(http, provider)

    assert (again["created"], again["updated"], again["stale"]) == (0, 8, 0)
    after = roll(http)["o3"]
    assert (after["stale"], after["id"], after["created_at"]) == (
        False,
        before["o3"]["id"],
        before["o3"]["created_at"],
    )


def test_text_is_looked_for_in_ids_and_names_without_regard_to_case_and_taken_literally(
    http: httpx.Client,
) -> None:
    provider = add_provider(http)
    for model_id in ("plain", "fifty%off", "snake_case", "snakeXcase", r"back\slash", "back/slash"):
        add_model(http, provider, model_id)
    add_model(http, provider, "nameless", display_name="The PLAIN one")
    assert shown(http, q="plain") == shown(http, q="PLAIN") == {"plain", "nameless"}
    assert shown(http, q="%") == {"fifty%off"}
    assert shown(http, q="_") == {"snake_case"}
    assert shown(http, q="e_c") == {"snake_case"}
    assert shown(http, q="\\") == {r"back\slash"}
    assert shown(http, q="") == shown(http)
    assert shown(http, q="' OR true --") == set()


@pytest.mark.parametrize(
    "params",
    [
        {"status": "stale"},
        {"source": "found"},
        {"include_stale": "perhaps"},
        {"provider_id": "1"},
        {"limit": "0"},
        {"limit": "201"},
        {"limit": "ten"},
        {"cursor": "???"},
        {"cursor": "W10"},
        {"q": "q" * 201},
        {"Status": "all"},
    ],
    ids=str,
)
def test_a_filter_that_means_nothing_is_refused(http: httpx.Client, params: dict[str, str]) -> None:
    problem(http.get(PATH, params=params), kinds.MALFORMED)


def test_a_page_holds_as_many_as_asked_and_the_last_one_says_so(http: httpx.Client) -> None:
    provider = add_provider(http)
    for number in range(4):
        add_model(http, provider, f"model-{number}")
    first = done(http.get(PATH, params={"limit": "2"}))
    second = done(http.get(PATH, params={"limit": "2", "cursor": first["next_cursor"]}))
    ids = [model["model_id"] for model in (*first["data"], *second["data"])]
    assert ids == ["model-0", "model-1", "model-2", "model-3"]
    assert second["next_cursor"] is None
    assert list(items(http, PATH, q="no such model")) == []


def test_pages_miss_no_model_and_repeat_none_while_others_come_and_go(http: httpx.Client) -> None:
    provider = add_provider(http)
    there_all_along = [f"stays-{number:02}" for number in range(20)]
    for model_id in there_all_along:
        add_model(http, provider, model_id)
    enough = Event()

    def write() -> None:
        number = 0
        while not enough.is_set():
            model = add_model(http, provider, f"stays-{number % 20:02}-guest-{number}")
            if number % 2:
                delete(http, f"/v1/llm-models/{model['id']}")
            number += 1

    writer = Thread(target=write)
    writer.start()
    try:
        for _ in range(3):
            seen = [model["model_id"] for model in items(http, PATH, limit="3")]
            assert len(seen) == len(set(seen))
            assert seen == sorted(seen)
            assert [model_id for model_id in seen if model_id in there_all_along] == there_all_along
    finally:
        enough.set()
        writer.join()
