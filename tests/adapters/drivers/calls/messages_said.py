"""What is said in the cases of calls, neutrally and to Anthropic's Messages."""

from typing import Any

from adapters.drivers.calls.driver import CallModel
from domain.call import Call
from domain.conversation import Image, Message, Part, Role, Text, Tool, ToolUse

SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
WEATHER = Tool("weather", "The weather in a city", SCHEMA, strict=True)
SAID_WEATHER = {
    "name": "weather",
    "description": "The weather in a city",
    "input_schema": SCHEMA,
    "strict": True,
}
HELLO = Message(Role.USER, (Text("Hello"),))
SAID_HELLO = {"role": "user", "content": [{"type": "text", "text": "Hello"}]}
ASKED = ToolUse("toolu_a", "weather", '{"city": "Oslo"}')
SAID_ASKED = {"type": "tool_use", "id": "toolu_a", "name": "weather", "input": {"city": "Oslo"}}
PNG = Image(media_type="image/png", data="iVBORw0KGgo=", detail="low")
SAID_PNG = {
    "type": "image",
    "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="},
}
LINKED = Image(url="https://example.com/a.png")
SAID_LINKED = {"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}}
PLAIN = CallModel("m-1", {"structured_output": False})
SHORT = CallModel("m-1", max_output_tokens=4_096)


def body(*messages: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"model": "m-1", "max_tokens": 8_192, "messages": list(messages), **more}


def told(*parts: Part, role: Role = Role.ASSISTANT) -> Call:
    return Call(messages=(HELLO, Message(role, parts)))
