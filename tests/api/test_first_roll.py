"""What an organization begins with: once, whole, and never against what people did."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from threading import Barrier
from uuid import UUID

import pytest

from adapters.catalogue.lazily import current_models
from adapters.postgres.model_rows import models_of_provider
from adapters.postgres.refusals import StoreUnavailable
from adapters.postgres.store import Store
from api.commands.caller import Caller
from api.commands.core import Core
from api.commands.models import change_model, delete_model
from api.commands.predefined import PREDEFINED, begin_roll
from api.commands.providers import ProviderChange, change_provider, create_provider, delete_provider
from domain.listing import ListedModel, ModelFacts
from domain.model import ChangeModel
from domain.provider_type import ProviderType
from projections.models import ModelRow
from projections.providers import ProviderRow
from tests.support.cores import core_over
from tests.support.keyroll_in_a_thread import KeyrollWithARoll
from tests.support.replay import replay
from tests.support.steps import KEY, items, roll, sync
from tests.support.steps import change_provider as change_by_api
from tests.support.vendor_models import openai_row
from tests.support.vendor_servers import OpenAIServer


def _few(_provider_type: ProviderType, _day: date) -> list[ListedModel]:
    return [ListedModel(model_id=name, facts=ModelFacts()) for name in ("one", "two")]


def _other(_provider_type: ProviderType, _day: date) -> list[ListedModel]:
    return [ListedModel(model_id="three", facts=ModelFacts())]


def _nobody_asks(_provider_type: ProviderType, _day: date) -> list[ListedModel]:
    raise AssertionError("the catalogue is not asked again")


def _tables(core: Core) -> tuple[dict[UUID, ProviderRow], dict[UUID, ModelRow]]:
    rows = replay(core.store)
    return rows["llm_providers"], rows["llm_models"]


def test_an_organization_begins_with_three_providers_without_keys_and_their_current_models(
    core: Core, ada: Caller
) -> None:
    assert begin_roll(core, ada.organization, current_models)
    providers, models = _tables(core)
    begun = {(row.name, ProviderType(row.provider_type)) for row in providers.values()}
    assert begun == set(PREDEFINED)
    assert {(row.base_url, row.key_id, row.status) for row in providers.values()} == {(None, None, "active")}
    for provider in providers.values():
        expected = current_models(ProviderType(provider.provider_type), core.now().date())
        found = {row.model_id for row in models.values() if row.provider_id == provider.id}
        assert found == {model.model_id for model in expected} != set()
    assert {row.source for row in models.values()} == {"predefined"}
    assert {row.organization for row in models.values()} == {ada.organization}


def test_another_organization_begins_with_its_own(core: Core, ada: Caller) -> None:
    other = UUID(int=7)
    assert begin_roll(core, ada.organization, _few)
    assert begin_roll(core, other, _few)
    providers, models = _tables(core)
    assert (len(providers), len(models)) == (6, 12)


def test_what_people_changed_renamed_or_deleted_is_never_put_back(core: Core, ada: Caller) -> None:
    begin_roll(core, ada.organization, _few)
    by_name = {row.name: row.id for row in _tables(core)[0].values()}
    change_provider(core, ada, by_name["OpenAI"], ProviderChange(name="Ours"))
    delete_provider(core, ada, by_name["Gemini"])
    edited, deleted = (row.id for row in models_of_provider(core.store, by_name["Anthropic"]))
    change_model(core, ada, edited, ChangeModel(display_name="Edited"))
    delete_model(core, ada, deleted)
    before = _tables(core)
    for again in (_nobody_asks, _other):
        assert not begin_roll(core, ada.organization, again)
    assert _tables(core) == before
    for provider_id in (by_name["OpenAI"], by_name["Anthropic"]):
        delete_provider(core, ada, provider_id)
    assert not begin_roll(core, ada.organization, _few)
    assert _tables(core)[0] == {}


def test_an_organization_that_has_begun_by_itself_keeps_what_it_has(core: Core, ada: Caller) -> None:
    create_provider(core, ada, name="Ours", provider_type=ProviderType.OPENAI)
    assert not begin_roll(core, ada.organization, _nobody_asks)


def test_a_person_who_is_faster_by_a_moment_is_left_alone(core: Core, ada: Caller) -> None:
    def meanwhile(provider_type: ProviderType, _day: date) -> list[ListedModel]:
        if provider_type is ProviderType.GEMINI:
            create_provider(core, ada, name="openai", provider_type=ProviderType.OPENAI)
        return []

    assert not begin_roll(core, ada.organization, meanwhile)
    assert [row.name for row in _tables(core)[0].values()] == ["openai"]


def test_of_many_that_begin_at_once_one_does(core: Core, ada: Caller) -> None:
    together = Barrier(8)

    def at_once(provider_type: ProviderType, day: date) -> list[ListedModel]:
        if provider_type is ProviderType.OPENAI:
            together.wait()  # all have found nothing
        return _few(provider_type, day)

    with ThreadPoolExecutor(8) as threads:
        done = [threads.submit(begin_roll, core, ada.organization, at_once) for _ in range(8)]
        assert sorted(one.result() for one in done) == [False] * 7 + [True]
    providers, models = _tables(core)
    assert (len(providers), len(models)) == (3, 6)


def test_a_crash_leaves_all_of_it_or_nothing(
    conninfo: str, ada: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(*_arguments: object, **_more: object) -> None:
        raise StoreUnavailable("The database went away.")

    with core_over(conninfo) as core:
        with monkeypatch.context() as broken:
            broken.setattr(Store, "put", lost)
            with pytest.raises(StoreUnavailable):
                begin_roll(core, ada.organization, _few)
        assert _tables(core) == ({}, {})
        assert begin_roll(core, ada.organization, _few)


def test_a_sync_refreshes_predefined_models_and_marks_none_of_them_stale(
    conninfo: str, tmp_path: Path
) -> None:
    listed = openai_row("gpt-5", 1_754_500_000), openai_row("gpt-unheard-of")
    with (
        OpenAIServer(key=KEY, models=listed) as openai,
        KeyrollWithARoll(conninfo, tmp_path, KEYROLL_OPENAI_BASE_URL=openai.base_url) as keyroll,
    ):
        http = keyroll.http
        (provider,) = (one for one in items(http, "/v1/llm-providers") if one["name"] == "OpenAI")
        before = roll(http, provider_id=provider["id"])
        assert before["gpt-5"]["source"] == "predefined"
        assert before["gpt-5"]["sources"] == dict.fromkeys(("kind", "context_window", "prices"), "catalogue")
        change_by_api(http, provider, api_key=KEY)

        done = sync(http, provider)

        assert (done["created"], done["updated"], done["changed"], done["stale"]) == (1, 1, 1, 0)
        after = roll(http, provider_id=provider["id"])
        assert after.keys() == before.keys() | {"gpt-unheard-of"}
        assert not any(model["stale"] for model in after.values())
        assert after["gpt-5"]["source"] == "predefined"
        assert after["gpt-5"]["prices"] == before["gpt-5"]["prices"]
        assert after["gpt-5"]["sources"] == {
            "kind": "listing",
            "owned_by": "listing",
            "released_at": "listing",
            "context_window": "catalogue",
            "prices": "catalogue",
        }
        assert sync(http, provider)["changed"] == 0
        begun = list(items(http, "/v1/audit-events", request_id="first-start", action="provider.created"))
        assert {event["actor"] for event in begun} == {"keyroll"}
