"""What people expect of Keyroll, in the plainest Python: no events, no database."""

from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Final, Literal
from uuid import UUID, uuid5

RIGHT_KEY: Final = "sk-right-7d1e93b0c2a45f68"
"""The key that the vendors take."""
WRONG_KEY: Final = "sk-wrong-0a9f3c57be12d486"


@dataclass(frozen=True)
class Said:
    """What is said of a model, by its vendor or by a person. No two speakers say quite the same."""

    speaker: str = "person"
    name: str | None = None
    size: int | None = None
    capabilities: Mapping[str, bool] = field(default_factory=dict)


@dataclass
class PlainModel:
    """A model of a provider.

    ``missed``: a run has marked it as stale, which counts from the end of a run on; ``last_seen_at`` matters
    from then on. ``found_at``: a run that died has found it, or found it ``again``, and none has ended since.
    """

    id: str
    model_id: str
    source: Literal["manual", "discovered"]
    said: Said
    edited_name: str | None = None
    edited: dict[str, bool] = field(default_factory=dict)
    status: str = "active"
    missed: bool = False
    stale: bool = False
    deleted: bool = False
    last_seen_at: str | None = None
    found_at: str | None = None
    again: bool = False


@dataclass
class PlainRun:
    """A run of a sync, as the API shows the last one."""

    status: str
    code: str | None = None
    created: int = 0
    updated: int = 0
    changed: int = 0
    stale: int = 0


@dataclass
class PlainProvider:
    """A provider, its models by the vendor's id, and its runs."""

    id: str
    name: str
    provider_type: str
    base_url: str | None = None
    key: str | None = None
    status: str = "active"
    models: dict[str, PlainModel] = field(default_factory=dict)
    runs: list[PlainRun] = field(default_factory=list)
    last_synced_at: str | None = None

    def live(self) -> list[PlainModel]:
        """The models that are not deleted."""
        return [model for model in self.models.values() if not model.deleted]


Listed = Mapping[str, Said]
"""A vendor's listing: what it says, by its models' ids."""


class PlainKeyroll:
    """One organization."""

    def __init__(self) -> None:
        self.providers: list[PlainProvider] = []
        self.default: PlainModel | None = None

    def models(self, *, deleted: bool = False) -> list[tuple[PlainProvider, PlainModel]]:
        """Every model that is on the roll, or every one that was deleted from it."""
        return [
            (provider, model)
            for provider in self.providers
            for model in provider.models.values()
            if model.deleted is deleted
        ]

    def put_on_the_roll(
        self, provider: PlainProvider, model_id: str, source: Literal["manual", "discovered"], said: Said
    ) -> None:
        """A new model, at the id that its provider and its vendor's id make."""
        identity = str(uuid5(UUID(provider.id), model_id))
        provider.models[model_id] = PlainModel(identity, model_id, source, said)

    def delete_provider(self, provider: PlainProvider) -> None:
        self.providers.remove(provider)
        if any(model is self.default for model in provider.models.values()):
            self.default = None

    def delete_model(self, model: PlainModel) -> None:
        model.deleted = True
        if model is self.default:
            self.default = None

    def restore(self, model: PlainModel, said: Said) -> None:
        """The person's words are its facts if it was added by hand, else they are edits."""
        model.deleted = False
        model.status = "active"
        if model.source == "manual":
            model.said, model.edited_name, model.edited = said, None, {}
        else:
            model.edited_name = said.name or model.edited_name
            model.edited.update(said.capabilities)

    def why_not_listed(
        self, provider: PlainProvider, listed: Listed | str, *, force: bool = False
    ) -> str | None:
        """The code of the failure that a sync must come to; ``listed`` is one if the vendor misbehaves."""
        if provider.key is None:
            return "no_key"
        if isinstance(listed, str):
            return listed
        if provider.key != RIGHT_KEY:
            return "key_rejected"
        fresh = self._fresh(provider)
        if not force and not listed:
            return "empty"
        missing = sum(model.model_id not in listed for model in fresh)
        return "suspicious" if not force and 2 * missing > len(fresh) else None

    def sync(self, provider: PlainProvider, listed: Listed | str, *, force: bool = False) -> PlainRun:
        """The run of a sync, and what it does to the models."""
        self.close_dead_runs([provider])
        code = self.why_not_listed(provider, listed, force=force)
        if code is not None or isinstance(listed, str):
            run = PlainRun("failed", code)
        else:
            run = PlainRun("success")
            for model_id, said in listed.items():
                self._confirm(run, provider, model_id, said)
            for model in self._fresh(provider):
                if model.model_id not in listed:
                    self.lose_sight(run, provider, model)
            for model in provider.models.values():
                model.stale, model.found_at, model.again = model.missed, None, False
        provider.runs.append(run)
        return run

    def begin_sync(self, provider: PlainProvider, listed: Listed | str, written: Mapping[str, str]) -> None:
        """A run that died when it had written some models, each at an instant."""
        assert not isinstance(listed, str)
        assert self.why_not_listed(provider, listed) is None
        run = PlainRun("running")
        for model_id, at in written.items():
            before = provider.models.get(model_id)
            if before is not None and model_id not in listed:
                self.lose_sight(run, provider, before)
                continue
            again = before is not None and before.missed
            self._confirm(run, provider, model_id, listed[model_id])
            if again or before is None:
                model = provider.models[model_id]
                model.found_at, model.again = at, again
        provider.runs.append(PlainRun("running"))

    def rehearse(self, provider: PlainProvider, listed: Listed | str, *, force: bool = False) -> PlainRun:
        """The run that a sync would be."""
        return self.sync(deepcopy(provider), listed, force=force)

    def close_dead_runs(self, providers: Iterable[PlainProvider]) -> None:
        """A run whose process has died is closed by the next one."""
        for run in (run for provider in providers for run in provider.runs if run.status == "running"):
            run.status, run.code = "failed", "abandoned"

    def lose_sight(self, run: PlainRun, provider: PlainProvider, model: PlainModel) -> None:
        """A model that its vendor lists no longer was last seen by the sync before."""
        model.missed, model.last_seen_at = True, model.found_at or provider.last_synced_at
        run.stale += 1

    def _confirm(self, run: PlainRun, provider: PlainProvider, model_id: str, said: Said) -> None:
        model = provider.models.get(model_id)
        if model is None:
            self.put_on_the_roll(provider, model_id, "discovered", said)
            run.created += 1
        elif not model.deleted:
            self.refresh(run, model, said)

    def refresh(self, run: PlainRun, model: PlainModel, said: Said) -> None:
        """A listing confirms a model: its facts are the vendor's, but for what a person stated."""
        run.updated += 1
        model.missed = model.stale = False
        if model.source == "discovered" and model.said != said:
            model.said = said
            run.changed += 1

    @staticmethod
    def _fresh(provider: PlainProvider) -> list[PlainModel]:
        return [model for model in provider.live() if model.source == "discovered" and not model.missed]
