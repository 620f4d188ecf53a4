"""What an event tells, as the rest of a sentence that begins with the actor's name."""

from datetime import datetime
from typing import assert_never

from domain.access import AccessEvent, TokenIssued, TokenRevoked
from domain.audit import KeySearched
from domain.catalog import DefaultModel, DefaultModelChanged
from domain.model import (
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
)
from domain.organization import OrganizationCreated, OrganizationDeleted, OrganizationEvent
from domain.provider import (
    Endpoint,
    KeyRemoved,
    KeyRotated,
    ProviderCreated,
    ProviderDeleted,
    ProviderDisabled,
    ProviderEnabled,
    ProviderEndpointChanged,
    ProviderEvent,
    ProviderRenamed,
)
from domain.sync import SyncCompleted, SyncFailed, SyncStarted
from domain.topics import AnyEvent
from domain.webhook import (
    WebhookChanged,
    WebhookDeleted,
    WebhookEvent,
    WebhookFormerSecretRetired,
    WebhookParked,
    WebhookPaused,
    WebhookRegistered,
    WebhookResumed,
    WebhookSecretRotated,
)


def deed_of(event: AnyEvent) -> str:
    """As in: ada "set the default model from gpt-5 to claude-opus-4-6"."""
    match event:
        case DefaultModelChanged():
            return f"set the default model from {_name(event.before)} to {_name(event.after)}"
        case SyncStarted():
            return f"started a sync of {event.provider_name}"
        case SyncCompleted():
            counts = event.counts
            return (
                f"synced {event.provider_name}: {counts.created} created, {counts.updated} confirmed, "
                f"{counts.changed} changed, {counts.stale} stale"
            )
        case SyncFailed():
            return f"could not sync {event.provider_name} ({event.failure.value}): {event.message}"
        case _ if isinstance(event, AccessEvent):
            return _access_deed(event)
        case KeySearched():
            return f"searched for a key, which {'is or was' if event.found else 'never was'} one of ours"
        case _ if isinstance(event, OrganizationEvent):
            return _organization_deed(event)
        case _ if isinstance(event, ProviderEvent):
            return _provider_deed(event)
        case _ if isinstance(event, WebhookEvent):
            return _webhook_deed(event)
        case _:
            return _model_deed(event)


def _provider_deed(event: ProviderEvent) -> str:
    match event:
        case ProviderCreated():
            return f"added the provider {event.name} ({_place(event.endpoint)})"
        case ProviderRenamed():
            return f"renamed the provider {event.before} to {event.name}"
        case ProviderEndpointChanged():
            return f"moved the provider {event.name} from {_place(event.before)} to {_place(event.after)}"
        case KeyRotated():
            return f"{'set' if event.before is None else 'replaced'} the key of {event.name}"
        case KeyRemoved(reason="endpoint_changed"):
            return f"removed the key of {event.name}, because it belonged to another address"
        case KeyRemoved():
            return f"removed the key of {event.name}"
        case ProviderEnabled():
            return f"enabled the provider {event.name}"
        case ProviderDisabled():
            return f"disabled the provider {event.name}"
        case ProviderDeleted():
            return f"deleted the provider {event.name}"
        case _:
            assert_never(event)


def _model_deed(event: ModelEvent) -> str:
    match event:
        case ModelDiscovered():
            learned = _learned(None, event.facts.retires_at)
            return f"found {event.model_id} in its provider's listing{learned}"
        case ModelAdded():
            said = _said(None, event.facts.retires_at)
            return f"added the {event.source.value} model {event.model_id}{said}"
        case ModelRefreshed():
            learned = _learned(event.before.retires_at, event.after.retires_at)
            return f"took over what the listing now says of {event.model_id}{learned}"
        case ModelMarkedStale():
            return f"found {event.model_id} no longer listed"
        case ModelReappeared():
            return f"found {event.model_id} listed again"
        case ModelEdited():
            said = _said(event.before.retires_at, event.after.retires_at)
            return f"edited the model {event.model_id}{said}"
        case ModelEnabled():
            return f"enabled the model {event.model_id}"
        case ModelDisabled():
            return f"disabled the model {event.model_id}"
        case ModelDeleted():
            return f"deleted the model {event.model_id}"
        case ModelRestored():
            return f"restored the model {event.model_id}"
        case _:
            assert_never(event)


def _access_deed(event: AccessEvent) -> str:
    match event:
        case TokenIssued():
            return f"issued the {event.role.value} token {event.name}"
        case TokenRevoked():
            return f"revoked the token {event.name}"
        case _:
            assert_never(event)


def _organization_deed(event: OrganizationEvent) -> str:
    match event:
        case OrganizationCreated():
            return f"created the organization {event.name}"
        case OrganizationDeleted():
            return f"deleted the organization {event.name}, and all it had: {event.belongings}"
        case _:
            assert_never(event)


def _webhook_deed(event: WebhookEvent) -> str:
    match event:
        case WebhookRegistered():
            return f"registered the webhook {event.subscription.url}"
        case WebhookChanged():
            return f"changed the webhook {event.after.url}"
        case WebhookPaused():
            return f"paused the webhook {event.url}"
        case WebhookParked():
            return f"parked the webhook {event.url} ({event.reason.value}): {event.message}"
        case WebhookResumed():
            return f"resumed the webhook {event.url}"
        case WebhookSecretRotated():
            return f"gave the webhook {event.url} a new secret{_overlap(event.former_until)}"
        case WebhookFormerSecretRetired():
            return f"destroyed the former secret of the webhook {event.url}"
        case WebhookDeleted():
            return f"deleted the webhook {event.url}"
        case _:
            assert_never(event)


def _overlap(former_until: datetime | None) -> str:
    return f"; the former one signs too until {former_until:%Y-%m-%d %H:%M} UTC" if former_until else ""


def _name(model: DefaultModel | None) -> str:
    return "none" if model is None else model.model_id


def _learned(before: datetime | None, after: datetime | None) -> str:
    """What a listing that states another date of retirement adds to a sentence. Dates are in UTC."""
    if before == after:
        return ""
    if after is None:
        return f", and learned that it does not retire on {before:%Y-%m-%d}"
    return f", and learned that it retires on {after:%Y-%m-%d}{_instead(before)}"


def _said(before: datetime | None, after: datetime | None) -> str:
    """What a person who states another date of retirement adds to a sentence."""
    if before == after:
        return ""
    if after is None:
        return f", and took back that it retires on {before:%Y-%m-%d}"
    return f", and said that it retires on {after:%Y-%m-%d}{_instead(before)}"


def _instead(before: datetime | None) -> str:
    return "" if before is None else f", not on {before:%Y-%m-%d}"


def _place(endpoint: Endpoint) -> str:
    return f"{endpoint.provider_type.value} at {endpoint.base_url or 'its own address'}"
