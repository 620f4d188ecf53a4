"""A model with a date of retirement shows it, lists find it, and the trail tells when it became known."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from api.http import problems_list as kinds
from tests.support.scripted_server import VendorServer
from tests.support.steps import (
    Json,
    add_model,
    add_provider,
    change_model,
    items,
    problem,
    roll,
    sync,
)

PATH = "/v1/llm-models"


def in_days(days: float) -> str:
    """An instant so many days from now."""
    return f"{datetime.now(UTC) + timedelta(days=days):%Y-%m-%dT%H:%M:%SZ}"


def retiring(http: httpx.Client, days: int, **params: str) -> set[str]:
    """The ids of the models that retire within so many days."""
    found = items(http, PATH, retiring_within_days=str(days), **params)
    return {model["model_id"] for model in found}


@pytest.fixture
def provider(http: httpx.Client) -> Json:
    """A provider with a model for each kind of date."""
    made = add_provider(http, base_url="https://llm.example.com/v1")
    for name, days in (("past", -400.0), ("soon", 89.9), ("later", 90.1), ("last", 3649.0)):
        add_model(http, made, name, retires_at=in_days(days))
    add_model(http, made, "never")
    return made


def test_models_that_retire_soon_or_should_be_gone_already_are_found(
    http: httpx.Client, stranger: httpx.Client, provider: Json
) -> None:
    assert retiring(http, 90) == {"past", "soon"}
    assert retiring(http, 91) == {"past", "soon", "later"}
    assert retiring(http, 0) == {"past"}
    assert retiring(http, 3650) == {"past", "soon", "later", "last"}
    assert retiring(http, 90, limit="1") == {"past", "soon"}
    assert retiring(http, 90, provider_id=provider["id"], q="soo") == {"soon"}
    assert retiring(stranger, 90) == set()


def test_other_filters_hold_as_well(http: httpx.Client, provider: Json) -> None:
    change_model(http, roll(http)["soon"], status="disabled")
    assert retiring(http, 90) == {"past"}
    assert retiring(http, 90, status="all", provider_id=provider["id"]) == {"past", "soon"}


@pytest.mark.usefixtures("provider")
def test_a_persons_date_counts_before_the_vendors(http: httpx.Client) -> None:
    models = roll(http)
    change_model(http, models["never"], retires_at=in_days(1))
    change_model(http, models["soon"], retires_at=in_days(1000))
    assert retiring(http, 90) == {"past", "never"}
    change_model(http, models["never"], retires_at=None)
    change_model(http, models["soon"], retires_at=None)
    assert retiring(http, 90) == {"past", "soon"}


@pytest.mark.parametrize("days", ["-1", "3651", "soon", "1.5", ""])
def test_a_number_of_days_that_is_none_is_refused(http: httpx.Client, days: str) -> None:
    problem(http.get(PATH, params={"retiring_within_days": days}), kinds.MALFORMED)


def test_the_trail_tells_when_a_date_of_retirement_first_became_known(
    http: httpx.Client, openai: VendorServer
) -> None:
    provider = add_provider(http)
    sync(http, provider)
    model = roll(http)["gpt-4o"]
    assert (model["retires_at"], "retires_at" in model["sources"]) == (None, False)

    openai.models = [
        {**row, "shutdown_date": "2027-01-31"} if row["id"] == "gpt-4o" else row for row in openai.models
    ]
    assert sync(http, provider)["changed"] == 1

    model = roll(http)["gpt-4o"]
    assert model["retires_at"] == "2027-01-31T00:00:00Z"
    assert model["sources"]["retires_at"] == "listing"
    assert retiring(http, 3650) == {"gpt-4o"}
    (learned,) = items(http, "/v1/audit-events", action="model.refreshed")
    assert learned["changes"] == {"retires_at": {"before": None, "after": "2027-01-31T00:00:00Z"}}
    assert learned["summary"].endswith(
        "took over what the listing now says of gpt-4o, and learned that it retires on 2027-01-31"
    )
    assert (learned["subject_id"], learned["position"] > 0) == (model["id"], True)
