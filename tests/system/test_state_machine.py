"""Random stories of an organization: after each step, the API and the log say what a plain model says.

``KEYROLL_STORIES=1000 pytest tests/system/test_state_machine.py`` tells a thousand, and others each time.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from adapters.embedded.server import RunningServer
from domain.edits import Edits
from domain.secret import Secret
from tests.support.documented_keyroll import hurry
from tests.support.embedded_postgres import create_database, drop_database
from tests.support.plain_keyroll import Listed, PlainKeyroll, PlainModel, PlainProvider, PlainRun, Said
from tests.support.story import MODEL_IDS, World
from tests.support.story_keyroll import StoryKeyroll
from tests.support.story_people import ModelDeeds, ProviderDeeds
from tests.support.story_syncs import Syncs
from tests.support.tables import execute
from tests.support.vendors_of_a_story import StoryVendors

_ASKED_FOR: Final = os.environ.get("KEYROLL_STORIES")

_USUAL: Final = settings(
    max_examples=int(_ASKED_FOR or "12"),
    stateful_step_count=30,
    derandomize=_ASKED_FOR is None,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
_UNTIL_IT_FAILS: Final = settings(
    _USUAL,
    max_examples=300,
    derandomize=True,
    phases=[Phase.generate],
    report_multiple_bugs=False,
)

LEAST_RULES: Final = 12


class Life(ProviderDeeds, ModelDeeds, Syncs):
    """All that may happen."""


@pytest.fixture(scope="module")
def world(
    postgres: RunningServer, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    name = f"stories_{os.getpid()}"
    conninfo = create_database(postgres, name, template=template)
    folder = tmp_path_factory.mktemp("stories")
    with pytest.MonkeyPatch.context() as monkeypatch, StoryVendors() as vendors:
        hurry(monkeypatch)
        monkeypatch.setattr("api.commands.sync_completion.CHUNK", 2)
        with StoryKeyroll.of(conninfo, folder, vendors) as keyroll:
            yield World(keyroll, vendors)
    drop_database(postgres, name)


def _teller(world: World, plain: type[PlainKeyroll] = PlainKeyroll) -> type[Life]:
    class Told(Life):
        plain_keyroll = plain

    Told.world, Told.deeds = world, Counter()
    return Told


def _tell(world: World, how: settings) -> Counter[str]:
    teller = _teller(world)
    run_state_machine_as_test(teller, settings=how)
    return teller.deeds


def test_after_every_step_keyroll_is_as_the_plain_model_says(world: World) -> None:
    deeds = _tell(world, _USUAL)
    assert len([name for name in deeds if ":" not in name]) >= LEAST_RULES, "too little happened"


class BelievesAnyListing(PlainKeyroll):
    """An empty or short listing marks models stale."""

    def why_not_listed(
        self, provider: PlainProvider, listed: Listed | str, *, force: bool = False
    ) -> str | None:
        return super().why_not_listed(provider, listed, force=force or not isinstance(listed, str))


class LosesEdits(PlainKeyroll):
    """A sync undoes what a person edited."""

    def refresh(self, run: PlainRun, model: PlainModel, said: Said) -> None:
        model.edited_name = None
        super().refresh(run, model, said)


class EnablesWhatIsListed(PlainKeyroll):
    """A sync undoes that a person disabled a model."""

    def refresh(self, run: PlainRun, model: PlainModel, said: Said) -> None:
        model.status = "active"
        super().refresh(run, model, said)


class BringsBackTheDeleted(PlainKeyroll):
    """A sync undoes that a person deleted a model."""

    def sync(self, provider: PlainProvider, listed: Listed | str, *, force: bool = False) -> PlainRun:
        for model in provider.models.values():
            model.deleted = model.deleted and model.model_id not in listed
        return super().sync(provider, listed, force=force)


class KeepsTheDefault(PlainKeyroll):
    """The default stays when its model is deleted."""

    def delete_model(self, model: PlainModel) -> None:
        before = self.default
        super().delete_model(model)
        self.default = before
        model.deleted = model is not before


class SeesStaleModelsLater(PlainKeyroll):
    """A model that goes stale was never seen."""

    def lose_sight(self, run: PlainRun, provider: PlainProvider, model: PlainModel) -> None:
        super().lose_sight(run, provider, model)
        model.last_seen_at = None


def _one_story(told: Life) -> None:
    roll = {model_id: Said(size=1) for model_id in MODEL_IDS}
    steps: list[Callable[[], None]] = [
        lambda: told.begin(provider_type="openai"),
        lambda: told.sync_a_long_listing(pick=0, listed=roll),
        lambda: told.edit_model(pick=0, name="Edited", capabilities={"vision": True}),
        lambda: told.switch_model(pick=1, status="disabled"),
        lambda: told.choose_default(pick=2),
        lambda: told.delete_model(pick=3),
        lambda: told.sync_as_vendors_change(pick=0, lost=MODEL_IDS[4], news={MODEL_IDS[0]: Said(size=2)}),
        lambda: told.sync_any_listing(pick=0, listed={}, force=False),
        lambda: told.delete_model(pick=2),
        told.rebuild,
    ]
    for step in steps:
        step()
        told.everything_agrees()


WRONG: Final = (
    BelievesAnyListing,
    LosesEdits,
    EnablesWhatIsListed,
    BringsBackTheDeleted,
    KeepsTheDefault,
    SeesStaleModelsLater,
)


def test_one_story_is_enough_to_tell_each_wrong_plain_model_from_the_right_one(world: World) -> None:
    for plain in (PlainKeyroll, *WRONG):
        told = _teller(world, plain)()
        if plain is PlainKeyroll:
            _one_story(told)
        else:
            with pytest.raises(AssertionError):
                _one_story(told)
        told.teardown()


def test_a_row_that_the_log_does_not_know_is_found_by_a_rebuild(world: World) -> None:
    told = _teller(world)()
    _one_story(told)
    (provider,) = told.plain.providers
    execute(world.keyroll.conninfo, "UPDATE syncs SET created = 7 WHERE provider_id = %s", provider.id)
    with pytest.raises(AssertionError):
        told.rebuild()
    told.teardown()


def _lose_it(edits: Edits, *_: object, **__: object) -> Edits:
    return edits


def _show_it(key: Secret) -> str:
    return key.reveal()


FAULTS: Final[dict[str, tuple[str, Callable[..., Any]]]] = {
    "every listing is believed": ("domain.sync._refuse_the_incredible", lambda *_: None),
    "an edit is lost": ("domain.edits.Edits.changed", _lose_it),
    "an event shows the key": ("api.commands.provider_keys.hint", _show_it),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_keyroll_with_a_fault_is_told_apart(
    world: World, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    monkeypatch.setattr(*FAULTS[fault])
    with pytest.raises(AssertionError):
        _tell(world, _UNTIL_IT_FAILS)
