"""The organization's one default model."""

from concurrent.futures import ThreadPoolExecutor

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
    default,
    delete,
    items,
    log_end,
    problem,
    roll,
    sync,
)
from tests.support.vendor_models import OPENAI_MODELS


@pytest.fixture
def provider(http: httpx.Client) -> Json:
    """A provider."""
    return add_provider(http)


@pytest.fixture
def model(http: httpx.Client, provider: Json) -> Json:
    """The default model."""
    return change_model(http, add_model(http, provider, "gpt-5"), is_default=True)


NONE = {
    "model": None,
    "usable": False,
    "reason": "No default is set. PATCH a model with is_default: true.",
}


def test_without_a_default_the_answer_says_why_and_what_to_do(http: httpx.Client) -> None:
    assert default(http) == NONE


def test_the_default_is_one_and_says_so_wherever_it_is_shown(
    http: httpx.Client, provider: Json, model: Json
) -> None:
    other = change_model(http, add_model(http, provider, "o3"), is_default=True)
    assert default(http) == {"model": other, "usable": True, "reason": None}
    assert {model_id: one["is_default"] for model_id, one in roll(http).items()} == {
        "gpt-5": False,
        "o3": True,
    }
    assert model["is_default"] is True


def test_choosing_the_default_again_writes_nothing(http: httpx.Client, model: Json) -> None:
    before = log_end(http)
    assert change_model(http, model, is_default=True) == model
    assert log_end(http) == before


def test_false_on_the_default_clears_it_and_on_another_does_nothing(
    http: httpx.Client, provider: Json, model: Json
) -> None:
    other = add_model(http, provider, "o3")
    assert change_model(http, other, is_default=False)["is_default"] is False
    assert default(http)["model"] == model
    assert change_model(http, model, is_default=False)["is_default"] is False
    assert default(http) == NONE


def test_deleting_the_default_model_clears_it(http: httpx.Client, model: Json) -> None:
    delete(http, f"/v1/llm-models/{model['id']}")
    assert default(http) == NONE


def test_deleting_the_provider_of_the_default_clears_it(
    http: httpx.Client, provider: Json, model: Json
) -> None:
    assert default(http)["model"] == model
    delete(http, f"/v1/llm-providers/{provider['id']}")
    assert default(http) == NONE
    change = next(items(http, "/v1/audit-events", action="catalog.default_model_changed"))
    assert change["changes"]["default_model"]["after"] is None


def test_a_disabled_model_or_provider_cannot_become_the_default(
    http: httpx.Client, provider: Json, model: Json
) -> None:
    other = change_model(http, add_model(http, provider, "o3"), status="disabled")
    path = f"/v1/llm-models/{other['id']}"
    refused = problem(http.patch(path, json={"is_default": True}), kinds.MODEL_NOT_SELECTABLE)
    assert "it is disabled" in refused["detail"]
    change_provider(http, provider, status="disabled")
    body = {"status": "active", "is_default": True}
    refused = problem(http.patch(path, json=body), kinds.MODEL_NOT_SELECTABLE)
    assert "its provider 'My OpenAI' is disabled" in refused["detail"]
    assert roll(http)["o3"]["status"] == "disabled"
    assert default(http)["model"]["id"] == model["id"]


def test_one_change_may_enable_a_model_and_make_it_the_default(http: httpx.Client, provider: Json) -> None:
    model = change_model(http, add_model(http, provider, "o3"), status="disabled")
    assert change_model(http, model, status="active", is_default=True)["is_default"] is True


def test_one_change_may_not_disable_a_model_and_make_it_the_default(
    http: httpx.Client, provider: Json
) -> None:
    model = add_model(http, provider, "o3")
    body = {"status": "disabled", "is_default": True}
    problem(http.patch(f"/v1/llm-models/{model['id']}", json=body), kinds.MODEL_NOT_SELECTABLE)
    assert default(http) == NONE


def test_a_default_that_cannot_be_used_now_stays_and_says_why(
    http: httpx.Client, provider: Json, model: Json
) -> None:
    change_model(http, model, status="disabled")
    assert (default(http)["usable"], default(http)["reason"]) == (False, "The model is disabled.")
    change_model(http, model, status="active")
    change_provider(http, provider, status="disabled")
    assert (default(http)["usable"], default(http)["reason"]) == (
        False,
        "Its provider 'My OpenAI' is disabled.",
    )
    change_provider(http, provider, status="active")
    assert default(http)["usable"] is True


def test_a_default_that_goes_stale_stays_and_says_so(
    http: httpx.Client, provider: Json, openai: VendorServer
) -> None:
    sync(http, provider)
    change_model(http, roll(http)["o3"], is_default=True)
    openai.models = [row for row in OPENAI_MODELS if row["id"] != "o3"]
    sync(http, provider)
    assert (default(http)["usable"], default(http)["reason"]) == (
        False,
        "Its provider does not list it any more.",
    )


def test_of_fifty_who_choose_at_once_each_is_answered_and_one_default_is_left(
    http: httpx.Client, provider: Json
) -> None:
    models = [add_model(http, provider, f"model-{number:02}") for number in range(50)]

    def choose(model: Json) -> int:
        return http.patch(f"/v1/llm-models/{model['id']}", json={"is_default": True}).status_code

    with ThreadPoolExecutor(50) as pool:
        assert list(pool.map(choose, models)) == [200] * 50

    (left,) = [model for model in roll(http).values() if model["is_default"]]
    assert default(http)["model"] == left
    changes = list(items(http, "/v1/audit-events", action="catalog.default_model_changed"))
    assert len(changes) == 50
    # Each choice names the one that it replaced: none was made on what had passed.
    chain = [change["changes"]["default_model"] for change in reversed(changes)]
    assert [link["before"] for link in chain[1:]] == [link["after"] for link in chain[:-1]]
    assert chain[-1]["after"]["id"] == left["id"]


def test_another_organizations_default_is_its_own(
    http: httpx.Client, stranger: httpx.Client, model: Json
) -> None:
    assert default(stranger) == NONE
    assert default(http)["model"] == model
