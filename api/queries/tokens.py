"""Tokens as the API shows them."""

from datetime import datetime
from uuid import UUID

import msgspec

from domain.access import Role
from projections.tokens import TokenRow


class TokenView(msgspec.Struct, frozen=True):
    """A live token, without the token itself."""

    id: UUID
    name: str
    role: Role
    created_at: datetime
    created_by: str


class IssuedTokenView(msgspec.Struct, frozen=True):
    """A new token. ``token`` is in this answer only; a repetition of the request gets null."""

    id: UUID
    name: str
    role: Role
    created_at: datetime
    created_by: str
    token: str | None


def token_view(row: TokenRow) -> TokenView:
    """The answer for one token."""
    return TokenView(row.id, row.name, Role(row.role), row.created_at, row.created_by)


def issued_token_view(row: TokenRow, token: str) -> IssuedTokenView:
    """The answer to a new token."""
    return IssuedTokenView(row.id, row.name, Role(row.role), row.created_at, row.created_by, token)
