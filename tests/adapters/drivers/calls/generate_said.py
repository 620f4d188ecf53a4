"""What is said in the cases of calls, neutrally and to Gemini's generateContent."""

from typing import Any

from domain.call import Call
from domain.conversation import Image, Message, Part, Role, Text, Tool, ToolUse

SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}
SAID_SCHEMA = {"type": "OBJECT", "properties": {"city": {"type": "STRING"}}, "required": ["city"]}
MAP = {"type": "object", "additionalProperties": {"type": "string"}}
WEATHER = Tool("weather", "The weather in a city", SCHEMA)
SAID_WEATHER = {"name": "weather", "description": "The weather in a city", "parameters": SAID_SCHEMA}
HELLO = Message(Role.USER, (Text("Hello"),))
SAID_HELLO = {"role": "user", "parts": [{"text": "Hello"}]}
ASKED = ToolUse("fc-1", "weather", '{"city": "Oslo"}')
SAID_ASKED = {"functionCall": {"id": "fc-1", "name": "weather", "args": {"city": "Oslo"}}}
PNG = Image(media_type="image/png", data="iVBORw0KGgo=", detail="low")
SAID_PNG = {"inlineData": {"mimeType": "image/png", "data": "iVBORw0KGgo="}}
LINKED = Image(url="https://example.com/a.JPG?x=1")


def body(*contents: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"contents": list(contents), **more}


def configured(**config: Any) -> dict[str, Any]:
    return body(SAID_HELLO, generationConfig=config)


def told(*parts: Part, role: Role = Role.ASSISTANT) -> Call:
    return Call(messages=(HELLO, Message(role, parts)))
