from adapters.drivers.anthropic_capabilities import capabilities_of


def test_a_tree_of_any_size_is_read_alike() -> None:
    small = {"image_input": {"supported": True}, "batch": {"supported": False}}
    large = small | {"note": "x" * 20_000}
    assert capabilities_of(small) == capabilities_of(large) == {"vision": True, "batch": False}


def test_two_models_with_equal_trees_get_capabilities_of_their_own() -> None:
    tree = {"batch": {"supported": True}}
    capabilities_of(tree)["vision"] = True
    assert capabilities_of(tree) == {"batch": True}


def test_what_is_no_tree_tells_of_nothing() -> None:
    assert capabilities_of(None) == capabilities_of([{"batch": {"supported": True}}]) == {}
