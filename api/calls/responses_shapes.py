"""The shape of a Responses request, as far as Keyroll can translate it.

https://platform.openai.com/docs/api-reference/responses/create, https://www.openresponses.org/reference, with
two customs of others: ``top_k`` (vLLM, OpenRouter) and ``reasoning.max_tokens`` (OpenRouter).
"""

from typing import Annotated, Any, Final, Literal, TypeAlias

import msgspec
from msgspec import Meta

from api.calls.images import Detail
from domain.call import Effort

_Tokens: TypeAlias = Annotated[int, Meta(ge=1)]
_Status: TypeAlias = Literal["in_progress", "completed", "incomplete"]
ToolMode: TypeAlias = Literal["auto", "none", "required"]
_Summary: TypeAlias = Literal["auto", "concise", "detailed"]


class _Shape(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    pass


class InputText(_Shape, tag_field="type", tag="input_text"):
    """Words of the caller."""

    text: str


class InputImage(_Shape, tag_field="type", tag="input_image"):
    """A picture, at a URL or as the data in a ``data:`` URL."""

    image_url: str
    detail: Detail | None = None
    file_id: None = None


class OutputText(_Shape, tag_field="type", tag="output_text"):
    """Words of a model. What was told about them besides is of no use to another vendor and stays behind."""

    text: str
    annotations: list[Any] | None = None
    logprobs: list[Any] | None = None


class OutputRefusal(_Shape, tag_field="type", tag="refusal"):
    """Words with which a model declined."""

    refusal: str


ContentPart: TypeAlias = InputText | InputImage | OutputText | OutputRefusal


class MessageItem(_Shape):
    """A message."""

    role: Literal["user", "assistant", "system", "developer"]
    content: str | list[ContentPart]
    type: Literal["message"] | None = None
    id: str | None = None
    status: _Status | None = None
    phase: Literal["commentary", "final_answer"] | None = None


class FunctionCallItem(_Shape):
    """A tool that a model asked for."""

    type: Literal["function_call"]
    call_id: str
    name: str
    arguments: str
    id: str | None = None
    status: _Status | None = None
    namespace: None = None
    caller: None = None


class FunctionCallOutputItem(_Shape):
    """What a tool answered."""

    type: Literal["function_call_output"]
    call_id: str
    output: str | list[InputText | InputImage]
    id: str | None = None
    status: _Status | None = None
    name: str | None = None
    namespace: None = None
    caller: None = None


class SummaryText(_Shape, tag_field="type", tag="summary_text"):
    """A summary of thoughts."""

    text: str


class ReasoningText(_Shape, tag_field="type", tag="reasoning_text"):
    """Thoughts."""

    text: str


class ReasoningItem(_Shape):
    """Thoughts as they came out."""

    type: Literal["reasoning"]
    summary: list[SummaryText] = []
    content: list[ReasoningText] | None = None
    encrypted_content: str | None = None
    id: str | None = None
    status: _Status | None = None


class FunctionTool(_Shape):
    """A function that may be called."""

    type: Literal["function"]
    name: str
    description: str | None = None
    parameters: dict[str, Any] | None = None
    strict: bool | None = None


class NamedChoice(_Shape):
    """A function by its name."""

    type: Literal["function"]
    name: str


class AllowedTools(_Shape):
    """Those of the tools that may be used now."""

    type: Literal["allowed_tools"]
    tools: list[NamedChoice]
    mode: Literal["auto", "required"] = "auto"


class TextFormat(_Shape, tag_field="type", tag="text"):
    """Any words."""


class JsonObjectFormat(_Shape, tag_field="type", tag="json_object"):
    """Any JSON object."""


class JsonSchemaFormat(_Shape, tag_field="type", tag="json_schema"):
    """JSON that fits a schema."""

    name: str
    schema: dict[str, Any]
    description: str | None = None
    strict: bool | None = None


class TextChoice(_Shape):
    """The form of the words."""

    format: TextFormat | JsonObjectFormat | JsonSchemaFormat | None = None
    verbosity: str | None = None


class ReasoningChoice(_Shape):
    """How to think, and whether to show it."""

    effort: Effort | None = None
    summary: _Summary | None = None
    generate_summary: _Summary | None = None
    max_tokens: _Tokens | None = None
    context: str | None = None
    mode: str | None = None


class StreamOptions(_Shape):
    """What a stream tells besides."""

    include_obfuscation: bool | None = None


class ResponsesBody(_Shape):
    """A request. What stands in ``UNTRANSLATED`` is read to be refused by name when it asks for something.

    What is said of OpenAI's prompt cache has no bearing on any answer and is passed over: README.md says so.
    """

    input: str | Annotated[list[dict[str, Any]], Meta(min_length=1)]
    model: str | None = None
    instructions: str | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    timeout: Annotated[float, Meta(gt=0, le=600)] | None = None
    tools: list[dict[str, Any]] | None = None
    tool_choice: ToolMode | dict[str, Any] | None = None
    parallel_tool_calls: bool | None = None
    max_output_tokens: _Tokens | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    text: TextChoice | None = None
    reasoning: ReasoningChoice | None = None
    metadata: Annotated[dict[str, str], Meta(max_length=16)] | None = None
    include: list[str] | None = None
    store: bool | None = None
    user: str | None = None
    safety_identifier: str | None = None
    access_programs: Any = None
    background: Any = None
    background_options: Any = None
    context_management: Any = None
    conversation: Any = None
    image: Any = None
    max_tool_calls: Any = None
    moderation: Any = None
    previous_response_id: Any = None
    prompt: Any = None
    prompt_cache_key: Any = None
    prompt_cache_options: Any = None
    prompt_cache_retention: Any = None
    service_tier: Any = None
    top_logprobs: Any = None
    truncation: Any = None


# By name: what asks for nothing but what would happen anyway.
UNTRANSLATED: Final[dict[str, tuple[object, ...]]] = {
    "access_programs": (),
    "background": (False,),
    "background_options": (),
    "context_management": ([],),
    "conversation": (),
    "image": (),
    "include": (["reasoning.encrypted_content"], []),
    "max_tool_calls": (),
    "moderation": (),
    "previous_response_id": (),
    "prompt": (),
    "reasoning.context": ("auto",),
    "reasoning.mode": ("standard",),
    "service_tier": ("auto", "default"),
    "stream_options.include_obfuscation": (False,),
    "text.verbosity": ("medium",),
    "top_logprobs": (0,),
    "truncation": ("disabled",),
}
