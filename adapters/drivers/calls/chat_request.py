"""A neutral call as a Chat Completions request.

https://platform.openai.com/docs/api-reference/chat/create. OpenAI itself refuses names that it does not know,
and compatible servers pass over names that they do not know; so each gets only what it is documented to read.
"""

from collections.abc import Mapping
from typing import Any

from adapters.drivers.calls.chat_messages import messages_of
from adapters.drivers.calls.driver import CallModel
from adapters.drivers.calls.openai_itself import is_openai_itself
from domain.call import Call, Inexpressible, OutputFormat, Thinking
from domain.conversation import Tool, ToolChoice

_MOST_STOPS = 4


def body_of(call: Call, model: CallModel, base_url: str) -> Mapping[str, Any]:
    """The request's body.

    Raises:
        Inexpressible: Chat Completions has no words for it.
    """
    by_openai = is_openai_itself(base_url)
    said = {
        "messages": messages_of(call.messages, with_reasoning=not by_openai),
        "tools": [_tool(tool) for tool in call.tools] or None,
        "tool_choice": call.tool_choice and _tool_choice(call.tool_choice),
        "parallel_tool_calls": call.parallel_tool_calls,
        # OpenAI's reasoning models refuse the older name, and Ollama and Mistral know no other.
        "max_completion_tokens" if by_openai else "max_tokens": call.max_output_tokens,
        "temperature": call.temperature,
        "top_p": call.top_p,
        "stop": _stops(call),
        "seed": call.seed,
        "presence_penalty": call.presence_penalty,
        "frequency_penalty": call.frequency_penalty,
        "response_format": call.output_format and _response_format(call.output_format),
        "reasoning_effort": call.thinking and _effort(call.thinking),
        "user": call.user,
        "stream": call.stream or None,
        # Without it a stream tells no usage.
        "stream_options": {"include_usage": True} if call.stream else None,
    }
    if call.top_k is not None:
        raise Inexpressible("top_k", "Chat Completions has no such field; leave it out, or use top_p")
    return {"model": model.model_id} | {name: value for name, value in said.items() if value is not None}


def _stops(call: Call) -> list[str] | None:
    if len(call.stop) > _MOST_STOPS:
        raise Inexpressible("stop", f"Chat Completions takes at most {_MOST_STOPS} stop sequences")
    return list(call.stop) or None


def _effort(thinking: Thinking) -> str | None:
    """Whether thoughts are shown cannot be asked for: servers that show them do so unasked."""
    if thinking.budget is not None:
        raise Inexpressible(
            "thinking.budget", "Chat Completions knows efforts, not budgets; ask for an effort instead"
        )
    return thinking.effort


def _tool(tool: Tool) -> dict[str, Any]:
    function = {
        "name": tool.name,
        "description": tool.description,
        "parameters": tool.parameters,
        "strict": tool.strict,
    }
    return {"type": "function", "function": _given(function)}


def _tool_choice(choice: ToolChoice) -> str | dict[str, Any]:
    if choice.mode == "named":
        return {"type": "function", "function": {"name": choice.name}}
    return choice.mode


def _response_format(wanted: OutputFormat) -> dict[str, Any]:
    if wanted.schema is None:
        return {"type": "json_object"}
    schema = {
        "name": wanted.name,
        "description": wanted.description,
        "schema": wanted.schema,
        "strict": wanted.strict,
    }
    return {"type": "json_schema", "json_schema": _given(schema)}


def _given(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}
