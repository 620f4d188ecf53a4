"""One example of every event, with all of its fields set, and the values they are made of."""

from datetime import UTC, datetime, timedelta
from typing import Final, TypeVar
from uuid import UUID

from domain.access import Role, TokenIssued, TokenRevoked
from domain.audit import KeySearched
from domain.catalog import DefaultModel, DefaultModelChanged
from domain.edits import Edits
from domain.event import Event, Meta, Recorded
from domain.listing import ModelFacts, ModelKind, SyncFailure
from domain.model import (
    ModelAdded,
    ModelDeleted,
    ModelDisabled,
    ModelDiscovered,
    ModelEdited,
    ModelEnabled,
    ModelMarkedStale,
    ModelReappeared,
    ModelRefreshed,
    ModelRestored,
    Source,
    stream_of,
)
from domain.organization import Belongings, OrganizationCreated, OrganizationDeleted
from domain.provider import (
    Endpoint,
    KeyMark,
    KeyRemoved,
    KeyRotated,
    ProviderCreated,
    ProviderDeleted,
    ProviderDisabled,
    ProviderEnabled,
    ProviderEndpointChanged,
    ProviderRenamed,
)
from domain.provider_type import ProviderType
from domain.sync import SyncCompleted, SyncCounts, SyncFailed, SyncStarted
from domain.topics import AnyEvent
from domain.webhook import (
    ParkReason,
    Subscription,
    WebhookChanged,
    WebhookDeleted,
    WebhookFormerSecretRetired,
    WebhookParked,
    WebhookPaused,
    WebhookRegistered,
    WebhookResumed,
    WebhookSecretRotated,
    WebhookStatus,
)

ORGANIZATION: Final = UUID("0192f000-0000-7000-8000-000000000001")
PROVIDER_ID: Final = UUID("0192f000-0000-7000-8000-000000000002")
SYNC_ID: Final = UUID("0192f000-0000-7000-8000-000000000003")
STREAM: Final = UUID(int=1)
NOON: Final = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
META: Final = Meta(organization=ORGANIZATION, actor="ada", request_id="request-1", address="192.0.2.7")

OWN: Final = Endpoint(provider_type=ProviderType.OPENAI, base_url=None)
PROXY: Final = Endpoint(provider_type=ProviderType.OPENAI_COMPLETIONS, base_url="https://llm.example.com/v1")
KEY: Final = KeyMark(key_id=UUID(int=11), fingerprint="f1f1f1f1", hint="3456")
OTHER_KEY: Final = KeyMark(key_id=UUID(int=12), fingerprint="f2f2f2f2", hint="wxyz")

GPT: Final = "gpt-5"
GPT_ID: Final = stream_of(PROVIDER_ID, GPT)
FACTS: Final = ModelFacts(
    kind=ModelKind.CHAT,
    display_name="GPT-5",
    description="Reads & writes «text».",
    context_window=400_000,
    max_output_tokens=128_000,
    input_modalities=("text", "image"),
    output_modalities=("text",),
    capabilities={"vision": True, "thinking.adaptive": False},
    owned_by="openai",
    released_at=datetime(2025, 8, 7, tzinfo=UTC),
    retires_at=datetime(2027, 8, 7, tzinfo=UTC),
)
NEWER_FACTS: Final = FACTS.model_copy(update={"context_window": 1_000_000, "display_name": "GPT-5 (new)"})
EDITS: Final = Edits(display_name="Our GPT", capabilities={"vision": False})
DEFAULT: Final = DefaultModel(id=GPT_ID, provider_id=PROVIDER_ID, model_id=GPT)
OTHER_DEFAULT: Final = DefaultModel(id=UUID(int=21), provider_id=UUID(int=22), model_id="claude-opus-4-6")

HOOK: Final = Subscription(url="https://hooks.example.com/keyroll/", event_types=("provider.created",))
OTHER_HOOK: Final = Subscription(url="https://hooks.example.com/new", event_types=("provider.created",))

_MODEL: Final = {"provider_id": PROVIDER_ID, "model_id": GPT}
_SYNC: Final = {"provider_id": PROVIDER_ID, "provider_name": "My OpenAI"}

EXAMPLES: Final[tuple[AnyEvent, ...]] = (
    ProviderCreated(name="My OpenAI", endpoint=PROXY),
    ProviderRenamed(name="Zoë OpenAI", before="My OpenAI"),
    ProviderEndpointChanged(name="My OpenAI", before=OWN, after=PROXY),
    KeyRotated(name="My OpenAI", before=KEY, after=OTHER_KEY),
    KeyRemoved(name="My OpenAI", before=KEY, reason="endpoint_changed"),
    ProviderEnabled(name="My OpenAI"),
    ProviderDisabled(name="My OpenAI"),
    ProviderDeleted(name="My OpenAI"),
    ModelDiscovered(**_MODEL, facts=FACTS, sync_id=SYNC_ID),
    ModelAdded(**_MODEL, source=Source.MANUAL, facts=FACTS),
    ModelRefreshed(**_MODEL, before=FACTS, after=NEWER_FACTS, sync_id=SYNC_ID),
    ModelMarkedStale(**_MODEL, last_seen_at=NOON, sync_id=SYNC_ID),
    ModelReappeared(**_MODEL, sync_id=SYNC_ID),
    ModelEdited(**_MODEL, before=Edits(), after=EDITS),
    ModelEnabled(**_MODEL),
    ModelDisabled(**_MODEL),
    ModelDeleted(**_MODEL, reason="asked"),
    ModelRestored(**_MODEL),
    DefaultModelChanged(before=DEFAULT, after=OTHER_DEFAULT, reason="chosen"),
    SyncStarted(**_SYNC, trigger="schedule"),
    SyncCompleted(
        **_SYNC,
        counts=SyncCounts(created=5, updated=10, changed=3, stale=2),
        listing_digest="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    ),
    SyncFailed(**_SYNC, failure=SyncFailure.KEY_REJECTED, message="Incorrect API key provided: ***."),
    TokenIssued(name="ci", role=Role.CALLER, verifier="c0ffee"),
    TokenRevoked(name="ci"),
    WebhookRegistered(subscription=HOOK, signing_key_id=UUID(int=13)),
    WebhookChanged(before=HOOK, after=OTHER_HOOK),
    WebhookPaused(url=HOOK.url),
    WebhookParked(url=HOOK.url, reason=ParkReason.EXHAUSTED, message="status: HTTP 503"),
    WebhookResumed(url=HOOK.url, before=WebhookStatus.PARKED),
    WebhookSecretRotated(
        url=HOOK.url, before=UUID(int=13), after=UUID(int=14), former_until=NOON + timedelta(days=1)
    ),
    WebhookFormerSecretRetired(url=HOOK.url, signing_key_id=UUID(int=13)),
    WebhookDeleted(url=HOOK.url),
    KeySearched(fingerprint="f1f1f1f1", found=True),
    OrganizationCreated(name="acme"),
    OrganizationDeleted(
        name="acme", belongings=Belongings(providers=3, models=40, tokens=2, webhooks=1, keys=4)
    ),
)


E = TypeVar("E", bound=Event)


def recorded(
    event: E, version: int = 1, *, stream: UUID = STREAM, at: datetime = NOON, meta: Meta = META
) -> Recorded[E]:
    """The event as the log holds it."""
    return Recorded(stream, version, at, meta, event)
