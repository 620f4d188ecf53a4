import pytest

from domain.access import Role, Token, TokenIssued, TokenRevoked, evolve, issue, revoke
from tests.support.given_when_then import Given

ISSUED = TokenIssued(name="ci", role=Role.CALLER, verifier="c0ffee")


@pytest.mark.parametrize("role", Role)
def test_a_token_is_issued_with_its_role(role: Role) -> None:
    events = issue("ci", role, "c0ffee")
    assert events == (TokenIssued(name="ci", role=role, verifier="c0ffee"),)
    assert Given(evolve, *events).state == Token(name="ci", role=role)


def test_a_token_is_revoked_once() -> None:
    revoked = Given(evolve, ISSUED).when(revoke)
    revoked.then(TokenRevoked(name="ci"))
    assert revoked.state.revoked


def test_the_roles_of_the_api_are_these() -> None:
    assert [role.value for role in Role] == ["admin", "viewer", "caller"]
