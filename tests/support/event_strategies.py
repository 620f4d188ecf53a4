"""Random events, states and commands for property tests."""

from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from hypothesis import strategies as st

from domain.access import AccessEvent, Role, TokenIssued, TokenRevoked
from domain.catalog import DefaultModel, DefaultModelChanged
from domain.change import KEEP
from domain.edits import Edits
from domain.listing import ModelFacts, ModelKind, SyncFailure
from domain.model import (
    ChangeModel,
    ModelAdded,
    ModelDeleted,
    ModelDisabled,
    ModelDiscovered,
    ModelEdited,
    ModelEnabled,
    ModelEvent,
    ModelMarkedStale,
    ModelReappeared,
    ModelRefreshed,
    ModelRestored,
    Source,
)
from domain.organization import Belongings, OrganizationCreated, OrganizationDeleted, OrganizationEvent
from domain.prices import Prices
from domain.provider import (
    ChangeProvider,
    Endpoint,
    KeyMark,
    KeyRemoved,
    KeyRotated,
    ProviderCreated,
    ProviderDeleted,
    ProviderDisabled,
    ProviderEnabled,
    ProviderEndpointChanged,
    ProviderEvent,
    ProviderRenamed,
    Status,
)
from domain.provider_type import ProviderType
from domain.sync import SyncCompleted, SyncCounts, SyncEvent, SyncFailed, SyncStarted
from domain.webhook import (
    ParkReason,
    Subscription,
    WebhookChanged,
    WebhookDeleted,
    WebhookEvent,
    WebhookFormerSecretRetired,
    WebhookParked,
    WebhookPaused,
    WebhookRegistered,
    WebhookResumed,
    WebhookSecretRotated,
    WebhookStatus,
)
from tests.support.examples import GPT, NOON, PROVIDER_ID, SYNC_ID

NAMES: Final = st.sampled_from(["One", "one", "Two", "Zoë OpenAI"])
ENDPOINTS: Final = st.builds(
    Endpoint,
    provider_type=st.sampled_from(ProviderType),
    base_url=st.sampled_from([None, "https://a.example/v1", "https://b.example/v1"]),
)
KEYS: Final = st.builds(
    KeyMark,
    key_id=st.integers(1, 9).map(lambda number: UUID(int=number)),
    fingerprint=st.sampled_from(["f1", "f2", "f3"]),
    hint=st.just("3456"),
)
PRICES: Final = st.builds(
    Prices,
    input=st.none() | st.sampled_from(["0", "0.25", "10"]),
    output=st.none() | st.sampled_from(["2.5", "100"]),
)
INSTANTS: Final[st.SearchStrategy[datetime]] = st.integers(0, 5).map(
    lambda hours: NOON + timedelta(hours=hours)
)
_SAID: Final = {
    "display_name": st.none() | NAMES,
    "context_window": st.none() | st.integers(1, 3),
    "max_output_tokens": st.none() | st.integers(1, 3),
    "capabilities": st.dictionaries(st.sampled_from(["vision", "audio"]), st.booleans()),
    "prices": st.none() | PRICES,
    "retires_at": st.none() | INSTANTS,
}
FACTS: Final = st.builds(
    ModelFacts,
    **_SAID,
    kind=st.sampled_from(ModelKind),
    from_catalogue=st.sampled_from([(), ("prices",), ("context_window", "prices")]),
)
EDITS: Final = st.builds(Edits, **_SAID)
_KEEP: Final = st.just(KEEP)

CREATED: Final = st.builds(ProviderCreated, name=NAMES, endpoint=ENDPOINTS)
PROVIDER_EVENTS: Final[st.SearchStrategy[ProviderEvent]] = st.one_of(
    CREATED,
    st.builds(ProviderRenamed, name=NAMES, before=NAMES),
    st.builds(ProviderEndpointChanged, name=NAMES, before=ENDPOINTS, after=ENDPOINTS),
    st.builds(KeyRotated, name=NAMES, before=st.none() | KEYS, after=KEYS),
    st.builds(KeyRemoved, name=NAMES, before=KEYS, reason=st.just("asked")),
    st.builds(ProviderEnabled, name=NAMES),
    st.builds(ProviderDisabled, name=NAMES),
    st.builds(ProviderDeleted, name=NAMES),
)
PROVIDER_CHANGES: Final = st.builds(
    ChangeProvider,
    name=_KEEP | NAMES,
    provider_type=_KEEP | st.sampled_from(ProviderType),
    base_url=_KEEP | st.sampled_from([None, "https://a.example/v1", "https://b.example/v1"]),
    key=_KEEP | st.none() | KEYS,
    status=_KEEP | st.sampled_from(Status),
)

_MODEL: Final = {"provider_id": st.just(PROVIDER_ID), "model_id": st.just(GPT)}
_RUN: Final = {"sync_id": st.just(SYNC_ID)}
MODEL_BEGINNINGS: Final = st.one_of(
    st.builds(ModelDiscovered, **_MODEL, **_RUN, facts=FACTS),
    st.builds(ModelAdded, **_MODEL, source=st.sampled_from([Source.MANUAL, Source.PREDEFINED]), facts=FACTS),
)
MODEL_EVENTS: Final[st.SearchStrategy[ModelEvent]] = st.one_of(
    MODEL_BEGINNINGS,
    st.builds(ModelRefreshed, **_MODEL, **_RUN, before=FACTS, after=FACTS),
    st.builds(ModelMarkedStale, **_MODEL, **_RUN, last_seen_at=INSTANTS),
    st.builds(ModelReappeared, **_MODEL, **_RUN),
    st.builds(ModelEdited, **_MODEL, before=EDITS, after=EDITS),
    st.builds(ModelEnabled, **_MODEL),
    st.builds(ModelDisabled, **_MODEL),
    st.builds(ModelDeleted, **_MODEL, reason=st.sampled_from(["asked", "provider_deleted"])),
    st.builds(ModelRestored, **_MODEL, facts=st.none() | FACTS),
)
MODEL_CHANGES: Final = st.builds(
    ChangeModel,
    display_name=_KEEP | st.none() | NAMES,
    context_window=_KEEP | st.none() | st.integers(1, 3),
    max_output_tokens=_KEEP | st.none() | st.integers(1, 3),
    prices=_KEEP | st.none() | PRICES,
    retires_at=_KEEP | st.none() | INSTANTS,
    capabilities=_KEEP
    | st.dictionaries(st.sampled_from(["vision", "audio", "thinking.adaptive"]), st.none() | st.booleans()),
    status=_KEEP | st.sampled_from(Status),
)

DEFAULTS: Final = st.integers(1, 3).map(
    lambda number: DefaultModel(
        id=UUID(int=number), provider_id=UUID(int=10 + number % 2), model_id=f"m{number}"
    )
)
CATALOG_EVENTS: Final = st.builds(
    DefaultModelChanged,
    before=st.none() | DEFAULTS,
    after=st.none() | DEFAULTS,
    reason=st.sampled_from(["chosen", "cleared"]),
)

_PROVIDER: Final = {"provider_id": st.just(PROVIDER_ID), "provider_name": NAMES}
SYNC_STARTS: Final = st.builds(SyncStarted, **_PROVIDER, trigger=st.sampled_from(["manual", "schedule"]))
SYNC_EVENTS: Final[st.SearchStrategy[SyncEvent]] = st.one_of(
    SYNC_STARTS,
    st.builds(
        SyncCompleted, **_PROVIDER, counts=st.just(SyncCounts(created=1)), listing_digest=st.just("d1")
    ),
    st.builds(SyncFailed, **_PROVIDER, failure=st.sampled_from(SyncFailure), message=st.just("No answer.")),
)

TOKEN_ISSUES: Final = st.builds(
    TokenIssued, name=NAMES, role=st.sampled_from(Role), verifier=st.just("c0ffee")
)
TOKEN_EVENTS: Final[st.SearchStrategy[AccessEvent]] = TOKEN_ISSUES | st.builds(TokenRevoked, name=NAMES)

_HOOKS: Final = st.builds(
    Subscription,
    url=st.sampled_from(["https://a.example/hook", "https://b.example/hook/"]),
    event_types=st.sampled_from([(), ("provider.created",)]),
)
_URL: Final = {"url": st.just("https://a.example/hook")}
WEBHOOK_REGISTRATIONS: Final = st.builds(
    WebhookRegistered, subscription=_HOOKS, signing_key_id=st.just(UUID(int=13))
)
WEBHOOK_EVENTS: Final[st.SearchStrategy[WebhookEvent]] = st.one_of(
    WEBHOOK_REGISTRATIONS,
    st.builds(WebhookChanged, before=_HOOKS, after=_HOOKS),
    st.builds(WebhookPaused, **_URL),
    st.builds(WebhookParked, **_URL, reason=st.sampled_from(ParkReason), message=st.just("No.")),
    st.builds(WebhookResumed, **_URL, before=st.sampled_from(WebhookStatus)),
    st.builds(
        WebhookSecretRotated,
        **_URL,
        before=st.just(UUID(int=13)),
        after=st.just(UUID(int=14)),
        former_until=st.sampled_from([None, datetime(2026, 3, 2, 12, tzinfo=UTC)]),
    ),
    st.builds(WebhookFormerSecretRetired, **_URL, signing_key_id=st.just(UUID(int=13))),
    st.builds(WebhookDeleted, **_URL),
)

ORGANIZATION_BEGINNINGS: Final = st.builds(OrganizationCreated, name=NAMES)
ORGANIZATION_EVENTS: Final[st.SearchStrategy[OrganizationEvent]] = ORGANIZATION_BEGINNINGS | st.builds(
    OrganizationDeleted, name=NAMES, belongings=st.just(Belongings(providers=1))
)
