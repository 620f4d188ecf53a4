"""GET …/syncs/{sync_id}: what a run did to each model, and what a rehearsal says it would do."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from api.http import problems_list as kinds
from tests.support.scripted_server import VendorServer
from tests.support.steps import (
    Json,
    add_model,
    add_provider,
    change_model,
    delete,
    done,
    items,
    log_end,
    problem,
    roll,
    sync,
)
from tests.support.vendor_models import OPENAI_MODELS, openai_row


@pytest.fixture
def provider(http: httpx.Client) -> Json:
    """A provider that was never synced."""
    return add_provider(http)


def _diff(http: httpx.Client, provider: Json, run: Json) -> Json:
    return done(http.get(f"/v1/llm-providers/{provider['id']}/syncs/{run['sync_id']}"))


def _models(answer: Json) -> dict[str, Json]:
    return {model["model_id"]: model for model in answer["models"]}


def _fields(model: Json) -> dict[str, tuple[Any, Any]]:
    return {name: (change["before"], change["after"]) for name, change in model["fields"].items()}


def test_a_first_run_added_every_model_with_its_facts(http: httpx.Client, provider: Json) -> None:
    run = sync(http, provider)
    told = _diff(http, provider, run)
    (listed,) = items(http, f"/v1/llm-providers/{provider['id']}/syncs")
    assert {name: told[name] for name in listed} == listed
    assert told["position"] == run["position"]
    models, known = _models(told), roll(http)
    assert [*models] == sorted(known)
    for model_id, model in models.items():
        assert (model["id"], model["change"], model["protected"]) == (known[model_id]["id"], "added", None)
    assert _fields(models["gpt-5"])["owned_by"] == (None, "system")


def test_a_run_tells_of_each_model_what_happened_to_it(
    http: httpx.Client, provider: Json, openai: VendorServer
) -> None:
    sync(http, provider)
    openai.models = [row for row in OPENAI_MODELS if row["id"] != "whisper-1"]
    sync(http, provider)
    gone = [row for row in OPENAI_MODELS if row["id"] not in ("o3", "whisper-1")]
    back = openai_row("whisper-1", 1_677_532_384, owned_by="openai")
    openai.models = [*gone, back, openai_row("gpt-6")]
    openai.models[0] = openai_row(openai.models[0]["id"], 1_715_367_049, owned_by="acme")
    models = _models(_diff(http, provider, sync(http, provider)))
    assert {model_id: model["change"] for model_id, model in models.items()} == {
        "gpt-4o": "changed",
        "gpt-6": "added",
        "o3": "stale",
        "whisper-1": "reappeared",
    }
    assert _fields(models["gpt-4o"]) == {"owned_by": ("system", "acme")}
    assert _fields(models["o3"]) == {"stale": (False, True)}
    assert _fields(models["whisper-1"]) == {
        "stale": (True, False),
        "owned_by": ("openai-internal", "openai"),
    }


def test_a_run_tells_where_a_persons_word_stood_against_its_listing(
    http: httpx.Client, provider: Json, openai: VendorServer
) -> None:
    add_model(http, provider, "gpt-4o", display_name="Ours")
    sync(http, provider)
    delete(http, f"/v1/llm-models/{roll(http)['o3']['id']}")
    change_model(http, roll(http)["gpt-5"], display_name="Five", capabilities={"vision": True})
    openai.models[2] = openai_row("gpt-5", 1_754_425_777, owned_by="openai")

    told = _diff(http, provider, sync(http, provider))

    models = _models(told)
    assert {model_id: model["change"] for model_id, model in models.items()} == {
        "gpt-4o": "protected",
        "gpt-5": "changed",
        "o3": "protected",
    }
    assert models["o3"]["protected"] == {"reason": "deleted", "fields": {}}
    by_hand = models["gpt-4o"]["protected"]
    assert by_hand["reason"] == "added_by_hand"
    assert by_hand["fields"]["display_name"] == {"kept": "Ours", "listed": None}
    assert by_hand["fields"]["owned_by"] == {"kept": None, "listed": "system"}
    assert models["gpt-5"]["protected"] == {
        "reason": "edited",
        "fields": {
            "display_name": {"kept": "Five", "listed": None},
            "capabilities": {"kept": {"vision": True}, "listed": None},
        },
    }
    assert _fields(models["gpt-5"]) == {"owned_by": ("system", "openai")}
    assert (told["updated"], told["changed"]) == (7, 1)


def test_an_unchanged_run_changed_no_model(http: httpx.Client, provider: Json) -> None:
    sync(http, provider)
    assert _diff(http, provider, sync(http, provider))["models"] == []


def test_a_rehearsal_says_what_the_run_after_it_does(
    http: httpx.Client, provider: Json, openai: VendorServer
) -> None:
    sync(http, provider)
    delete(http, f"/v1/llm-models/{roll(http)['o3']['id']}")
    openai.models = [*OPENAI_MODELS[1:], openai_row('quo"ted/ünï')]
    before = log_end(http)
    rehearsed = sync(http, provider, dry_run="true")
    assert log_end(http) == before
    run = sync(http, provider)
    assert rehearsed["models"] == _diff(http, provider, run)["models"] != []
    assert {*_models(rehearsed)} == {"gpt-4o", "o3", 'quo"ted/ünï'}
    assert run["models"] is None


def test_a_refused_listing_is_kept_and_the_run_changed_nothing(
    http: httpx.Client, provider: Json, openai: VendorServer
) -> None:
    good = _diff(http, provider, sync(http, provider))["listing_digest"]
    openai.models = OPENAI_MODELS[:2]
    told = _diff(http, provider, sync(http, provider))
    assert (told["status"], told["code"], told["models"]) == ("failed", "suspicious", [])
    assert told["listing_digest"] not in (None, good)
    openai.fail_next(401)
    assert _diff(http, provider, sync(http, provider))["listing_digest"] is None


def test_runs_that_share_a_request_id_tell_their_own_models_only(http: httpx.Client, provider: Json) -> None:
    other = add_provider(http, "Other")
    for one in (provider, other):
        path = f"/v1/llm-providers/{one['id']}/sync-models"
        run = done(http.post(path, headers={"X-Request-Id": "same"}))
        owned = {model["id"] for model in items(http, f"/v1/llm-providers/{one['id']}/models")}
        assert {model["id"] for model in _diff(http, one, run)["models"]} == owned
        assert len(owned) == 8


def test_a_run_of_another_provider_or_organization_is_absent(
    http: httpx.Client, provider: Json, stranger: httpx.Client
) -> None:
    run = sync(http, provider)
    path = f"/v1/llm-providers/{provider['id']}/syncs"
    problem(http.get(f"{path}/{uuid4()}"), kinds.NOT_FOUND)
    problem(http.get(f"{path}/{provider['id']}"), kinds.NOT_FOUND)
    problem(stranger.get(f"{path}/{run['sync_id']}"), kinds.NOT_FOUND)
    other = add_provider(http, "Other")
    problem(http.get(f"/v1/llm-providers/{other['id']}/syncs/{run['sync_id']}"), kinds.NOT_FOUND)
