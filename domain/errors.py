"""Every refusal of the domain, with the data a caller needs to act on it.

KeyrollError
├── Invalid                a field breaks its rule
├── NotFound               no such object in this organization
├── NoSuchProjection       no such read model
├── KeyRejected            the vendor refuses the key
├── VersionMismatch        If-Match names another version than today's
├── NoSuchOrganization     no organization of this name
├── OrganizationGone       the organization was deleted
├── Busy                   too many writers at once; nothing was written
└── Conflict               the object's state forbids it
    ├── NameTaken
    ├── OrganizationExists
    ├── ModelExists
    ├── ModelNotSelectable
    ├── SyncRunning
    ├── RebuildRunning
    ├── ProviderGone
    ├── LastAdmin
    └── RequestTakenOver
"""

from collections.abc import Iterable
from uuid import UUID


class KeyrollError(Exception):
    """The base of all refusals. Its text is shown to people and never holds a secret."""


class Invalid(KeyrollError):
    """A field breaks its rule.

    Args:
        field: the field's name as the API spells it.
        rule: what the field must be, in words; never the value that was sent.
    """

    def __init__(self, field: str, rule: str) -> None:
        super().__init__(f"{field} {rule}")
        self.field = field
        self.rule = rule


class NotFound(KeyrollError):
    """There is no such object in this organization; another organization's object answers the same."""

    def __init__(self, what: str, identity: UUID) -> None:
        super().__init__(f"There is no {what} with the id {identity}.")
        self.what = what
        self.identity = identity


class NoSuchProjection(KeyrollError):
    """There is no read model of this name."""

    def __init__(self, names: Iterable[str]) -> None:
        super().__init__(f"There is no read model of this name. These are: {', '.join(names)}.")


class NoSuchOrganization(KeyrollError):
    """There is no organization of this name, and never was one."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"There is no organization named {name!r}: `keyroll org list` shows those there are."
        )
        self.name = name


class OrganizationGone(KeyrollError):
    """The organization was deleted. Nothing was written, nor will be."""

    def __init__(self) -> None:
        super().__init__(
            "This organization was deleted. Its history stays, nothing is added to it any more, and its name "
            "is not given again: choose another."
        )


class KeyRejected(KeyrollError):
    """The vendor refuses the key that should be stored. Nothing was stored.

    Args:
        reason: the vendor's words, scrubbed.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(f"The vendor rejects this key: {reason}")


class VersionMismatch(KeyrollError):
    """The object has changed since the caller read it."""

    def __init__(self, current: int) -> None:
        super().__init__(
            f"The object is at version {current} now. Read it again, and send its ETag as If-Match."
        )
        self.current = current


class Busy(KeyrollError):
    """Other writers won every round until the time was up. Nothing was written."""

    def __init__(self) -> None:
        super().__init__("Many writers change this object at once. Nothing was written: send it again.")


class Conflict(KeyrollError):
    """The base of refusals that depend on the object's state."""


class NameTaken(Conflict):
    """Another object of the organization bears this name; upper and lower case count as the same."""

    def __init__(self, what: str, name: str) -> None:
        super().__init__(f"There is a {what} named {name!r} already. Choose another name.")
        self.name = name


class OrganizationExists(Conflict):
    """There is an organization of this name."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"There is an organization named {name!r} already. Issue a token for it with "
            "`keyroll token create`, or choose another name."
        )
        self.name = name


class ModelExists(Conflict):
    """The provider has a model with this id."""

    def __init__(self, identity: UUID, model_id: str) -> None:
        super().__init__(f"The provider has the model {model_id!r} already: change it at its id {identity}.")
        self.identity = identity


class ModelNotSelectable(Conflict):
    """A model that is disabled, or whose provider is, cannot become the default."""

    def __init__(self, model_id: str, why: str) -> None:
        super().__init__(f"{model_id!r} cannot be the default: {why}.")


class SyncRunning(Conflict):
    """One sync of a provider at a time."""

    def __init__(self, sync_id: UUID) -> None:
        super().__init__(f"This provider is being synced by the run {sync_id}. Wait until it has ended.")
        self.sync_id = sync_id


class ProviderGone(Conflict):
    """A deleted provider does not come back: its key is destroyed, and its models went with it."""

    def __init__(self) -> None:
        super().__init__(
            "The provider is deleted, and its key destroyed. Add it anew, and its models with it."
        )


class RebuildRunning(Conflict):
    """One rebuild of a read model at a time."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is being rebuilt already. See how it goes, or wait until it has ended.")
        self.name = name


class RequestTakenOver(Conflict):
    """A repetition of the request, with the same Idempotency-Key, has taken it over. Nothing was written."""

    def __init__(self) -> None:
        super().__init__("A repetition of this request is at work. Send it again to learn how it ended.")


class LastAdmin(Conflict):
    """Revoking the last admin token would lock everybody out."""

    def __init__(self) -> None:
        super().__init__("This is the organization's last admin token. Issue another one first.")
