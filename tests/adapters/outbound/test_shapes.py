"""A document that is read as a shape is held to the same rules as one that is read whole."""

from typing import TypedDict

import msgspec
import pytest

from adapters.outbound.document import decode_json
from adapters.outbound.failure import OutboundError


class _Named(TypedDict, total=False):
    name: object
    tree: msgspec.Raw


def test_a_shape_takes_what_it_names_and_leaves_a_tree_as_it_came() -> None:
    read = decode_json(b'{"name": 1, "tree": {"a": [1, 2]}, "more": {}}', shape=_Named)
    assert isinstance(read, dict)
    assert {name: bytes(value) if name == "tree" else value for name, value in read.items()} == {
        "name": 1,
        "tree": b'{"a": [1, 2]}',
    }


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'["name"]', "not JSON as its vendor documents it"),
        (b'{"tree": {]}', "not JSON as its vendor documents it"),
        (b'{"more": [1,}', "not JSON as its vendor documents it"),
        (b'{"tree": "\xff"}', "not UTF-8"),
        (b'{"more": "\xff"}', "not UTF-8"),
        (b'{"tree": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested too deep"),
        (b'{"more": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested too deep"),
    ],
)
def test_what_a_shape_passes_over_is_held_to_the_same_rules(body: bytes, words: str) -> None:
    with pytest.raises(OutboundError, match=words):
        decode_json(body, shape=_Named)
