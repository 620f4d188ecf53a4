"""The shape of a Chat Completions request, as far as Keyroll can translate it.

https://platform.openai.com/docs/api-reference/chat/create, with three customs of others: ``thinking`` as
Anthropic's compatible endpoint takes it (https://platform.claude.com/docs/en/api/openai-sdk), ``top_k`` (vLLM
and OpenRouter), and thoughts on the assistant's messages.
"""

from typing import Annotated, Any, Literal, TypeAlias

from msgspec import Meta

from api.calls.chat_option_shapes import (
    FunctionTool,
    JsonObjectFormat,
    JsonSchemaFormat,
    NamedChoice,
    StreamOptions,
    TextFormat,
    ThinkingChoice,
    Tokens,
    ToolMode,
)
from api.calls.shape import Shape
from domain.call import Effort


class TextPart(Shape, tag_field="type", tag="text"):
    """Words."""

    text: str


class RefusalPart(Shape, tag_field="type", tag="refusal"):
    """The words of a refusal."""

    refusal: str


class ImageUrl(Shape):
    """Where a picture is: a URL, or its data as a ``data:`` URL."""

    url: str
    detail: Literal["auto", "low", "high", "original"] | None = None


class ImagePart(Shape, tag_field="type", tag="image_url"):
    """A picture."""

    image_url: ImageUrl


class GoogleExtra(Shape):
    """What Gemini wants back with a call."""

    thought_signature: str | None = None


class ExtraContent(Shape):
    """What a vendor adds to a call, by the vendor's name."""

    google: GoogleExtra | None = None


class CalledFunction(Shape):
    """A function and the JSON text of its arguments."""

    name: str
    arguments: str


class ToolCall(Shape):
    """A tool that the model asked for. ``index`` stays on it where a client adds up a stream."""

    id: str
    function: CalledFunction
    type: Literal["function"] = "function"
    extra_content: ExtraContent | None = None
    index: int | None = None


class ReasoningDetail(Shape):
    """A block of thoughts as Keyroll gave it out; it comes back unchanged.

    ``after_text`` and ``after_calls``: the characters of the message's text and the calls that came before.
    """

    type: Literal["reasoning"]
    protocol: str
    text: str = ""
    signature: str | None = None
    redacted: bool = False
    id: str | None = None
    after_text: Annotated[int, Meta(ge=0)] = 0
    after_calls: Annotated[int, Meta(ge=0)] = 0
    index: int | None = None


class SystemMessage(Shape, tag_field="role", tag="system"):
    """What holds for the whole conversation."""

    content: str | list[TextPart]
    name: str | None = None


class DeveloperMessage(SystemMessage, tag_field="role", tag="developer"):
    """The same, by its newer name."""


class UserMessage(Shape, tag_field="role", tag="user"):
    """What a person says and shows."""

    content: str | list[TextPart | ImagePart]
    name: str | None = None


class AssistantMessage(Shape, tag_field="role", tag="assistant"):
    """What the model said before."""

    content: str | list[TextPart | RefusalPart] | None = None
    refusal: str | None = None
    tool_calls: list[ToolCall] | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None
    reasoning_details: list[ReasoningDetail] | None = None
    name: str | None = None
    # An answer's message goes back as it came, with these empty.
    annotations: Annotated[list[Any], Meta(max_length=0)] | None = None
    audio: None = None
    function_call: None = None


class ToolMessage(Shape, tag_field="role", tag="tool"):
    """What a tool answered. Images are no part of OpenAI's form; other protocols take them."""

    tool_call_id: str
    content: str | list[TextPart | ImagePart]
    name: str | None = None


AnyMessage: TypeAlias = SystemMessage | DeveloperMessage | UserMessage | AssistantMessage | ToolMessage


class ChatBody(Shape):
    """A request. What ``UNTRANSLATED`` names is read to be refused by name when it asks for something.

    What is said of OpenAI's prompt cache has no bearing on any answer and is passed over: README.md says so.
    """

    messages: Annotated[list[AnyMessage], Meta(min_length=1)]
    model: str | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    timeout: Annotated[float, Meta(gt=0, le=600)] | None = None
    tools: list[FunctionTool] | None = None
    tool_choice: ToolMode | NamedChoice | None = None
    parallel_tool_calls: bool | None = None
    max_tokens: Tokens | None = None
    max_completion_tokens: Tokens | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    stop: str | list[str] | None = None
    seed: int | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    response_format: TextFormat | JsonObjectFormat | JsonSchemaFormat | None = None
    reasoning_effort: Effort | None = None
    thinking: ThinkingChoice | None = None
    user: str | None = None
    safety_identifier: str | None = None
    n: int | None = None
    audio: Any = None
    function_call: Any = None
    functions: Any = None
    logit_bias: Any = None
    logprobs: Any = None
    metadata: Any = None
    modalities: Any = None
    moderation: Any = None
    prediction: Any = None
    prompt_cache_key: Any = None
    prompt_cache_options: Any = None
    prompt_cache_retention: Any = None
    service_tier: Any = None
    store: Any = None
    top_logprobs: Any = None
    verbosity: Any = None
    web_search_options: Any = None


# By name: what asks for nothing but what would happen anyway.
UNTRANSLATED: dict[str, tuple[object, ...]] = {
    "audio": (),
    "function_call": (),
    "functions": (),
    "logit_bias": ({},),
    "logprobs": (False,),
    "metadata": ({},),
    "modalities": (["text"],),
    "moderation": (),
    "prediction": (),
    "service_tier": ("auto", "default"),
    "store": (False,),
    "top_logprobs": (0,),
    "verbosity": ("medium",),
    "web_search_options": (),
}
