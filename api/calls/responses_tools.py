"""The tools of a Responses request, and which of them the model may or must use."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from api.calls.decoded import BadCall
from api.calls.reading import fitted
from api.calls.responses_shapes import AllowedTools, FunctionTool, NamedChoice, ResponsesBody
from domain.conversation import Tool, ToolChoice

_NO_PARAMETERS: Final[Mapping[str, Any]] = {"type": "object", "properties": {}}
_OTHER_PROTOCOLS: Final = (
    "only models whose provider speaks Responses have tools of this kind; leave it out, or ask such a model"
)


class Tools(NamedTuple):
    """What the model is offered.

    Attributes:
        offered: the tools that it may use.
        choice: whether it must.
        fields: the caller's names of the tools, where they differ.
    """

    offered: tuple[Tool, ...]
    choice: ToolChoice | None
    fields: Mapping[str, str]


def tools_of(said: ResponsesBody) -> Tools:
    """What a request says of tools.

    Raises:
        BadCall: a tool or the choice is of a kind that other protocols do not have.
    """
    known = [_tool(tool, f"tools[{index}]") for index, tool in enumerate(said.tools or ())]
    match said.tool_choice:
        case None:
            return Tools(tuple(known), None, {})
        case "auto" | "none" | "required":
            return Tools(tuple(known), ToolChoice(said.tool_choice), {})
        case {"type": "function"}:
            named = fitted(said.tool_choice, NamedChoice, "tool_choice")
            return Tools(tuple(known), ToolChoice("named", named.name), {})
        case {"type": "allowed_tools"}:
            return _allowed(known, fitted(said.tool_choice, AllowedTools, "tool_choice"))
        case _:
            raise BadCall("tool_choice.type", _OTHER_PROTOCOLS)


def _allowed(known: list[Tool], choice: AllowedTools) -> Tools:
    """No other protocol has such a list, so the model is offered the allowed tools only."""
    places = {tool.name: index for index, tool in enumerate(known)}
    for index, allowed in enumerate(choice.tools):
        if allowed.name not in places:
            raise BadCall(f"tool_choice.tools[{index}].name", "tools has no function of this name")
    names = {allowed.name for allowed in choice.tools}
    offered = tuple(tool for tool in known if tool.name in names)
    fields = {f"tools[{index}]": f"tools[{places[tool.name]}]" for index, tool in enumerate(offered)}
    return Tools(offered, ToolChoice(choice.mode), fields)


def _tool(tool: Mapping[str, Any], at: str) -> Tool:
    if tool.get("type") != "function":
        raise BadCall(f"{at}.type", _OTHER_PROTOCOLS)
    said = fitted(tool, FunctionTool, at)
    parameters = _NO_PARAMETERS if said.parameters is None else said.parameters
    return Tool(said.name, said.description, parameters, said.strict)
