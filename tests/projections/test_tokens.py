from domain.access import Role, TokenIssued, TokenRevoked
from projections.tokens import TOKENS, TokenRow, fold
from tests.support.examples import NOON, ORGANIZATION, STREAM, recorded

ROW = TokenRow(
    id=STREAM,
    organization=ORGANIZATION,
    version=1,
    name="CI",
    name_key="ci",
    role="caller",
    verifier="c0ffee",
    created_at=NOON,
    created_by="ada",
)


def test_an_issued_token_is_a_row_with_its_verifier() -> None:
    assert fold(None, recorded(TokenIssued(name="CI", role=Role.CALLER, verifier="c0ffee"))) == ROW


def test_a_revoked_token_has_no_row() -> None:
    assert fold(ROW, recorded(TokenRevoked(name="CI"), 2)) is None


def test_the_read_model_is_the_table_of_tokens() -> None:
    assert (TOKENS.table, TOKENS.fold) == ("tokens", fold)
