import pytest
from pydantic import ValidationError

from domain.provider import ProviderRenamed

CANARY = "sk-canary-0123456789"


def test_a_value_does_not_change() -> None:
    event = ProviderRenamed(name="Two", before="One")
    with pytest.raises(ValidationError, match="frozen"):
        event.name = "Three"  # type: ignore[misc]  # the rule under test


def test_a_value_knows_its_fields_and_no_other() -> None:
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        ProviderRenamed.model_validate({"name": "Two", "before": "One", "api_key": CANARY})


@pytest.mark.parametrize("fields", [{"name": "Two", "api_key": CANARY}, {"name": [CANARY], "before": "One"}])
def test_a_refused_value_is_not_repeated_in_the_error(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError) as refused:
        ProviderRenamed.model_validate(fields)
    assert CANARY not in str(refused.value)
    assert CANARY not in repr(refused.value)
