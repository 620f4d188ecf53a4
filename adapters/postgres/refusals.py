"""Why PostgreSQL did not take a write.

WriteRefused                nothing was written; loading again and deciding anew may succeed
├── StreamMoved             another writer appended to the stream first
├── GuardFailed             a condition asked under the append lock did not hold
├── UniquenessBroken        another row has the value that must be unique
└── OrganizationDeleted     what was written would belong to a deleted organization
StoreUnavailable            PostgreSQL does not answer
└── NewerVersion            a newer Keyroll has changed what this one would write
"""

from eventsourcing.persistence import IntegrityError, OperationalError


class WriteRefused(Exception):
    """Nothing was written."""


class StreamMoved(WriteRefused, IntegrityError):
    """The stream has a later version than the decision was made on."""


class GuardFailed(WriteRefused):
    """The named guard did not hold."""

    def __init__(self, guard: str) -> None:
        super().__init__(guard)
        self.guard = guard


class UniquenessBroken(WriteRefused):
    """The named constraint refused the write."""

    def __init__(self, constraint: str) -> None:
        super().__init__(constraint)
        self.constraint = constraint


class OrganizationDeleted(WriteRefused):
    """The organization of the write was deleted. Deciding anew does not help."""


class StoreUnavailable(OperationalError):
    """PostgreSQL does not answer, or not in time. What was being written may or may not be there."""


class NewerVersion(StoreUnavailable):
    """A newer Keyroll has built this read model in a version of its own. Nothing was written."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"A newer Keyroll has taken over ({what}): restart this process with that version or a later one."
        )
