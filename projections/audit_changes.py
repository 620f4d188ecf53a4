"""What an event changed, field by field: before and after."""

from collections.abc import Mapping
from typing import Any, NamedTuple, assert_never

from domain.access import AccessEvent, TokenIssued, TokenRevoked
from domain.audit import KeySearched
from domain.catalog import DefaultModelChanged
from domain.edits import Edits
from domain.instants import spelt
from domain.listing import ModelFacts
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
from domain.sync import SyncCompleted, SyncFailed, SyncStarted
from domain.topics import AnyEvent
from domain.value import Value
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
    WebhookStatus,
)


class FieldChange(NamedTuple):
    """A field before and after; None where there was or is nothing."""

    before: Any
    after: Any


def changes_of(event: AnyEvent) -> dict[str, FieldChange]:
    """The fields that the event changed, by the names the API gives them."""
    match event:
        case DefaultModelChanged():
            return _between({"default_model": _id(event.before)}, {"default_model": _id(event.after)})
        case SyncStarted():
            return {}
        case SyncCompleted():
            return _between({}, event.counts.model_dump())
        case SyncFailed():
            return _between({}, {"code": event.failure.value, "message": event.message})
        case _ if isinstance(event, AccessEvent):
            return _of_token(event)
        case KeySearched():
            return _between({}, {"fingerprint": event.fingerprint, "found": event.found})
        case _ if isinstance(event, OrganizationEvent):
            return _of_organization(event)
        case _ if isinstance(event, ProviderEvent):
            return _of_provider(event)
        case _ if isinstance(event, WebhookEvent):
            return _of_webhook(event)
        case _:
            return _of_model(event)


def _of_provider(event: ProviderEvent) -> dict[str, FieldChange]:
    match event:
        case ProviderCreated():
            return _between({}, {"name": event.name, **event.endpoint.model_dump(mode="json")})
        case ProviderRenamed():
            return _between({"name": event.before}, {"name": event.name})
        case ProviderEndpointChanged():
            return _between(event.before.model_dump(mode="json"), event.after.model_dump(mode="json"))
        case KeyRotated():
            return {"api_key": FieldChange(_mark(event.before), _mark(event.after))}
        case KeyRemoved():
            return {"api_key": FieldChange(_mark(event.before), None)}
        case ProviderEnabled():
            return _status(Status.DISABLED, Status.ACTIVE)
        case ProviderDisabled():
            return _status(Status.ACTIVE, Status.DISABLED)
        case ProviderDeleted():
            return {"deleted": FieldChange(before=False, after=True)}
        case _:
            assert_never(event)


def _of_model(event: ModelEvent) -> dict[str, FieldChange]:
    match event:
        case ModelDiscovered():
            return _between({}, {"source": "discovered", **_facts(event.facts)})
        case ModelAdded():
            return _between({}, {"source": event.source.value, **_facts(event.facts)})
        case ModelRefreshed() | ModelEdited():
            return _between(_facts(event.before), _facts(event.after))
        case ModelMarkedStale():
            return {"stale": FieldChange(before=False, after=True)}
        case ModelReappeared():
            return {"stale": FieldChange(before=True, after=False)}
        case ModelEnabled():
            return _status(Status.DISABLED, Status.ACTIVE)
        case ModelDisabled():
            return _status(Status.ACTIVE, Status.DISABLED)
        case ModelDeleted():
            return {"deleted": FieldChange(before=False, after=True)}
        case ModelRestored():
            stated = {} if event.facts is None else _between({}, _facts(event.facts))
            return {"deleted": FieldChange(before=True, after=False), **stated}
        case _:
            assert_never(event)


def _of_token(event: AccessEvent) -> dict[str, FieldChange]:
    match event:
        case TokenIssued():
            return _between({}, {"name": event.name, "role": event.role.value})
        case TokenRevoked():
            return _between({"name": event.name}, {"name": None})
        case _:
            assert_never(event)


def _of_organization(event: OrganizationEvent) -> dict[str, FieldChange]:
    match event:
        case OrganizationCreated():
            return _between({}, {"name": event.name})
        case OrganizationDeleted():
            had = event.belongings.model_dump()
            return {"deleted": FieldChange(before=False, after=True), **_between(had, dict.fromkeys(had, 0))}
        case _:
            assert_never(event)


def _of_webhook(event: WebhookEvent) -> dict[str, FieldChange]:
    match event:
        case WebhookRegistered():
            return _between({}, event.subscription.model_dump(mode="json"))
        case WebhookChanged():
            return _between(event.before.model_dump(mode="json"), event.after.model_dump(mode="json"))
        case WebhookPaused():
            return _status(WebhookStatus.ACTIVE, WebhookStatus.PAUSED)
        case WebhookParked():
            reason = FieldChange(None, f"{event.reason.value}: {event.message}")
            return {**_status(WebhookStatus.ACTIVE, WebhookStatus.PARKED), "reason": reason}
        case WebhookResumed():
            return _status(event.before, WebhookStatus.ACTIVE)
        case WebhookSecretRotated():
            before, after = str(event.before), str(event.after)
            until = event.former_until and spelt(event.former_until)
            return _between({"signing_key_id": before}, {"signing_key_id": after, "former_until": until})
        case WebhookFormerSecretRetired():
            return {"former_key_id": FieldChange(str(event.signing_key_id), None)}
        case WebhookDeleted():
            return {"deleted": FieldChange(before=False, after=True)}
        case _:
            assert_never(event)


def _between(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, FieldChange]:
    return {
        field: FieldChange(before.get(field), after.get(field))
        for field in sorted({*before, *after})
        if before.get(field) != after.get(field)
    }


def _status(before: Status | WebhookStatus, after: Status | WebhookStatus) -> dict[str, FieldChange]:
    return {"status": FieldChange(before.value, after.value)}


def _facts(value: ModelFacts | Edits) -> dict[str, Any]:
    facts = value.model_dump(mode="json", exclude_defaults=True)
    filled = facts.pop("from_catalogue", ())
    return {**facts, "sources": dict.fromkeys(filled, "catalogue")} if filled else facts


def _mark(mark: KeyMark | None) -> dict[str, str] | None:
    return None if mark is None else {"fingerprint": mark.fingerprint, "hint": mark.hint}


def _id(value: Value | None) -> dict[str, Any] | None:
    return None if value is None else value.model_dump(mode="json")
