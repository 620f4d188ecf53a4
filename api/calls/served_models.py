"""GET /v1/models: what can be called now, in OpenAI's shape, encoded once for as long as nothing changes.

https://platform.openai.com/docs/api-reference/models/list
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

import msgspec

from api.calls.routing_view import RoutingView
from domain.listing import ModelKind
from domain.routing import Roll, Route

MODELS_PATH: Final = "/v1/models"

_CALLABLE: Final = frozenset({ModelKind.CHAT, ModelKind.COMPLETION, ModelKind.UNKNOWN})


class ServedModel(msgspec.Struct, frozen=True):
    """A model as OpenAI lists one, and what Keyroll knows besides.

    ``id`` is the shortest name that means this model; ``keyroll_id`` pins it whatever it is called.
    """

    id: str
    created: int
    owned_by: str
    keyroll_id: UUID
    provider: str
    model_id: str
    is_default: bool
    object: Literal["model"] = "model"


class ServedModelList(msgspec.Struct, frozen=True):
    """The list."""

    data: list[ServedModel]
    object: Literal["list"] = "list"


class _Facts(msgspec.Struct):
    """The facts that a list shows, of those that a row holds."""

    kind: ModelKind = ModelKind.UNKNOWN
    owned_by: str | None = None
    released_at: datetime | None = None


_FACTS: Final = msgspec.json.Decoder(_Facts)


class ServedModels:
    """Keeps each organization's list as it was last encoded.

    Args:
        view: what can be called.
    """

    def __init__(self, view: RoutingView) -> None:
        self._view = view
        self._kept: dict[UUID, tuple[int, bytes]] = {}

    def of(self, organization: UUID) -> bytes:
        """The organization's list in JSON."""
        view = self._view.organization(organization)
        changes, body = self._kept.get(organization, (-1, b""))
        if changes != view.changes:
            body = msgspec.json.encode(ServedModelList(list(self._served(view.roll))))
            self._kept[organization] = (view.changes, body)
        return body

    def _served(self, roll: Roll) -> Iterator[ServedModel]:
        for route in roll.served():
            row = self._view.model_row(route.model.id)
            facts = _FACTS.decode(row.facts)
            if facts.kind in _CALLABLE:
                yield _served_model(
                    roll, route, facts, int((facts.released_at or row.created_at).timestamp())
                )


def _served_model(roll: Roll, route: Route, facts: _Facts, created: int) -> ServedModel:
    return ServedModel(
        id=roll.name_of(route),
        created=created,
        owned_by=facts.owned_by or route.provider.provider_type.value,
        keyroll_id=route.model.id,
        provider=route.provider.name,
        model_id=route.model.model_id,
        is_default=route.model.id == roll.default,
    )
