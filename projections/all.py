"""The list of all read models."""

from collections.abc import Mapping
from typing import Any, Final

from domain.event import Event
from projections.default_models import DEFAULT_MODELS
from projections.models import MODELS
from projections.organizations import ORGANIZATIONS
from projections.providers import PROVIDERS
from projections.read_model import ReadModel
from projections.syncs import SYNCS
from projections.tokens import TOKENS
from projections.webhooks import WEBHOOKS

READ_MODELS: Final[tuple[ReadModel[Any], ...]] = (
    PROVIDERS,
    MODELS,
    SYNCS,
    DEFAULT_MODELS,
    TOKENS,
    WEBHOOKS,
    ORGANIZATIONS,
)

FOLLOWED_BY: Final[Mapping[type[Event], ReadModel[Any]]] = {
    event: read_model for read_model in READ_MODELS for event in read_model.follows
}
"""The one read model that folds an event; of an event that is for the audit trail only there is none."""
