"""A token: how a person or an application proves who it is, and what it may do."""

from enum import StrEnum
from typing import ClassVar, TypeAlias, assert_never

from domain.event import Event
from domain.value import Value


class Role(StrEnum):
    """What a token may do: ``admin`` all, ``viewer`` read, ``caller`` call models only."""

    ADMIN = "admin"
    VIEWER = "viewer"
    CALLER = "caller"


class TokenIssued(Event):
    """``verifier`` is a keyed digest of the token: it recognizes the token and does not give it away."""

    topic: ClassVar[str] = "access.token_issued.v1"
    name: str
    role: Role
    verifier: str


class TokenRevoked(Event):
    """The token opens nothing any more."""

    topic: ClassVar[str] = "access.token_revoked.v1"
    name: str


AccessEvent: TypeAlias = TokenIssued | TokenRevoked


class Token(Value):
    """What decisions need to know of a token."""

    name: str
    role: Role
    revoked: bool = False


def evolve(state: Token | None, event: AccessEvent) -> Token:
    """The state after the event. Total, and without checks: history is always readable."""
    match event:
        case TokenIssued():
            return Token(name=event.name, role=event.role)
        case _ if state is None:
            raise LookupError(f"a token's history begins with {event.topic}")
        case TokenRevoked():
            return state.model_copy(update={"revoked": True})
        case _:
            assert_never(event)


def issue(name: str, role: Role, verifier: str) -> tuple[AccessEvent, ...]:
    """A new token."""
    return (TokenIssued(name=name, role=role, verifier=verifier),)


def revoke(state: Token) -> tuple[AccessEvent, ...]:
    """End it; a second time yields nothing."""
    return () if state.revoked else (TokenRevoked(name=state.name),)
