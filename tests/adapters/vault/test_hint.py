import pytest

from adapters.vault.hint import hint
from domain.secret import Secret


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ""),
        ("abcd", ""),
        ("12345678901", ""),
        ("123456789012", "9012"),
        ("sk-proj-0123456789wxyz", "wxyz"),
        ("ключ-от-двери-замка", "амка"),
    ],
)
def test_the_last_four_characters_of_a_key_are_shown_if_it_has_at_least_twelve(text: str, shown: str) -> None:
    assert hint(Secret(text)) == shown
