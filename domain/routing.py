"""Which model a call goes to: what was asked for, and no other."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import StrEnum
from typing import Final
from uuid import UUID

from domain.names import name_key
from domain.provider_type import ProviderType, no_credential

DEFAULT: Final = "default"
"""Asks for the organization's default, as saying nothing does."""

MOST_NAMES: Final = 5
"""How many names a refusal proposes at most."""

_LIKELY: Final = 50
_LONGEST: Final = 800
"""Characters: longer than any provider's and model's names together."""

_UUID_LENGTH: Final = 36


class Rule(StrEnum):
    """By which rule a model was chosen."""

    ID = "id"
    QUALIFIED = "provider/model"
    MODEL_ID = "model"
    DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class CalledProvider:
    """A provider as far as calls care. One with its own address may want no key, so it has a credential."""

    id: UUID
    name: str
    provider_type: ProviderType
    base_url: str | None
    key_id: UUID | None
    active: bool
    has_credential: bool


@dataclass(frozen=True, slots=True)
class CalledModel:
    """A model as far as calls care; ``model_id`` is its vendor's id."""

    id: UUID
    provider_id: UUID
    model_id: str
    active: bool
    stale: bool


@dataclass(frozen=True, slots=True)
class Route:
    """Where a call goes, and why there."""

    model: CalledModel
    provider: CalledProvider
    rule: Rule


class NotRouted(Exception):
    """No model answers to what was asked for. Its text says what to do."""


class NoSuchModel(NotRouted):
    """There is no such model in this organization. ``nearest``: names that are close to it."""

    def __init__(self, nearest: Sequence[str]) -> None:
        did_you_mean = f" Did you mean {_listed(nearest)}?" if nearest else ""
        super().__init__(
            f"No model of this name can be called.{did_you_mean} GET /v1/models lists the names that can."
        )
        self.nearest = tuple(nearest)


class SeveralModels(NotRouted):
    """More than one model answers to the name. ``candidates``: names that mean one of them each."""

    def __init__(self, candidates: Sequence[str]) -> None:
        super().__init__(f"Several models have this name. Ask for one of them: {_listed(candidates)}.")
        self.candidates = tuple(candidates)


class CannotBeCalled(NotRouted):
    """The model is there, and cannot be called as things are."""


@dataclass(slots=True)
class Roll:
    """An organization's models and providers, indexed by what calls name them by."""

    providers: dict[UUID, CalledProvider] = field(default_factory=dict)
    models: dict[UUID, CalledModel] = field(default_factory=dict)
    default: UUID | None = None
    _by_name: dict[str, UUID] = field(default_factory=dict)
    _by_model_id: dict[str, dict[UUID, CalledModel]] = field(default_factory=dict)

    def put_provider(self, provider: CalledProvider) -> None:
        """Add a provider, or put it in the place of what it was."""
        self.drop_provider(provider.id)
        self.providers[provider.id] = provider
        self._by_name[name_key(provider.name)] = provider.id

    def drop_provider(self, provider_id: UUID) -> None:
        """Forget a provider; its models go by themselves."""
        gone = self.providers.pop(provider_id, None)
        if gone is not None and self._by_name.get(name_key(gone.name)) == provider_id:
            del self._by_name[name_key(gone.name)]

    def put_model(self, model: CalledModel) -> None:
        """Add a model, or put it in the place of what it was."""
        self.models[model.id] = model
        self._by_model_id.setdefault(model.model_id, {})[model.id] = model

    def drop_model(self, model_id: UUID) -> None:
        """Forget a model."""
        gone = self.models.pop(model_id, None)
        if gone is not None:
            namesakes = self._by_model_id[gone.model_id]
            del namesakes[model_id]
            if not namesakes:
                del self._by_model_id[gone.model_id]

    def with_model_id(self, model_id: str) -> Iterator[Route]:
        """The models of this vendor's id that can be selected and called."""
        for model in self._by_model_id.get(model_id, {}).values():
            provider = self.providers.get(model.provider_id)
            if provider is not None and _selectable(model, provider) and provider.has_credential:
                yield Route(model, provider, Rule.MODEL_ID)

    def of_provider(self, name: str, model_id: str) -> Route | None:
        """The model of this vendor's id of the provider of this name, if it can be selected."""
        provider = self.providers.get(self._by_name.get(name_key(name), _NOBODY))
        for model in self._by_model_id.get(model_id, {}).values():
            if provider is not None and model.provider_id == provider.id and _selectable(model, provider):
                return Route(model, provider, Rule.QUALIFIED)
        return None

    def served(self) -> Iterator[Route]:
        """All that can be selected and called now, and that its provider still lists."""
        for model_id in sorted(self._by_model_id):
            yield from (route for route in self.with_model_id(model_id) if not route.model.stale)

    def name_of(self, route: Route) -> str:
        """The shortest name that means this model and no other."""
        for name in (route.model.model_id, qualified(route)):
            try:
                if resolve(self, name).model is route.model:
                    return name
            except NotRouted:
                continue
        return str(route.model.id)


def qualified(route: Route) -> str:
    """A model's name with its provider's."""
    return f"{route.provider.name}/{route.model.model_id}"


def resolve(roll: Roll, wanted: str | None) -> Route:
    """The model that is asked for, by its id, its name, or as the default.

    An id pins a model: it is served when it or its provider is disabled, because what runs on it goes on.
    Names select active models of active providers only.

    Raises:
        NoSuchModel: none answers to it.
        SeveralModels: it means more than one.
        CannotBeCalled: its provider has no key, or the default is not there or cannot be selected.
    """
    if wanted is None or wanted == DEFAULT:
        return _default(roll)
    route = _pinned(roll, wanted) or _named(roll, wanted)
    if not route.provider.has_credential:
        why = no_credential(route.provider.provider_type)
        raise CannotBeCalled(f"The provider {route.provider.name!r} {why}")
    return route


def _pinned(roll: Roll, wanted: str) -> Route | None:
    if len(wanted) != _UUID_LENGTH:
        return None
    try:
        model = roll.models.get(UUID(wanted))
    except ValueError:
        return None
    provider = roll.providers.get(model.provider_id) if model else None
    return Route(model, provider, Rule.ID) if model and provider else None


def _named(roll: Roll, wanted: str) -> Route:
    """Both names may hold slashes, so every slash may be the one between them."""
    if len(wanted) > _LONGEST:
        raise NoSuchModel(())
    slashes = [place for place, char in enumerate(wanted) if char == "/"]
    split = (roll.of_provider(wanted[:place], wanted[place + 1 :]) for place in slashes)
    found = {route.model.id: route for route in (*roll.with_model_id(wanted), *filter(None, split))}
    match list(found.values()):
        case [route]:
            return route
        case []:
            raise NoSuchModel(_nearest(roll, wanted))
        case several:
            raise SeveralModels(sorted({qualified(route) for route in several} | _ids_of_homonyms(several)))


def _ids_of_homonyms(routes: Sequence[Route]) -> set[str]:
    """Ids, where even the names with their providers' are alike."""
    names = [qualified(route) for route in routes]
    return {str(route.model.id) for route in routes if names.count(qualified(route)) > 1}


def _default(roll: Roll) -> Route:
    model = roll.models.get(roll.default) if roll.default else None
    provider = roll.providers.get(model.provider_id) if model else None
    if model is None or provider is None:
        raise CannotBeCalled(
            "The organization has no default model. Name a model, or PATCH one with is_default: true."
        )
    if not _selectable(model, provider) or not provider.has_credential:
        raise CannotBeCalled(
            f"The default model {model.model_id!r} of {provider.name!r} cannot be called now: "
            "GET /v1/llm-models/default says why. Name another model."
        )
    return Route(model, provider, Rule.DEFAULT)


def _selectable(model: CalledModel, provider: CalledProvider) -> bool:
    return model.active and provider.active


def _nearest(roll: Roll, wanted: str) -> list[str]:
    """Names near to the one asked for: the closest of those that share most pairs of letters with it."""
    pairs = _pairs(wanted)
    names = {name for route in roll.served() for name in (route.model.model_id, qualified(route))}
    likely = sorted(names, key=lambda name: (-len(pairs & _pairs(name)), name))[:_LIKELY]
    return get_close_matches(wanted, likely, MOST_NAMES)


def _pairs(text: str) -> set[str]:
    return {text[place : place + 2] for place in range(len(text) - 1)}


def _listed(names: Sequence[str]) -> str:
    return ", ".join(repr(name) for name in names)


_NOBODY: Final = UUID(int=0)
