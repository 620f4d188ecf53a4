"""Random histories: what people and syncs do, through the commands, refused or not."""

import asyncio
from collections.abc import Callable
from random import Random
from typing import Any, Final
from uuid import UUID

from adapters.drivers.driver import ListingDriver
from adapters.postgres.leases import Leases
from adapters.postgres.model_rows import models_of_provider
from api.commands.caller import Caller
from api.commands.core import Core
from api.commands.models import add_model, change_model, delete_model
from api.commands.providers import ProviderChange, change_provider, create_provider, delete_provider
from api.commands.syncs import Syncing
from api.commands.tokens import issue_token, revoke_token
from domain.access import Role
from domain.change import KEEP
from domain.errors import KeyrollError
from domain.listing import Listing, ModelFacts
from domain.model import ChangeModel
from domain.provider import Status
from domain.provider_type import ProviderType
from domain.secret import Secret
from tests.support.rolls import MODEL_IDS, listing


class RandomListing(ListingDriver):
    """A vendor that offers other models whenever it is asked."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance

    async def list_models(self, key: Secret) -> Listing:  # noqa: ARG002  # every key is good here
        offered = self._chance.sample(MODEL_IDS, self._chance.randint(0, len(MODEL_IDS)))
        return listing({name: ModelFacts(context_window=self._chance.randint(1, 2)) for name in offered})


class History:
    """Does one random thing after the other to an organization.

    Attributes:
        done: how many things were done.
        refused: how many were refused.
    """

    def __init__(self, core: Core, conninfo: str, caller: Caller, seed: int) -> None:
        self._core, self._caller, self._chance = core, caller, Random(seed)  # noqa: S311  # a repeatable story
        driver = RandomListing(self._chance)
        self._syncing = Syncing(core, Leases(conninfo), lambda _: driver, {})
        self._providers: list[UUID] = []
        self._models: list[UUID] = []
        self._tokens: list[UUID] = []
        self.done = self.refused = 0

    def run(self, steps: int) -> None:
        """Do this many things."""
        deeds: Final[list[Callable[[], Any]]] = [
            self._create_provider,
            self._change_provider,
            self._change_provider,
            self._add_model,
            self._change_model,
            self._change_model,
            self._sync,
            self._sync,
            self._issue_token,
            self._revoke_token,
            self._delete,
        ]
        for _ in range(steps):
            try:
                self._chance.choice(deeds)()
            except (KeyrollError, IndexError):
                self.refused += 1
            else:
                self.done += 1

    def _create_provider(self) -> None:
        name = self._chance.choice(["One", "Two", "Three", "Straße", "STRASSE"])
        key = self._chance.choice([None, "sk-one", "sk-two", "sk-two"])
        provider_type = self._chance.choice(list(ProviderType))
        made = create_provider(self._core, self._caller, name=name, provider_type=provider_type, api_key=key)
        self._providers.append(made.row.id)

    def _change_provider(self) -> None:
        pick = self._chance.choice
        wanted = ProviderChange(
            name=pick([KEEP, "One", "Two", "four"]),
            provider_type=pick([KEEP, KEEP, *ProviderType]),
            base_url=pick([KEEP, KEEP, None, "https://a.example/v1"]),
            api_key=pick([KEEP, KEEP, None, "sk-one", "sk-two"]),
            status=pick([KEEP, *Status]),
        )
        change_provider(self._core, self._caller, pick(self._providers), wanted)

    def _add_model(self) -> None:
        facts = ModelFacts(display_name=self._chance.choice([None, "By hand"]))
        provider_id, name = self._chance.choice(self._providers), self._chance.choice(MODEL_IDS)
        self._models.append(add_model(self._core, self._caller, provider_id, name, facts).row.id)

    def _change_model(self) -> None:
        pick = self._chance.choice
        wanted = ChangeModel(
            display_name=pick([KEEP, None, "Edited"]),
            capabilities=pick([KEEP, {"vision": True}, {"vision": None, "audio": False}]),
            status=pick([KEEP, *Status]),
        )
        is_default = pick([None, True, True, False])
        change_model(self._core, self._caller, pick(self._models), wanted, is_default=is_default)

    def _sync(self) -> None:
        provider_id = self._chance.choice(self._providers)
        force = self._chance.random() < 0.5
        asyncio.run(self._syncing.sync(self._caller, provider_id, force=force))
        self._models.extend(row.id for row in models_of_provider(self._core.store, provider_id))

    def _issue_token(self) -> None:
        name, role = self._chance.choice(["a", "B", "b", "c"]), self._chance.choice(list(Role))
        self._tokens.append(issue_token(self._core, self._caller, name=name, role=role).row.row.id)

    def _revoke_token(self) -> None:
        revoke_token(self._core, self._caller, self._chance.choice(self._tokens))

    def _delete(self) -> None:
        if self._chance.random() < 0.1:
            delete_provider(self._core, self._caller, self._chance.choice(self._providers))
        else:
            delete_model(self._core, self._caller, self._chance.choice(self._models))
