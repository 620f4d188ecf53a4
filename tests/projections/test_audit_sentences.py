from datetime import UTC, datetime
from uuid import UUID

import pytest

from domain.catalog import DefaultModelChanged
from domain.edits import Edits
from domain.listing import ModelFacts
from domain.model import ModelAdded, ModelDiscovered, ModelEdited, ModelRefreshed, ModelRestored
from domain.prices import Prices
from domain.provider import (
    KeyRemoved,
    KeyRotated,
    ProviderCreated,
)
from domain.topics import AnyEvent
from projections.audit_changes import FieldChange, changes_of
from projections.audit_deeds import deed_of
from tests.support.examples import DEFAULT, EXAMPLES, KEY, OTHER_DEFAULT, OWN, SYNC_ID

DEEDS = {
    "provider.created.v1": "added the provider My OpenAI (openai_completions at https://llm.example.com/v1)",
    "provider.renamed.v1": "renamed the provider My OpenAI to Zoë OpenAI",
    "provider.endpoint_changed.v1": "moved the provider My OpenAI from openai at its own address"
    " to openai_completions at https://llm.example.com/v1",
    "provider.key_rotated.v1": "replaced the key of My OpenAI",
    "provider.key_removed.v1": "removed the key of My OpenAI, because it belonged to another address",
    "provider.enabled.v1": "enabled the provider My OpenAI",
    "provider.disabled.v1": "disabled the provider My OpenAI",
    "provider.deleted.v1": "deleted the provider My OpenAI",
    "model.discovered.v1": "found gpt-5 in its provider's listing, and learned that it retires on 2027-08-07",
    "model.added.v1": "added the manual model gpt-5, and said that it retires on 2027-08-07",
    "model.refreshed.v1": "took over what the listing now says of gpt-5",
    "model.marked_stale.v1": "found gpt-5 no longer listed",
    "model.reappeared.v1": "found gpt-5 listed again",
    "model.edited.v1": "edited the model gpt-5",
    "model.enabled.v1": "enabled the model gpt-5",
    "model.disabled.v1": "disabled the model gpt-5",
    "model.deleted.v1": "deleted the model gpt-5",
    "model.restored.v1": "restored the model gpt-5",
    "catalog.default_model_changed.v1": "set the default model from gpt-5 to claude-opus-4-6",
    "sync.started.v1": "started a sync of My OpenAI",
    "sync.completed.v1": "synced My OpenAI: 5 created, 10 confirmed, 3 changed, 2 stale",
    "sync.failed.v1": "could not sync My OpenAI (key_rejected): Incorrect API key provided: ***.",
    "access.token_issued.v1": "issued the caller token ci",
    "access.token_revoked.v1": "revoked the token ci",
    "webhook.registered.v1": "registered the webhook https://hooks.example.com/keyroll/",
    "webhook.changed.v1": "changed the webhook https://hooks.example.com/new",
    "webhook.paused.v1": "paused the webhook https://hooks.example.com/keyroll/",
    "webhook.parked.v1": "parked the webhook https://hooks.example.com/keyroll/ (exhausted):"
    " status: HTTP 503",
    "webhook.resumed.v1": "resumed the webhook https://hooks.example.com/keyroll/",
    "webhook.secret_rotated.v1": "gave the webhook https://hooks.example.com/keyroll/ a new secret;"
    " the former one signs too until 2026-03-02 12:00 UTC",
    "webhook.former_secret_retired.v1": "destroyed the former secret of the webhook"
    " https://hooks.example.com/keyroll/",
    "webhook.deleted.v1": "deleted the webhook https://hooks.example.com/keyroll/",
    "audit.key_searched.v1": "searched for a key, which is or was one of ours",
    "organization.created.v1": "created the organization acme",
    "organization.deleted.v1": "deleted the organization acme, and all it had: "
    "3 providers, 40 models, 2 tokens, 1 webhook, 4 keys",
}

CHANGES: dict[str, dict[str, tuple[object, object]]] = {
    "provider.created.v1": {
        "name": (None, "My OpenAI"),
        "provider_type": (None, "openai_completions"),
        "base_url": (None, "https://llm.example.com/v1"),
    },
    "provider.renamed.v1": {"name": ("My OpenAI", "Zoë OpenAI")},
    "provider.endpoint_changed.v1": {
        "provider_type": ("openai", "openai_completions"),
        "base_url": (None, "https://llm.example.com/v1"),
    },
    "provider.key_removed.v1": {"api_key": ({"fingerprint": "f1f1f1f1", "hint": "3456"}, None)},
    "provider.enabled.v1": {"status": ("disabled", "active")},
    "provider.disabled.v1": {"status": ("active", "disabled")},
    "provider.deleted.v1": {"deleted": (False, True)},
    "model.refreshed.v1": {
        "context_window": (400_000, 1_000_000),
        "display_name": ("GPT-5", "GPT-5 (new)"),
    },
    "model.marked_stale.v1": {"stale": (False, True)},
    "model.reappeared.v1": {"stale": (True, False)},
    "model.edited.v1": {"display_name": (None, "Our GPT"), "capabilities": (None, {"vision": False})},
    "model.enabled.v1": {"status": ("disabled", "active")},
    "model.disabled.v1": {"status": ("active", "disabled")},
    "model.deleted.v1": {"deleted": (False, True)},
    "model.restored.v1": {"deleted": (True, False)},
    "sync.completed.v1": {
        "created": (None, 5),
        "updated": (None, 10),
        "changed": (None, 3),
        "stale": (None, 2),
    },
    "sync.failed.v1": {
        "code": (None, "key_rejected"),
        "message": (None, "Incorrect API key provided: ***."),
    },
    "access.token_issued.v1": {"name": (None, "ci"), "role": (None, "caller")},
    "access.token_revoked.v1": {"name": ("ci", None)},
    "webhook.registered.v1": {
        "url": (None, "https://hooks.example.com/keyroll/"),
        "event_types": (None, ["provider.created"]),
    },
    "webhook.changed.v1": {
        "url": ("https://hooks.example.com/keyroll/", "https://hooks.example.com/new"),
    },
    "webhook.paused.v1": {"status": ("active", "paused")},
    "webhook.parked.v1": {"status": ("active", "parked"), "reason": (None, "exhausted: status: HTTP 503")},
    "webhook.resumed.v1": {"status": ("parked", "active")},
    "webhook.secret_rotated.v1": {
        "signing_key_id": (str(UUID(int=13)), str(UUID(int=14))),
        "former_until": (None, "2026-03-02T12:00:00.123456Z"),
    },
    "webhook.former_secret_retired.v1": {"former_key_id": (str(UUID(int=13)), None)},
    "webhook.deleted.v1": {"deleted": (False, True)},
    "audit.key_searched.v1": {"fingerprint": (None, "f1f1f1f1"), "found": (None, True)},
    "organization.created.v1": {"name": (None, "acme")},
    "organization.deleted.v1": {
        "deleted": (False, True),
        "providers": (3, 0),
        "models": (40, 0),
        "tokens": (2, 0),
        "webhooks": (1, 0),
        "keys": (4, 0),
    },
}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.topic)
def test_each_event_has_its_own_words(example: AnyEvent) -> None:
    assert deed_of(example) == DEEDS[example.topic]


@pytest.mark.parametrize(
    "example",
    [example for example in EXAMPLES if example.topic in CHANGES],
    ids=lambda example: example.topic,
)
def test_each_event_has_its_own_changes(example: AnyEvent) -> None:
    assert changes_of(example) == CHANGES[example.topic]


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (KeyRotated(name="One", before=None, after=KEY), "set the key of One"),
        (KeyRemoved(name="One", before=KEY, reason="asked"), "removed the key of One"),
        (ProviderCreated(name="One", endpoint=OWN), "added the provider One (openai at its own address)"),
        (
            DefaultModelChanged(before=None, after=DEFAULT, reason="chosen"),
            "set the default model from none to gpt-5",
        ),
        (
            DefaultModelChanged(before=OTHER_DEFAULT, after=None, reason="cleared"),
            "set the default model from claude-opus-4-6 to none",
        ),
    ],
)
def test_nothing_before_or_after_reads_well_too(event: AnyEvent, words: str) -> None:
    assert deed_of(event) == words


def test_the_first_key_and_the_cleared_default_have_nothing_on_one_side() -> None:
    first = changes_of(KeyRotated(name="One", before=None, after=KEY))
    assert first == {"api_key": FieldChange(None, {"fingerprint": "f1f1f1f1", "hint": "3456"})}
    cleared = changes_of(DefaultModelChanged(before=DEFAULT, after=None, reason="cleared"))
    assert cleared["default_model"].before["model_id"] == "gpt-5"
    assert cleared["default_model"].after is None


def test_a_model_that_a_person_states_anew_shows_what_they_state() -> None:
    restored = ModelRestored(
        provider_id=DEFAULT.provider_id, model_id="gpt-5", facts=ModelFacts(context_window=7)
    )
    assert changes_of(restored) == {"deleted": (True, False), "context_window": (None, 7)}


def test_a_new_model_shows_its_source_and_every_fact_that_is_stated() -> None:
    changes = {
        type(event): changes_of(event)
        for event in EXAMPLES
        if isinstance(event, ModelDiscovered | ModelAdded)
    }
    assert changes[ModelDiscovered]["source"] == (None, "discovered")
    assert changes[ModelAdded]["source"] == (None, "manual")
    assert changes[ModelDiscovered]["capabilities"] == (None, {"vision": True, "thinking.adaptive": False})


_JANUARY = datetime(2027, 1, 31, tzinfo=UTC)
_MAY = datetime(2027, 5, 31, tzinfo=UTC)


@pytest.mark.parametrize(
    ("before", "after", "learned", "said"),
    [
        (None, None, "", ""),
        (_MAY, _MAY, "", ""),
        (
            None,
            _JANUARY,
            ", and learned that it retires on 2027-01-31",
            ", and said that it retires on 2027-01-31",
        ),
        (
            _MAY,
            _JANUARY,
            ", and learned that it retires on 2027-01-31, not on 2027-05-31",
            ", and said that it retires on 2027-01-31, not on 2027-05-31",
        ),
        (
            _MAY,
            None,
            ", and learned that it does not retire on 2027-05-31",
            ", and took back that it retires on 2027-05-31",
        ),
    ],
)
def test_a_date_of_retirement_is_told_when_it_becomes_known_or_another_one(
    before: datetime | None, after: datetime | None, learned: str, said: str
) -> None:
    which = {"provider_id": DEFAULT.provider_id, "model_id": "gpt-5"}
    refreshed = ModelRefreshed(
        **which, before=ModelFacts(retires_at=before), after=ModelFacts(retires_at=after), sync_id=SYNC_ID
    )
    edited = ModelEdited(**which, before=Edits(retires_at=before), after=Edits(retires_at=after))
    assert deed_of(refreshed) == f"took over what the listing now says of gpt-5{learned}"
    assert deed_of(edited) == f"edited the model gpt-5{said}"
    told = {} if before == after else {"retires_at": (_text(before), _text(after))}
    assert changes_of(refreshed) == changes_of(edited) == told


def _text(instant: datetime | None) -> str | None:
    return None if instant is None else f"{instant:%Y-%m-%d}T00:00:00Z"


def test_what_the_catalogue_fills_in_says_that_it_comes_from_there() -> None:
    filled = ModelFacts(prices=Prices(input="1.5"), from_catalogue=("prices",))
    event = ModelRefreshed(
        provider_id=DEFAULT.provider_id,
        model_id="gpt-5",
        before=ModelFacts(context_window=7),
        after=filled.model_copy(update={"context_window": 7}),
        sync_id=SYNC_ID,
    )
    assert changes_of(event) == {
        "prices": (None, {"input": "1.5"}),
        "sources": (None, {"prices": "catalogue"}),
    }
