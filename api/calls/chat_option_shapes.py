"""What a Chat Completions request says besides its messages: tools, the form of the answer, thinking.

https://platform.openai.com/docs/api-reference/chat/create
"""

from typing import Annotated, Any, Literal, TypeAlias

from msgspec import Meta

from api.calls.shape import Shape

ToolMode: TypeAlias = Literal["auto", "none", "required"]
Tokens: TypeAlias = Annotated[int, Meta(ge=1)]


class Function(Shape):
    """A function that may be called."""

    name: str
    description: str | None = None
    parameters: dict[str, Any] | None = None
    strict: bool | None = None


class FunctionTool(Shape):
    """A tool."""

    type: Literal["function"]
    function: Function


class FunctionName(Shape):
    """A function by its name."""

    name: str


class NamedChoice(Shape):
    """The tool that must be used."""

    type: Literal["function"]
    function: FunctionName


class TextFormat(Shape, tag_field="type", tag="text"):
    """Any words."""


class JsonObjectFormat(Shape, tag_field="type", tag="json_object"):
    """Any JSON object."""


class JsonSchema(Shape):
    """A schema under a name."""

    name: str
    schema: dict[str, Any]
    description: str | None = None
    strict: bool | None = None


class JsonSchemaFormat(Shape, tag_field="type", tag="json_schema"):
    """JSON that fits a schema."""

    json_schema: JsonSchema


class ThinkingChoice(Shape):
    """How to think, in Anthropic's words."""

    type: Literal["enabled", "adaptive", "disabled"]
    budget_tokens: Tokens | None = None
    display: Literal["summarized", "omitted"] | None = None


class StreamOptions(Shape):
    """What a stream tells besides."""

    include_usage: bool = False
    include_obfuscation: Literal[False] | None = None
