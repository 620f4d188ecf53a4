"""A guard is asked under the append lock; unless it holds, nothing is written."""

from dataclasses import dataclass
from typing import get_args
from uuid import UUID, uuid4

import pytest

from adapters.postgres.refusals import GuardFailed
from adapters.postgres.store import Decided, Store, Stream
from adapters.postgres.write import Guard, GuardName
from api.commands.core import MODEL, PROVIDER, SYNC
from domain.access import Role
from domain.listing import SyncFailure
from domain.model import ModelDeleted, stream_of
from domain.provider import ProviderDisabled
from domain.sync import SyncFailed, SyncStarted
from tests.support.examples import NOON
from tests.support.tables import everything
from tests.support.writes import default, meta, model, provider, token

OURS, THEIRS, VIEWED = UUID(int=101), UUID(int=102), UUID(int=103)
ACTIVE, DISABLED, FOREIGN, UNKNOWN = UUID(int=1), UUID(int=2), UUID(int=3), UUID(int=4)
DEFAULT, OTHER, DELETED = (stream_of(ACTIVE, name) for name in ("default", "other", "deleted"))
RUNNING, ENDED = UUID(int=5), UUID(int=6)
ADMIN = "the admin token"
BEGUN = SyncStarted(provider_id=ACTIVE, provider_name="Active", trigger="schedule")
CUT_SHORT = SyncFailed(
    provider_id=ACTIVE, provider_name="Active", failure=SyncFailure.ABANDONED, message="It died."
)


@dataclass(frozen=True)
class Case:
    name: GuardName
    subject: UUID | str
    expected: int | None = None
    organization: UUID = OURS


HOLD = [
    Case("provider_exists", ACTIVE),
    Case("provider_exists", DISABLED),
    Case("provider_active", ACTIVE),
    Case("provider_unchanged", ACTIVE, 1),
    Case("provider_unchanged", DISABLED, 2),
    Case("model_unchanged", OTHER, 1),
    Case("model_unchanged", DELETED, 2),
    Case("model_not_default", OTHER),
    Case("provider_has_no_other_model", ACTIVE, 2),
    Case("provider_has_no_other_model", DISABLED, 0),
    Case("provider_has_no_default", DISABLED),
    Case("sync_running", RUNNING),
    Case("another_admin_exists", UNKNOWN),
    Case("no_admin_exists", UNKNOWN, organization=VIEWED),
]
FAIL = [
    Case("provider_exists", UNKNOWN),
    Case("provider_exists", FOREIGN),
    Case("provider_active", DISABLED),
    Case("provider_active", FOREIGN),
    Case("provider_unchanged", ACTIVE, 2),
    Case("provider_unchanged", FOREIGN, 1),
    Case("model_unchanged", OTHER, 2),
    Case("model_unchanged", UNKNOWN, 1),
    Case("model_unchanged", OTHER, 1, organization=THEIRS),
    Case("model_not_default", DEFAULT),
    Case("provider_has_no_other_model", ACTIVE, 3),
    Case("provider_has_no_other_model", ACTIVE, 1),
    Case("provider_has_no_default", ACTIVE),
    Case("sync_running", ENDED),
    Case("sync_running", UNKNOWN),
    Case("sync_running", RUNNING, organization=THEIRS),
    Case("another_admin_exists", ADMIN),
    Case("another_admin_exists", UNKNOWN, organization=THEIRS),
    Case("no_admin_exists", UNKNOWN),
]


def _guard(store: Store, case: Case) -> Guard:
    """Fill the database, and ask the case's question of it."""
    admin = token("root")
    store.append(
        [
            provider("Active", ACTIVE),
            provider("Disabled", DISABLED),
            *(model(ACTIVE, name) for name in ("default", "other", "deleted")),
            default(OURS, ACTIVE, "default"),
            admin,
        ],
        meta(OURS),
        NOON,
    )
    gone = ModelDeleted(provider_id=ACTIVE, model_id="deleted", reason="asked")
    store.append(
        [
            Decided(store.load(PROVIDER, DISABLED), (ProviderDisabled(name="Disabled"),)),
            Decided(store.load(MODEL, DELETED), (gone,)),
            Decided(Stream(SYNC, RUNNING), (BEGUN,)),
            Decided(Stream(SYNC, ENDED), (BEGUN, CUT_SHORT)),
        ],
        meta(OURS),
        NOON,
    )
    store.append([provider("Foreign", FOREIGN)], meta(THEIRS), NOON)
    store.append([token("looks on", Role.VIEWER)], meta(VIEWED), NOON)
    subject = admin.stream.id if isinstance(case.subject, str) else case.subject
    return Guard(case.name, subject, case.expected)


@pytest.mark.parametrize("case", HOLD, ids=str)
def test_a_guard_that_holds_lets_the_write_pass(writer: Store, case: Case) -> None:
    guard = _guard(writer, case)
    before = writer.log.log(0, 100)[-1].position
    assert (
        writer.append([provider("New")], meta(case.organization), NOON, guards=[guard]).position == before + 1
    )


@pytest.mark.parametrize("case", FAIL, ids=str)
def test_a_guard_that_does_not_hold_lets_nothing_pass(writer: Store, conninfo: str, case: Case) -> None:
    guard = _guard(writer, case)
    holds = Guard("model_not_default", uuid4())
    before = everything(conninfo)
    with pytest.raises(GuardFailed) as refused:
        writer.append([provider("New")], meta(case.organization), NOON, guards=[holds, guard])
    assert refused.value.guard == case.name
    assert everything(conninfo) == before


def test_every_guard_is_seen_to_hold_and_to_fail() -> None:
    assert {case.name for case in HOLD} == {case.name for case in FAIL} == set(get_args(GuardName))
