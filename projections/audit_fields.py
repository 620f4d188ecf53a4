"""Which fields an action can change, so that a search by field reads little of the log."""

from collections.abc import Mapping
from typing import Final

from domain.edits import Edits
from domain.listing import ModelFacts
from domain.model import ModelAdded, ModelDiscovered, ModelEdited, ModelRefreshed
from domain.sync import SyncCounts
from domain.topics import AnyEvent
from projections.audit import TOPICS_BY_ACTION
from projections.audit_changes import changes_of

_STATED: Final = frozenset(ModelFacts.model_fields) - {"from_catalogue"}
_FACTS: Final = _STATED | {"sources"}
_NOTHING: Final = ModelFacts()
_SUBSCRIPTION: Final = frozenset({"url", "event_types"})
_BELONGINGS: Final = frozenset({"providers", "models", "tokens", "webhooks", "keys"})

FIELDS_BY_ACTION: Final[Mapping[str, frozenset[str]]] = {
    "provider.created": frozenset({"name", "provider_type", "base_url"}),
    "provider.renamed": frozenset({"name"}),
    "provider.endpoint_changed": frozenset({"provider_type", "base_url"}),
    "provider.key_rotated": frozenset({"api_key"}),
    "provider.key_removed": frozenset({"api_key"}),
    "provider.enabled": frozenset({"status"}),
    "provider.disabled": frozenset({"status"}),
    "provider.deleted": frozenset({"deleted"}),
    "model.discovered": _FACTS | {"source"},
    "model.added": _FACTS | {"source"},
    "model.refreshed": _FACTS,
    "model.marked_stale": frozenset({"stale"}),
    "model.reappeared": frozenset({"stale"}),
    "model.edited": frozenset(Edits.model_fields),
    "model.enabled": frozenset({"status"}),
    "model.disabled": frozenset({"status"}),
    "model.deleted": frozenset({"deleted"}),
    "model.restored": _FACTS | {"deleted"},
    "catalog.default_model_changed": frozenset({"default_model"}),
    "sync.started": frozenset(),
    "sync.completed": frozenset(SyncCounts.model_fields),
    "sync.failed": frozenset({"code", "message"}),
    "access.token_issued": frozenset({"name", "role"}),
    "access.token_revoked": frozenset({"name"}),
    "webhook.registered": _SUBSCRIPTION,
    "webhook.changed": _SUBSCRIPTION,
    "webhook.paused": frozenset({"status"}),
    "webhook.parked": frozenset({"status", "reason"}),
    "webhook.resumed": frozenset({"status"}),
    "webhook.secret_rotated": frozenset({"signing_key_id", "former_until"}),
    "webhook.former_secret_retired": frozenset({"former_key_id"}),
    "webhook.deleted": frozenset({"deleted"}),
    "organization.created": frozenset({"name"}),
    "organization.deleted": _BELONGINGS | {"deleted"},
    "audit.key_searched": frozenset({"fingerprint", "found"}),
}
"""By action, the fields that may stand among its changes."""

FIELDS: Final = frozenset[str]().union(*FIELDS_BY_ACTION.values())
"""Every field there is."""

_UNCERTAIN: Final = _FACTS | _SUBSCRIPTION | _BELONGINGS | {"provider_type", "base_url", "former_until"}


def is_certain(field: str) -> bool:
    """Whether the field changes with every event that can change it, so that none need be read to know."""
    return field not in _UNCERTAIN


def mention_of(field: str) -> bytes:
    """What stands in the state of every event that changed an uncertain field."""
    return b'"%b"' % {"sources": "from_catalogue"}.get(field, field).encode()


def topics_of_field(field: str) -> frozenset[str]:
    """The topics whose events may have changed the field."""
    return frozenset(
        topic for action, topic in TOPICS_BY_ACTION.items() if field in FIELDS_BY_ACTION.get(action, FIELDS)
    )


def has_changed(event: AnyEvent, field: str) -> bool:
    """Whether the event changed the field; the same as to look among all its changes, but quicker."""
    if field in _STATED:
        match event:
            case ModelRefreshed() | ModelEdited():
                return bool(getattr(event.before, field, None) != getattr(event.after, field, None))
            case ModelDiscovered() | ModelAdded():
                return bool(getattr(event.facts, field) != getattr(_NOTHING, field))
    return field in changes_of(event)
