"""How a call's thinking is said to an Anthropic model: by what its listing says it can, not by its name.

https://platform.claude.com/docs/en/build-with-claude/extended-thinking, …/adaptive-thinking, …/effort
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from adapters.drivers.calls.driver import CallModel
from domain.call import Call, Effort, Inexpressible, Thinking

_LEAST_BUDGET = 1_024
_ROOM_TO_ANSWER = 8_192  # tokens, where neither the caller nor the listing names a limit
_STEPS = ("low", "medium", "high", "xhigh", "max")
_BUDGET_OF: Mapping[Effort, int] = {
    "minimal": _LEAST_BUDGET,
    "low": 2_048,
    "medium": 8_192,
    "high": 16_384,
    "xhigh": 24_576,
    "max": 32_768,
}


@dataclass(frozen=True, slots=True)
class Plan:
    """What a request says of thinking and of its limit, each valid beside the other.

    Attributes:
        max_tokens: of thoughts and answer together.
        form: the field ``thinking``; None: the model's own default.
        effort: the field ``output_config.effort``.
    """

    max_tokens: int
    form: Mapping[str, Any] | None = None
    effort: str | None = None

    @property
    def thinks(self) -> bool:
        """Whether the request turns thinking on."""
        return self.form is not None and self.form["type"] != "disabled"

    @property
    def has_budget(self) -> bool:
        """Whether thinking is of the older form, which does not interleave with tools unless told to."""
        return self.form is not None and self.form["type"] == "enabled"


def plan_of(call: Call, model: CallModel) -> Plan:
    """The plan for this call to this model.

    Raises:
        Inexpressible: the model does not think, or not in the way that is asked for.
    """
    asked = call.thinking or Thinking()
    can = model.capabilities
    if asked.effort == "none" or asked.budget == 0:
        # Models that only know budgets do not think unasked; those that adapt may.
        form = {"type": "disabled"} if can.get("thinking.adaptive") else None
        return Plan(_limit(call, model), form)
    if asked.budget is not None:
        return _by_budget(asked.budget, asked, call, model)
    if asked.effort is not None:
        return _by_effort(asked.effort, asked, call, model)
    return Plan(_limit(call, model))


def _by_budget(budget: int, asked: Thinking, call: Call, model: CallModel) -> Plan:
    if not _takes_budgets(model):
        reason = "this model takes no budget of thoughts; ask for an effort, or leave it out"
        raise Inexpressible("thinking.budget", reason)
    if budget < _LEAST_BUDGET:
        raise Inexpressible("thinking.budget", f"must be 0 or at least {_LEAST_BUDGET} tokens for this model")
    limit = _limit(call, model, thoughts=budget)
    return _enabled(min(budget, limit - 1), limit, asked)


def _by_effort(effort: Effort, asked: Thinking, call: Call, model: CallModel) -> Plan:
    if _adapts(model):
        form = {"type": "adaptive", **_display(asked)}
        return Plan(_limit(call, model), form, _step(effort, model.capabilities))
    if not _takes_budgets(model):
        reason = "this model cannot be told how hard to think; leave it out, or choose another model"
        raise Inexpressible("thinking.effort", reason)
    budget = _BUDGET_OF[effort]
    limit = _limit(call, model, thoughts=budget)
    step = _step(effort, model.capabilities) if model.capabilities.get("effort") else None
    # Half of a tight limit stays for the answer.
    return _enabled(max(_LEAST_BUDGET, min(budget, limit // 2)), limit, asked, step)


def _enabled(budget: int, limit: int, asked: Thinking, effort: str | None = None) -> Plan:
    if not _LEAST_BUDGET <= budget < limit:
        reason = f"thoughts count into it and take {_LEAST_BUDGET} tokens at least; raise it, or do not think"
        raise Inexpressible("max_output_tokens", reason)
    return Plan(limit, {"type": "enabled", "budget_tokens": budget, **_display(asked)}, effort)


def _display(asked: Thinking) -> dict[str, str]:
    return {"display": "summarized"} if asked.summary else {}


def _limit(call: Call, model: CallModel, thoughts: int = 0) -> int:
    """``max_tokens``, which Anthropic requires: what is asked for, or all that the model gives."""
    most = model.max_output_tokens
    limit = call.max_output_tokens or most or thoughts + _ROOM_TO_ANSWER
    return limit if most is None else min(limit, most)


def _adapts(model: CallModel) -> bool:
    """A model of which nothing is known is taken for one of today."""
    can = model.capabilities
    if can.get("thinking") is False or can.get("effort") is False:
        return False
    return can.get("thinking.adaptive", not can.get("thinking.enabled"))


def _takes_budgets(model: CallModel) -> bool:
    can = model.capabilities
    if can.get("thinking") is False:
        return False
    return can.get("thinking.enabled", not can.get("thinking.adaptive"))


def _step(effort: Effort, can: Mapping[str, bool]) -> str:
    """The step asked for, or the nearest one below it that the model has."""
    names_steps = any(f"effort.{step}" in can for step in _STEPS)
    asked = "low" if effort == "minimal" else effort
    below = reversed(_STEPS[: _STEPS.index(asked) + 1])
    return next((step for step in below if can.get(f"effort.{step}", not names_steps)), "low")
