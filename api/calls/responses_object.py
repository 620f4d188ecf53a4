"""The response object: what an answer says of itself, what it repeats of the request, and what it took.

https://platform.openai.com/docs/api-reference/responses/object. Open Responses wants all of its fields in
each answer (https://www.openresponses.org/reference): what the caller left out has OpenAI's default there.
"""

from collections.abc import Mapping
from typing import Any, Final

from api.calls.responses_shapes import JsonSchemaFormat, ResponsesBody, TextChoice
from domain.call import Broke, StopReason, Usage

_INCOMPLETE: Final = {
    StopReason.LENGTH: "max_output_tokens",
    StopReason.CONTENT_FILTER: "content_filter",
}
_CODES: Final = {
    "rate_limited": "rate_limit_exceeded",
    "quota_exhausted": "rate_limit_exceeded",
    "invalid_request": "invalid_prompt",
}


def echo_of(said: ResponsesBody) -> Mapping[str, Any]:
    """What each answer repeats of its request. Nothing is stored, whatever was asked."""
    return {
        "background": False,
        "frequency_penalty": said.frequency_penalty or 0.0,
        "instructions": said.instructions,
        "max_output_tokens": said.max_output_tokens,
        "max_tool_calls": None,
        "metadata": said.metadata or {},
        "parallel_tool_calls": said.parallel_tool_calls is not False,
        "presence_penalty": said.presence_penalty or 0.0,
        "previous_response_id": None,
        "prompt_cache_key": None,
        "reasoning": {
            "effort": said.reasoning and said.reasoning.effort,
            "summary": said.reasoning and (said.reasoning.summary or said.reasoning.generate_summary),
        },
        "safety_identifier": said.safety_identifier,
        "service_tier": "default",
        "store": False,
        "temperature": 1.0 if said.temperature is None else said.temperature,
        "text": {"format": _format(said.text), "verbosity": "medium"},
        "tool_choice": said.tool_choice or "auto",
        "tools": [_tool(tool) for tool in said.tools or ()],
        "top_logprobs": 0,
        "top_p": 1.0 if said.top_p is None else said.top_p,
        "truncation": "disabled",
        "user": said.user,
    }


def _tool(tool: Mapping[str, Any]) -> dict[str, Any]:
    return {"description": None, "parameters": None, "strict": None, **tool}


def _format(text: TextChoice | None) -> dict[str, Any]:
    wanted = text and text.format
    if isinstance(wanted, JsonSchemaFormat):
        return {
            "type": "json_schema",
            "name": wanted.name,
            "description": wanted.description,
            "schema": wanted.schema,
            "strict": wanted.strict or False,
        }
    return {"type": "text" if wanted is None else wanted.__struct_config__.tag}


def incomplete_of(reason: StopReason, *, with_refusal: bool) -> str | None:
    """Why an answer is not complete; None: it is. A refusal without words was filtered."""
    if reason is StopReason.REFUSAL and not with_refusal:
        reason = StopReason.CONTENT_FILTER
    return _INCOMPLETE.get(reason)


def error_of(broke: Broke) -> dict[str, Any]:
    """The error of a failed answer, by a code that OpenAI documents; ours is the type."""
    return {
        "code": _CODES.get(broke.kind, "server_error"),
        "message": broke.message,
        "type": broke.kind,
    }


def usage_of(usage: Usage) -> dict[str, Any] | None:
    """The ``usage``; None where the vendor told nothing."""
    if usage.input is None and usage.output is None:
        return None
    came, went = usage.input or 0, usage.output or 0
    return {
        "input_tokens": came,
        "input_tokens_details": {
            "cached_tokens": usage.cached_input or 0,
            "cache_write_tokens": usage.cache_write or 0,
        },
        "output_tokens": went,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning or 0},
        "total_tokens": came + went,
    }
