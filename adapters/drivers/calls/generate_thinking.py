"""How a call's thinking is said to a Gemini model: https://ai.google.dev/gemini-api/docs/thinking.

Models before Gemini 3 refuse levels, later ones take budgets too, and the listing does not tell them apart.
So an effort is sent as a budget, unless the capability ``thinking.level`` of the model is set.
"""

from collections.abc import Mapping
from typing import Any

from adapters.drivers.calls.driver import CallModel
from domain.call import Effort, Inexpressible, Thinking

_BUDGET_OF: Mapping[Effort, int] = {
    "none": 0,
    "minimal": 512,
    "low": 1_024,
    "medium": 8_192,
    "high": 24_576,  # the most that every thinking model takes
    "xhigh": 24_576,
    "max": 24_576,
}
_LEVEL_OF: Mapping[Effort, str] = {
    "minimal": "minimal",
    "low": "low",
    "medium": "medium",
    "high": "high",
    "xhigh": "high",
    "max": "high",
}


def thinking_config(asked: Thinking | None, model: CallModel) -> dict[str, Any] | None:
    """The field ``thinkingConfig``; None: the model's own default.

    Raises:
        Inexpressible: the model does not think.
    """
    if asked is None:
        return None
    budget = 0 if asked.effort == "none" else asked.budget
    if model.capabilities.get("thinking") is False:
        if budget or (budget is None and asked.effort is not None):
            field = "thinking.effort" if budget is None else "thinking.budget"
            raise Inexpressible(field, "this model does not think; leave it out, or choose another model")
        return None
    said: dict[str, Any] = {"includeThoughts": True} if asked.summary else {}
    if budget is not None:
        said["thinkingBudget"] = budget
    elif asked.effort is not None and model.capabilities.get("thinking.level"):
        said["thinkingLevel"] = _LEVEL_OF[asked.effort]
    elif asked.effort is not None:
        said["thinkingBudget"] = _BUDGET_OF[asked.effort]
    return said or None
