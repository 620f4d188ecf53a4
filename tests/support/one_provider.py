"""A provider that lists what a test says, synced by the use case itself."""

import asyncio
from collections.abc import Callable, Mapping
from itertools import count
from typing import Any, Final
from uuid import UUID

import pytest

from adapters.postgres.leases import Leases
from adapters.postgres.model_rows import models_of_provider
from adapters.postgres.queries.models import ModelFilter, page_of_models
from adapters.postgres.reader import Reader
from adapters.postgres.store import Appended, Prepared, Store
from api.commands import sync_completion
from api.commands.caller import ANY_TERMS, Caller, Terms
from api.commands.core import Core
from api.commands.models import delete_model
from api.commands.providers import create_provider
from api.commands.syncs import Syncing, SyncOutcome
from api.queries.models import ModelView, model_view
from domain.event import Recorded
from domain.listing import Listing, ModelFacts
from domain.model import ModelDiscovered, ModelMarkedStale, ModelReappeared, ModelRefreshed
from domain.provider_type import ProviderType
from domain.secret import Secret
from domain.sync import SyncCompleted
from projections.models import ModelRow
from tests.support.log_checks import whole_log
from tests.support.rolls import listing

_OF_A_CHUNK: Final = {
    kind.topic for kind in (ModelDiscovered, ModelRefreshed, ModelReappeared, ModelMarkedStale, SyncCompleted)
}


class OneProvider:
    """A provider, its vendor, and what came of it."""

    def __init__(self, core: Core, conninfo: str, caller: Caller) -> None:
        self.core, self._conninfo, self._caller = core, conninfo, caller
        made = create_provider(core, caller, name="P", provider_type=ProviderType.OPENAI, api_key="sk-1234")
        self.row = made.row
        self._listed = Listing(models=())

    def sync(
        self,
        models: Mapping[str, ModelFacts],
        *,
        core: Core | None = None,
        force: bool = False,
        terms: Terms = ANY_TERMS,
    ) -> SyncOutcome:
        """Sync it while its vendor lists these models."""
        self._listed = listing(models)
        syncing = Syncing(core or self.core, Leases(self._conninfo), lambda _: self, {})
        return asyncio.run(syncing.sync(self._caller, self.row.id, force=force, terms=terms))

    async def list_models(self, _key: Secret) -> Listing:
        """The vendor's answer."""
        return self._listed

    def models(self) -> dict[str, ModelRow]:
        """The roll, deleted models too."""
        return {row.model_id: row for row in models_of_provider(self.core.store, self.row.id)}

    def shown(self) -> dict[str, ModelView]:
        """The roll as answers show it."""
        return asyncio.run(self._shown())

    async def _shown(self) -> dict[str, ModelView]:
        everything = ModelFilter(provider_id=self.row.id, status="all", include_stale=True)
        async with Reader(self._conninfo) as reader:
            found = await page_of_models(
                reader, self.row.organization, everything, after=("", UUID(int=0)), limit=200
            )
        return {model.model_id: model for model in map(model_view, found)}

    def delete(self, model_id: str) -> None:
        """As a person does it."""
        delete_model(self.core, self._caller, self.models()[model_id].id)

    def events_of(self, sync_id: UUID) -> list[Recorded[Any]]:
        """What a run wrote of models, in the log's order."""
        return [
            recorded
            for recorded in whole_log(self.core)
            if getattr(recorded.event, "sync_id", None) == sync_id
        ]


def facts(*model_ids: str, window: int | None = None) -> dict[str, ModelFacts]:
    """Models with the same facts."""
    return dict.fromkeys(model_ids, ModelFacts(context_window=window))


def before_each_chunk(monkeypatch: pytest.MonkeyPatch, act: Callable[[int], None], *, size: int) -> None:
    """Let runs write chunks of ``size`` models, and do something before each write of one: 0, 1, 2, …"""
    monkeypatch.setattr(sync_completion, "CHUNK", size)
    put, numbers = Store.put, count()

    def watched(store: Store, prepared: Prepared) -> Appended:
        if any(entry.topic in _OF_A_CHUNK for entry in prepared.entries):
            act(next(numbers))
        return put(store, prepared)

    monkeypatch.setattr(Store, "put", watched)
