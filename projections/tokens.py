"""The tokens as the API shows them, and by which a caller is recognized: one row each, gone when revoked."""

from datetime import datetime
from typing import NamedTuple, assert_never, get_args
from uuid import UUID

from domain.access import AccessEvent, TokenIssued, TokenRevoked
from domain.event import Recorded
from domain.names import name_key
from projections.read_model import ReadModel


class TokenRow(NamedTuple):
    """A live token. ``verifier`` recognizes it; the token itself is nowhere."""

    id: UUID
    organization: UUID
    version: int
    name: str
    name_key: str
    role: str
    verifier: str
    created_at: datetime
    created_by: str


def fold(_row: TokenRow | None, recorded: Recorded[AccessEvent]) -> TokenRow | None:
    """The row after the event."""
    event = recorded.event
    match event:
        case TokenIssued():
            return TokenRow(
                id=recorded.originator_id,
                organization=recorded.meta.organization,
                version=recorded.originator_version,
                name=event.name,
                name_key=name_key(event.name),
                role=event.role.value,
                verifier=event.verifier,
                created_at=recorded.occurred_at,
                created_by=recorded.meta.actor,
            )
        case TokenRevoked():
            return None
        case _:
            assert_never(event)


TOKENS = ReadModel(table="tokens", row=TokenRow, follows=get_args(AccessEvent), fold=fold)
