"""How thinking is said to an Anthropic model: by its listed capabilities, with limits that are valid."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.drivers.anthropic_capabilities import capabilities_of
from adapters.drivers.calls.driver import CallModel
from adapters.drivers.calls.messages_thinking import Plan, plan_of
from domain.call import Call, Effort, Inexpressible, Thinking

EFFORTS: tuple[Effort, ...] = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
BUDGETS = {"thinking": True, "thinking.adaptive": False, "thinking.enabled": True}
ADAPTS = {"thinking": True, "thinking.adaptive": True, "thinking.enabled": False}


def planned(
    thinking: Thinking | None,
    capabilities: Mapping[str, bool],
    *,
    limit: int | None = None,
    most: int | None = None,
) -> Plan:
    call = Call(messages=(), thinking=thinking, max_output_tokens=limit)
    return plan_of(call, CallModel("m-1", capabilities, max_output_tokens=most))


def refused(
    thinking: Thinking, capabilities: Mapping[str, bool], *, limit: int | None = None, most: int | None = None
) -> str:
    with pytest.raises(Inexpressible) as caught:
        planned(thinking, capabilities, limit=limit, most=most)
    return caught.value.field


def budget_of(plan: Plan) -> object:
    return None if plan.form is None else plan.form.get("budget_tokens")


def test_the_form_follows_from_the_listing_and_not_from_the_name() -> None:
    types = {"adaptive": {"supported": True}, "enabled": {"supported": False}}
    adapts = capabilities_of({"thinking": {"supported": True, "types": types}, "effort": {"supported": True}})
    types = {"adaptive": {"supported": False}, "enabled": {"supported": True}}
    budgets = capabilities_of({"thinking": {"supported": True, "types": types}})

    assert planned(Thinking(effort="medium"), adapts) == Plan(8_192, {"type": "adaptive"}, "medium")
    enabled = {"type": "enabled", "budget_tokens": 8_192}
    assert planned(Thinking(effort="medium"), budgets) == Plan(16_384, enabled)


def test_a_model_that_knows_both_forms_adapts_to_an_effort_and_keeps_to_a_budget() -> None:
    both = {"thinking": True, "thinking.adaptive": True, "thinking.enabled": True}
    assert planned(Thinking(effort="high"), both) == Plan(8_192, {"type": "adaptive"}, "high")
    assert budget_of(planned(Thinking(budget=3_000), both)) == 3_000


def test_a_model_of_which_nothing_is_known_is_taken_for_one_of_today_and_a_budget_is_believed() -> None:
    assert planned(Thinking(effort="max"), {}) == Plan(8_192, {"type": "adaptive"}, "max")
    assert budget_of(planned(Thinking(budget=3_000), {})) == 3_000


def test_a_form_that_the_listing_does_not_name_is_not_used_beside_one_that_it_names() -> None:
    assert refused(Thinking(budget=3_000), {"thinking.adaptive": True}) == "thinking.budget"
    assert budget_of(planned(Thinking(effort="low"), {"thinking.enabled": True})) == 2_048


def test_a_model_that_does_not_think_is_asked_for_no_thought() -> None:
    never = {"thinking": False}
    assert refused(Thinking(budget=3_000), never) == "thinking.budget"
    assert refused(Thinking(effort="low"), never) == "thinking.effort"
    assert planned(Thinking(effort="none"), never) == planned(None, never) == Plan(8_192)
    assert refused(Thinking(effort="low"), ADAPTS | {"effort": False}) == "thinking.effort"


def test_no_thinking_is_said_to_models_that_may_think_unasked() -> None:
    for nothing in (Thinking(effort="none"), Thinking(budget=0)):
        assert planned(nothing, ADAPTS) == Plan(8_192, {"type": "disabled"})
        assert planned(nothing, BUDGETS) == Plan(8_192)
    assert not planned(Thinking(effort="none"), ADAPTS).thinks


def test_who_asks_only_to_see_thoughts_leaves_to_the_model_whether_it_has_any() -> None:
    assert planned(Thinking(summary=True), ADAPTS) == Plan(8_192)


@pytest.mark.parametrize(
    ("effort", "step"),
    [("minimal", "low"), ("low", "low"), ("high", "high"), ("xhigh", "high"), ("max", "high")],
)
def test_a_step_that_a_model_lacks_is_the_nearest_one_below(effort: Effort, step: str) -> None:
    steps = {"effort": True, "effort.low": True, "effort.high": True, "effort.max": False}
    assert planned(Thinking(effort=effort), ADAPTS | steps).effort == step


def test_a_model_that_names_no_step_at_all_gets_the_one_asked_for() -> None:
    assert planned(Thinking(effort="xhigh"), ADAPTS | {"effort": True}).effort == "xhigh"


def test_a_model_with_no_step_that_low_gets_its_word_for_low() -> None:
    assert planned(Thinking(effort="low"), ADAPTS | {"effort": True, "effort.high": True}).effort == "low"


def test_a_model_with_budgets_and_efforts_is_told_both() -> None:
    plan = planned(Thinking(effort="high"), BUDGETS | {"effort": True}, most=64_000)
    assert plan == Plan(64_000, {"type": "enabled", "budget_tokens": 16_384}, "high")


def test_half_of_a_tight_limit_stays_for_the_answer_when_only_an_effort_is_asked_for() -> None:
    assert budget_of(planned(Thinking(effort="high"), BUDGETS, limit=6_000)) == 3_000
    assert budget_of(planned(Thinking(effort="high"), BUDGETS, limit=1_025)) == 1_024


def test_a_budget_as_large_as_the_limit_is_cut_for_the_limit_counts_thoughts_too() -> None:
    assert budget_of(planned(Thinking(budget=10_000), BUDGETS, limit=5_000)) == 4_999


def test_a_limit_with_no_room_for_a_thought_is_told_as_the_limits_fault() -> None:
    assert refused(Thinking(budget=2_000), BUDGETS, limit=1_024) == "max_output_tokens"
    assert refused(Thinking(effort="low"), BUDGETS, limit=100) == "max_output_tokens"
    assert refused(Thinking(budget=1_023), BUDGETS) == "thinking.budget"


def test_without_any_limit_there_is_room_for_thoughts_and_an_answer() -> None:
    assert planned(Thinking(budget=30_000), {}).max_tokens == 38_192
    assert planned(None, {}).max_tokens == 8_192


@given(
    effort=st.sampled_from(EFFORTS),
    capabilities=st.dictionaries(
        st.sampled_from(
            ["thinking", "thinking.adaptive", "thinking.enabled", "effort", "effort.low", "effort.max"]
        ),
        st.booleans(),
    ),
    budget=st.none() | st.integers(0, 200_000),
    limit=st.none() | st.integers(1, 200_000),
    most=st.none() | st.integers(1, 200_000),
)
def test_whatever_is_asked_of_whatever_model_the_limits_are_valid_beside_each_other(
    effort: Effort, capabilities: dict[str, bool], budget: int | None, limit: int | None, most: int | None
) -> None:
    thinking = Thinking(effort=effort) if budget is None else Thinking(budget=budget)
    try:
        plan = planned(thinking, capabilities, limit=limit, most=most)
    except Inexpressible:
        return
    assert 1 <= plan.max_tokens <= min(limit or 10**9, most or 10**9)
    if plan.has_budget:
        assert plan.form is not None
        assert 1_024 <= plan.form["budget_tokens"] < plan.max_tokens
