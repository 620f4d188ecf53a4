"""What calls are routed by, in memory: the rows of all organizations, folded on as the log grows."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple
from uuid import UUID

from adapters.drivers.calls.driver import CallModel
from adapters.postgres.routing import RoutingRows
from api.commands.keys import EnvironmentKeys
from domain.access import Role
from domain.cost import Tariff
from domain.edits import Edits
from domain.event import Event, Recorded
from domain.listing import ModelFacts
from domain.provider import Status
from domain.provider_type import ProviderType
from domain.routing import CalledModel, CalledProvider, Roll, Route
from projections.default_models import DEFAULT_MODELS, DefaultModelRow
from projections.models import MODELS, ModelRow
from projections.providers import PROVIDERS, ProviderRow
from projections.tokens import TOKENS, TokenRow


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who bears a live token. ``id`` is the token's."""

    id: UUID
    organization: UUID
    name: str
    role: Role


class _Kept(NamedTuple):
    """What is read of a model's row when it is first asked for."""

    call_model: CallModel
    tariff: Tariff


class OrganizationView:
    """One organization's roll. ``changes`` counts its changes, for those who keep what they made of it.

    ``routes`` are those that were found since the last change, by the names that they were asked by.
    """

    __slots__ = ("changes", "kept", "roll", "routes")

    def __init__(self) -> None:
        self.roll = Roll()
        self.changes = 0
        self.kept: dict[UUID, _Kept] = {}
        self.routes: dict[str | None, Route] = {}


class RoutingView:
    """All organizations at one position of the log.

    Args:
        environment_keys: keys for development, which make a provider callable too.
        key_gone: called with the id of a key that no provider has any more.
    """

    def __init__(
        self, environment_keys: EnvironmentKeys, key_gone: Callable[[UUID], None] = lambda _: None
    ) -> None:
        self._environment_keys = environment_keys
        self._key_gone = key_gone
        self._fold_by_event: Final[Mapping[type[Event], Callable[[Recorded[Any]], None]]] = {
            **dict.fromkeys(PROVIDERS.follows, self._fold_provider),
            **dict.fromkeys(MODELS.follows, self._fold_model),
            **dict.fromkeys(DEFAULT_MODELS.follows, self._fold_default),
            **dict.fromkeys(TOKENS.follows, self._fold_token),
        }
        self._forget()

    def _forget(self) -> None:
        self.position = 0
        self._organizations: dict[UUID, OrganizationView] = {}
        self._bearers: dict[str, Bearer] = {}
        self._providers: dict[UUID, ProviderRow] = {}
        self._models: dict[UUID, ModelRow] = {}
        self._tokens: dict[UUID, TokenRow] = {}

    def load(self, rows: RoutingRows) -> None:
        """Begin anew with the rows of a position."""
        before = {row.key_id for row in self._providers.values() if row.key_id}
        self._forget()
        self.position = rows.position
        for provider in rows.providers:
            self._put_provider(provider)
        for model in rows.models:
            self._put_model(model)
        for default in rows.defaults:
            self._put_default(default.organization, default)
        for token in rows.tokens:
            self._put_token(token)
        for key_id in before - {row.key_id for row in self._providers.values()}:
            self._key_gone(key_id)

    def apply(self, events: Iterable[Recorded[Any]], position: int) -> None:
        """Fold the events that follow in the log, up to a position."""
        for recorded in events:
            self._fold_by_event[type(recorded.event)](recorded)
        self.position = position

    def bearer(self, verifier: str) -> Bearer | None:
        """Who bears the live token with this verifier."""
        return self._bearers.get(verifier)

    def organization(self, organization: UUID) -> OrganizationView:
        """An organization's roll; an empty one where nothing is known of it."""
        return self._organizations.get(organization) or OrganizationView()

    def model_row(self, model: UUID) -> ModelRow:
        """A model's row, of one that is on a roll."""
        return self._models[model]

    def call_model(self, organization: UUID, model: CalledModel) -> CallModel:
        """What a protocol needs to know of a model."""
        return self._kept(organization, model).call_model

    def tariff(self, organization: UUID, model: CalledModel) -> Tariff:
        """What a model's tokens cost now."""
        return self._kept(organization, model).tariff

    def _kept(self, organization: UUID, model: CalledModel) -> _Kept:
        kept = self.organization(organization).kept
        found = kept.get(model.id)
        if found is None:
            found = kept[model.id] = _read(self._models[model.id])
        return found

    def _changed(self, organization: UUID) -> OrganizationView:
        view = self._organizations.setdefault(organization, OrganizationView())
        view.changes += 1
        view.routes.clear()
        return view

    def _fold_provider(self, recorded: Recorded[Any]) -> None:
        before = self._providers.get(recorded.originator_id)
        row = PROVIDERS.fold(before, recorded)
        if row is not None:
            self._put_provider(row)
        elif before is not None:
            del self._providers[before.id]
            self._changed(before.organization).roll.drop_provider(before.id)
        if before is not None and before.key_id and (row is None or row.key_id != before.key_id):
            self._key_gone(before.key_id)

    def _put_provider(self, row: ProviderRow) -> None:
        self._providers[row.id] = row
        provider_type = ProviderType(row.provider_type)
        provider = CalledProvider(
            id=row.id,
            name=row.name,
            provider_type=provider_type,
            base_url=row.base_url,
            key_id=row.key_id,
            active=row.status == Status.ACTIVE,
            has_credential=row.key_id is not None
            or row.base_url is not None
            or provider_type in self._environment_keys,
        )
        self._changed(row.organization).roll.put_provider(provider)

    def _fold_model(self, recorded: Recorded[Any]) -> None:
        row = MODELS.fold(self._models.get(recorded.originator_id), recorded)
        if row is not None:
            self._put_model(row)

    def _put_model(self, row: ModelRow) -> None:
        """A deleted one is kept beside the roll: a person may restore it, and its facts with it."""
        self._models[row.id] = row
        view = self._changed(row.organization)
        view.kept.pop(row.id, None)
        if row.deleted:
            view.roll.drop_model(row.id)
            return
        active = row.status == Status.ACTIVE
        view.roll.put_model(CalledModel(row.id, row.provider_id, row.model_id, active, row.stale))

    def _fold_default(self, recorded: Recorded[Any]) -> None:
        self._put_default(recorded.meta.organization, DEFAULT_MODELS.fold(None, recorded))

    def _put_default(self, organization: UUID, row: DefaultModelRow | None) -> None:
        self._changed(organization).roll.default = None if row is None else row.default_id

    def _fold_token(self, recorded: Recorded[Any]) -> None:
        before = self._tokens.pop(recorded.originator_id, None)
        row = TOKENS.fold(before, recorded)
        if row is not None:
            self._put_token(row)
        elif before is not None:
            del self._bearers[before.verifier]

    def _put_token(self, row: TokenRow) -> None:
        self._tokens[row.id] = row
        self._bearers[row.verifier] = Bearer(row.id, row.organization, row.name, Role(row.role))


def _read(row: ModelRow) -> _Kept:
    facts = ModelFacts.model_validate_json(row.facts)
    edits = Edits.model_validate_json(row.edits)
    call_model = CallModel(
        model_id=row.model_id,
        capabilities={**facts.capabilities, **edits.capabilities},
        max_output_tokens=edits.max_output_tokens or facts.max_output_tokens,
        context_window=edits.context_window or facts.context_window,
    )
    return _Kept(call_model, Tariff.of(edits.prices or facts.prices))
