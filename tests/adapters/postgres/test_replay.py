"""Every read model equals its replay: what the live tables hold is what the log says, row for row."""

from typing import Any
from uuid import uuid4

import pytest

from adapters.postgres.model_rows import models_of_provider
from adapters.postgres.store import Decided, Stream
from api.commands.caller import Caller
from api.commands.core import ORGANIZATION, WEBHOOK, Core
from domain.access import Role
from domain.organization import OrganizationCreated
from domain.webhook import WebhookRegistered
from projections.all import READ_MODELS
from projections.read_model import ReadModel
from tests.support.examples import HOOK, NOON
from tests.support.histories import History
from tests.support.replay import differences, replay
from tests.support.tables import execute
from tests.support.writes import default, discovered, meta, provider, started, token

STEPS = 100
MOST_TOPICS = 20
every_read_model = pytest.mark.parametrize("read_model", READ_MODELS, ids=lambda model: model.table)

TAMPERED = {
    "llm_providers": "UPDATE llm_providers SET updated_at = updated_at + interval '1 microsecond'",
    "llm_models": "UPDATE llm_models SET stale = NOT stale WHERE model_id = 'm0'",
    "syncs": "INSERT INTO syncs SELECT gen_random_uuid(), organization, gen_random_uuid(), version, status,"
    " trigger, actor, started_at, finished_at, created, updated, changed, stale, listing_digest, code,"
    " message FROM syncs",
    "default_models": "DELETE FROM default_models",
    "tokens": "UPDATE tokens SET role = 'viewer'",
    "webhooks": "UPDATE webhooks SET version = version + 1",
    "organizations": "UPDATE organizations SET name = 'other'",
}


@pytest.mark.parametrize("seed", range(3))
def test_after_any_history_every_table_equals_its_replay(core: Core, conninfo: str, seed: int) -> None:
    histories = [
        History(core, conninfo, Caller(uuid4(), actor, Role.ADMIN, f"of {actor}"), seed)
        for actor in ("ada", "bob")
    ]
    for history in histories:
        history.run(STEPS)
        assert history.done > STEPS / 4
    topics = {entry.topic for entry in core.store.log.log(0, 10_000)}
    assert len(topics) >= MOST_TOPICS, "the story is too thin to show anything"
    for read_model in READ_MODELS:
        assert differences(core.store, conninfo, read_model) == []


def _fill(core: Core, organization: Any) -> None:
    """A few rows in every table."""
    created = provider("One")
    provider_id = created.stream.id
    decided = [
        created,
        *discovered(provider_id, 2),
        default(organization, provider_id, "m1"),
        started(provider_id),
        token("ci"),
        Decided(Stream(WEBHOOK, uuid4()), (WebhookRegistered(subscription=HOOK, signing_key_id=uuid4()),)),
        Decided(Stream(ORGANIZATION, organization), (OrganizationCreated(name="acme"),)),
    ]
    core.store.append(decided, meta(organization), NOON)


@every_read_model
def test_a_read_model_is_rebuilt_from_the_log_row_for_row(
    core: Core, conninfo: str, read_model: ReadModel[Any]
) -> None:
    _fill(core, uuid4())
    assert replay(core.store)[read_model.table]
    assert differences(core.store, conninfo, read_model) == []


@every_read_model
def test_a_row_that_was_tampered_with_is_noticed(
    core: Core, conninfo: str, read_model: ReadModel[Any]
) -> None:
    _fill(core, uuid4())
    execute(conninfo, TAMPERED[read_model.table])
    assert len(differences(core.store, conninfo, read_model)) == 1


def test_many_rows_written_by_copy_are_those_of_the_replay(core: Core, conninfo: str) -> None:
    created = provider("One")
    core.store.append([created, *discovered(created.stream.id, 1200)], meta(), NOON)
    assert len(models_of_provider(core.store, created.stream.id)) == 1200
    for read_model in READ_MODELS:
        assert differences(core.store, conninfo, read_model) == []
