"""What every random story needs: a real Keyroll, the plain one beside it, and the comparison of the two."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar, Final
from uuid import uuid4

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant

from domain.access import Role
from domain.event import Recorded
from tests.support.plain_answers import expected_default, expected_model, expected_provider
from tests.support.plain_keyroll import PlainKeyroll, PlainModel, PlainProvider, Said
from tests.support.steps import Json, default, items
from tests.support.story_keyroll import StoryKeyroll
from tests.support.story_log import counts_that_differ, holds_a_secret
from tests.support.vendors_of_a_story import StoryVendors

MODEL_IDS: Final = ("kr-a", "kr-b", "kr-c", "kr-d", "kr-e", "kr/f 'é'")
EVERY_MODEL: Final = {"status": "all", "include_stale": "true"}
PICK: Final = st.integers(0, 5)
"""Which of the objects that there are, counted round and round."""

SAID: Final = st.builds(
    Said,
    name=st.none() | st.sampled_from(["Alpha", "Beta"]),
    size=st.integers(1, 2),
    capabilities=st.dictionaries(st.just("thinking"), st.booleans()),
)


@dataclass(frozen=True)
class World:
    """Where stories happen, one after the other, each to an organization of its own."""

    keyroll: StoryKeyroll
    vendors: StoryVendors


class Story(RuleBasedStateMachine):
    """One organization's life. What is done to the real Keyroll is done to the plain one.

    Attributes:
        world: set before the first story is told.
        plain_keyroll: what makes the other side; a control takes a wrong one.
        deeds: how often each thing was done, over all stories of a class.
    """

    world: ClassVar[World]
    plain_keyroll: ClassVar[type[PlainKeyroll]] = PlainKeyroll
    deeds: ClassVar[Counter[str]]

    def __init__(self) -> None:
        super().__init__()
        self.keyroll, self.vendors = self.world.keyroll, self.world.vendors
        self.vendors.behave()
        self.plain = self.plain_keyroll()
        self.organization = uuid4().hex
        self.position = self.keyroll.log_end()
        self.http = self.keyroll.client(self.keyroll.token(Role.ADMIN, self.organization))
        self.log: list[Recorded[Any]] = []

    def teardown(self) -> None:
        self.http.close()

    def provider(self, pick: int) -> PlainProvider:
        """One of the providers."""
        return self.plain.providers[pick % len(self.plain.providers)]

    def model(self, pick: int, *, deleted: bool = False) -> tuple[PlainProvider, PlainModel]:
        """One of the models that are on the roll, or one of those that were deleted from it."""
        found = self.plain.models(deleted=deleted)
        return found[pick % len(found)]

    def everything_agrees(self) -> None:
        """All that is compared after each step of a random story."""
        self.providers_agree()
        self.models_agree()
        self.defaults_agree()
        self.the_log_keeps_its_promises()

    @invariant()
    def providers_agree(self) -> None:
        real = {one["id"]: one for one in items(self.http, "/v1/llm-providers")}
        assert real.keys() == {provider.id for provider in self.plain.providers}
        for provider in self.plain.providers:
            _assert_shows(real[provider.id], expected_provider(provider))

    @invariant()
    def models_agree(self) -> None:
        real = {one["id"]: one for one in items(self.http, "/v1/llm-models", limit="200", **EVERY_MODEL)}
        assert real.keys() == {model.id for _, model in self.plain.models()}
        for provider, model in self.plain.models():
            shown = real[model.id]
            _assert_shows(shown, expected_model(self.plain, provider, model))
            if shown["source"] == "discovered":
                assert shown["stale"] is (moment(shown["last_seen_at"]) < moment(provider.last_synced_at))
            else:
                assert not shown["stale"]
        assert sum(one["is_default"] for one in real.values()) <= 1

    @invariant()
    def defaults_agree(self) -> None:
        real = default(self.http)
        shown = {"model": real["model"] and real["model"]["id"], "usable": real["usable"]}
        assert shown == expected_default(self.plain)

    @invariant()
    def the_log_keeps_its_promises(self) -> None:
        new = self.keyroll.log_after(self.log[-1].position if self.log else self.position)
        self.log += new
        assert not [recorded for recorded in new if holds_a_secret(recorded)]
        assert counts_that_differ(self.log) == []


def moment(text: str | None) -> datetime:
    """An instant as the API writes it; never is before all."""
    return datetime.min.replace(tzinfo=UTC) if text is None else datetime.fromisoformat(text)


def _assert_shows(shown: Json, expected: Json) -> None:
    for name, value in expected.items():
        found = shown[name]
        if isinstance(found, dict) and name == "last_sync":
            found = {part: found[part] for part in value or found}
        assert found == value, f"{name} is {found!r}, and should be {value!r}"
