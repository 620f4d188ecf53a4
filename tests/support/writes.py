"""Small decisions to append, each on streams of its own."""

from typing import Any, Final
from uuid import UUID, uuid4

from adapters.postgres.store import Decided, Store, Stream
from adapters.vault.sealed_key import SealedKey
from api.commands.core import CATALOG, MODEL, ORGANIZATION, PROVIDER, SYNC, TOKEN, WEBHOOK
from domain.access import Role, TokenIssued
from domain.catalog import DefaultModel, DefaultModelChanged, stream_of
from domain.event import Meta
from domain.listing import ModelFacts
from domain.model import ModelAdded, ModelDiscovered, Source
from domain.model import stream_of as stream_of_model
from domain.provider import ProviderCreated, ProviderRenamed
from domain.sync import SyncStarted
from tests.support.examples import META, OWN, SYNC_ID

AGGREGATES: Final = {
    aggregate.read_model.table: aggregate
    for aggregate in (PROVIDER, MODEL, SYNC, CATALOG, TOKEN, WEBHOOK, ORGANIZATION)
}


def meta(organization: UUID = META.organization) -> Meta:
    """Somebody's request of its own."""
    return Meta(organization=organization, actor="ada", request_id=str(uuid4()), address="192.0.2.7")


def provider(name: str, provider_id: UUID | None = None) -> Decided:
    """A new provider."""
    return Decided(Stream(PROVIDER, provider_id or uuid4()), (ProviderCreated(name=name, endpoint=OWN),))


def renamed(store: Store, provider_id: UUID, name: str) -> Decided:
    """Another name for a provider that is there."""
    stream = store.load(PROVIDER, provider_id)
    assert stream.state is not None
    return Decided(stream, (ProviderRenamed(name=name, before=stream.state.name),))


def model(provider_id: UUID, model_id: str) -> Decided:
    """A new model, added by hand."""
    added = ModelAdded(provider_id=provider_id, model_id=model_id, source=Source.MANUAL, facts=ModelFacts())
    return Decided(Stream(MODEL, stream_of_model(provider_id, model_id)), (added,))


def discovered(provider_id: UUID, count: int) -> list[Decided]:
    """Many new models, found in a listing."""
    return [
        Decided(
            Stream(MODEL, stream_of_model(provider_id, f"m{number}")),
            (
                ModelDiscovered(
                    provider_id=provider_id, model_id=f"m{number}", facts=ModelFacts(), sync_id=SYNC_ID
                ),
            ),
        )
        for number in range(count)
    ]


def token(name: str, role: Role = Role.ADMIN) -> Decided:
    """A new token."""
    return Decided(
        Stream(TOKEN, uuid4()), (TokenIssued(name=name, role=role, verifier=f"verifier of {name}"),)
    )


def default(organization: UUID, provider_id: UUID, model_id: str) -> Decided:
    """The first default of an organization."""
    chosen = DefaultModel(
        id=stream_of_model(provider_id, model_id), provider_id=provider_id, model_id=model_id
    )
    changed = DefaultModelChanged(before=None, after=chosen, reason="chosen")
    return Decided(Stream(CATALOG, stream_of(organization)), (changed,))


def started(provider_id: UUID) -> Decided:
    """A run that has begun."""
    event = SyncStarted(provider_id=provider_id, provider_name="One", trigger="manual")
    return Decided(Stream(SYNC, uuid4()), (event,))


def sealed_key(**parts: Any) -> SealedKey:
    """A sealed key of nothing; nobody opens it."""
    return SealedKey(
        **{
            "key_id": uuid4(),
            "organization": META.organization,
            "provider_id": uuid4(),
            "master_key_id": "m1",
            "format": 1,
            "wrapped_key": b"\x00\xffwrapped\\x",
            "sealed": b"sealed\x00\x01",
            **parts,
        }
    )
