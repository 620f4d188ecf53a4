"""What a provider's own listing says, in one form for all vendors."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints

from domain.prices import Prices
from domain.value import Value

ModelName = Annotated[str, StringConstraints(min_length=1, max_length=512, pattern=r"^[^\x00-\x1f\x7f]+$")]
"""A model's id in its vendor's words: 1 to 512 characters, none of them a control character."""

CapabilityName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+(\.[a-z0-9_]+)*$", max_length=100)]
"""A capability in dotted form, as ``vision`` or ``thinking.adaptive``."""


class ModelKind(StrEnum):
    """What a model is for. ``unknown`` where neither the vendor says nor the id tells."""

    CHAT = "chat"
    EMBEDDING = "embedding"
    IMAGE = "image"
    AUDIO = "audio"
    VIDEO = "video"
    MODERATION = "moderation"
    COMPLETION = "completion"
    UNKNOWN = "unknown"


class ModelFacts(Value):
    """The facts a vendor states of a model. ``None``: the vendor does not say.

    Facts that differ on each call (a ``created`` that is always now) are left out by the drivers, so that two
    equal facts mean: nothing changed. ``from_catalogue`` names, sorted, the fields that the vendor's listing
    is silent about and the catalogue fills.
    """

    kind: ModelKind = ModelKind.UNKNOWN
    display_name: str | None = None
    description: str | None = None
    context_window: int | None = Field(default=None, description="Largest input, in tokens.")
    max_output_tokens: int | None = Field(default=None, description="Largest output, in tokens.")
    input_modalities: tuple[str, ...] | None = None
    output_modalities: tuple[str, ...] | None = None
    capabilities: dict[CapabilityName, bool] = Field(default_factory=dict)
    owned_by: str | None = None
    released_at: datetime | None = Field(default=None, description="When the vendor made it available.")
    retires_at: datetime | None = Field(default=None, description="When the vendor will switch it off.")
    prices: Prices | None = None
    from_catalogue: tuple[str, ...] = ()


class ListedModel(Value):
    """One model of a listing."""

    model_id: ModelName
    facts: ModelFacts


class Listing(Value):
    """A whole listing, to its last page, each model once."""

    models: tuple[ListedModel, ...]


class SyncFailure(StrEnum):
    """Why a sync changed nothing. The values are part of the API."""

    KEY_REJECTED = "key_rejected"
    NO_KEY = "no_key"
    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    RATE_LIMITED = "rate_limited"
    MALFORMED = "malformed"
    EMPTY = "empty"
    SUSPICIOUS = "suspicious"
    ABANDONED = "abandoned"


class ListingError(Exception):
    """A listing could not be had, or not be believed.

    Args:
        failure: the typed reason.
        message: what the vendor said, or what was wrong, with secrets scrubbed; it is shown to people.
    """

    def __init__(self, failure: SyncFailure, message: str) -> None:
        super().__init__(f"{failure}: {message}")
        self.failure = failure
        self.message = message
