"""Anthropic's trees of capabilities, which are read once for all models that have the same one."""

import json

from adapters.drivers.anthropic_capabilities import capabilities_of
from domain.listing import ModelFacts
from tests.support.listing import KEY, list_from
from tests.support.vendor_models import Row, anthropic_row
from tests.support.vendor_servers import AnthropicServer


def _listed(*rows: Row) -> list[ModelFacts]:
    with AnthropicServer(KEY) as vendor:
        vendor.send_next(json.dumps({"data": rows, "has_more": False}).encode())
        return [model.facts for model in list_from(vendor).models]


def test_a_tree_of_any_size_is_read_alike() -> None:
    small = {"image_input": {"supported": True}, "batch": {"supported": False}}
    large = small | {"note": "x" * 20_000}
    one, other = _listed(anthropic_row("a", capabilities=small), anthropic_row("b", capabilities=large))
    assert one == other
    assert one.capabilities == {"vision": True, "batch": False}
    assert one.input_modalities == ("text", "image")


def test_models_with_equal_trees_differ_in_all_else() -> None:
    one, other = _listed(
        anthropic_row("a", "One", max_tokens=1, max_input_tokens=2, created_at="2025-01-01T00:00:00Z"),
        anthropic_row("b", "Two", max_tokens="3", max_input_tokens=True, created_at=None),
    )
    assert (one.display_name, one.max_output_tokens, one.context_window) == ("One", 1, 2)
    assert (other.display_name, other.max_output_tokens, other.context_window) == ("Two", None, None)
    assert one.released_at is not None
    assert other.released_at is None
    assert one.capabilities == other.capabilities != {}


def test_two_models_with_equal_trees_get_capabilities_of_their_own() -> None:
    one, other = _listed(anthropic_row("a"), anthropic_row("b"))
    one.capabilities["vision"] = False
    assert other.capabilities["vision"]
    (again,) = _listed(anthropic_row("a"))
    assert again.capabilities["vision"]


def test_a_model_without_a_tree_tells_of_no_capability() -> None:
    (silent,) = _listed({"id": "a"})
    assert (silent.capabilities, silent.input_modalities) == ({}, None)


def test_what_is_no_tree_tells_of_nothing() -> None:
    assert capabilities_of(None) == capabilities_of([{"batch": {"supported": True}}]) == {}
