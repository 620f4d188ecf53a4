"""The messages of a Chat Completions request as neutral ones."""

from collections.abc import Iterable, Iterator, Sequence

from api.calls.chat_interleaved import Named, Thought, interleaved
from api.calls.chat_shapes import (
    AnyMessage,
    AssistantMessage,
    ImagePart,
    ReasoningDetail,
    RefusalPart,
    SystemMessage,
    TextPart,
    ToolCall,
    ToolMessage,
)
from api.calls.decoded import BadCall
from api.calls.images import image_at
from domain.conversation import (
    Image,
    Message,
    Part,
    Protocol,
    Reasoning,
    Refusal,
    Role,
    Text,
    ToolResult,
    ToolUse,
)


class MessagesReader:
    """Reads one conversation from its first message to its last.

    ``fields`` collects what the caller calls the parts of the neutral messages.
    """

    def __init__(self) -> None:
        self.fields: dict[str, str] = {}
        self._tool_names: dict[str, str] = {}

    def message(self, index: int, message: AnyMessage) -> Message:
        """The next message.

        Raises:
            BadCall: it cannot be translated.
        """
        at = f"messages[{index}]"
        if isinstance(message, ToolMessage):
            return self._tool(message, at)
        if message.name is not None:
            raise BadCall(f"{at}.name", "other protocols have no names of speakers; leave it out")
        if isinstance(message, AssistantMessage):
            return Message(Role.ASSISTANT, self._named(self._assistant(message, at), at))
        role = Role.SYSTEM if isinstance(message, SystemMessage) else Role.USER
        return Message(role, self._named(_shown(message.content, at), at))

    def _named(self, parts: Iterable[Named], at: str) -> tuple[Part, ...]:
        found: list[Part] = []
        for part, name in parts:
            self.fields[f"{at}.parts[{len(found)}]"] = name
            found.append(part)
        return tuple(found)

    def _assistant(self, message: AssistantMessage, at: str) -> Iterator[Named]:
        words: list[Named] = list(_spoken(message.content, at)) if message.content else []
        if message.refusal:
            words.append((Refusal(message.refusal), f"{at}.refusal"))
        calls: list[Named] = []
        for index, call in enumerate(message.tool_calls or ()):
            self._tool_names[call.id] = call.function.name
            calls.append((_tool_use(call), f"{at}.tool_calls[{index}]"))
        return interleaved(list(_reasoning(message, at)), words, calls)

    def _tool(self, message: ToolMessage, at: str) -> Message:
        name = self._tool_names.get(message.tool_call_id)
        if name is None:
            raise BadCall(f"{at}.tool_call_id", "no message before it asks for a tool by this id")
        if message.name not in (None, name):
            raise BadCall(f"{at}.name", "the call that it answers is of another function")
        content: list[Text | Image] = []
        self.fields[f"{at}.parts[0]"] = at
        for part, field in _shown(message.content, at):
            self.fields[f"{at}.parts[0].content[{len(content)}]"] = field
            content.append(part)
        return Message(Role.TOOL, (ToolResult(message.tool_call_id, name, tuple(content)),))


def _reasoning(message: AssistantMessage, at: str) -> Iterator[Thought]:
    """The details say all; without them the text alone is a compatible server's."""
    if message.reasoning_details:
        for index, detail in enumerate(message.reasoning_details):
            field = f"{at}.reasoning_details[{index}]"
            yield Thought(_thought(detail, field), field, detail.after_text, detail.after_calls)
    elif text := message.reasoning_content or message.reasoning:
        yield Thought(Reasoning(text, Protocol.CHAT), f"{at}.reasoning_content")


def _thought(detail: ReasoningDetail, field: str) -> Reasoning:
    try:
        protocol = Protocol(detail.protocol)
    except ValueError:
        raise BadCall(f"{field}.protocol", "send the details back as they came") from None
    return Reasoning(detail.text, protocol, detail.signature, detail.redacted, detail.id)


def _tool_use(call: ToolCall) -> ToolUse:
    google = call.extra_content.google if call.extra_content else None
    signature = google.thought_signature if google else None
    return ToolUse(call.id, call.function.name, call.function.arguments, signature)


def _spoken(content: str | Sequence[TextPart | RefusalPart], at: str) -> Iterator[Named]:
    if isinstance(content, str):
        yield Text(content), f"{at}.content"
        return
    for index, part in enumerate(content):
        spoken = Text(part.text) if isinstance(part, TextPart) else Refusal(part.refusal)
        yield spoken, f"{at}.content[{index}]"


def _shown(content: str | Sequence[TextPart | ImagePart], at: str) -> Iterator[tuple[Text | Image, str]]:
    if isinstance(content, str):
        yield Text(content), f"{at}.content"
        return
    for index, part in enumerate(content):
        field = f"{at}.content[{index}]"
        shown = Text(part.text) if isinstance(part, TextPart) else _image(part, field)
        yield shown, field


def _image(part: ImagePart, field: str) -> Image:
    return image_at(part.image_url.url, part.image_url.detail, f"{field}.image_url.url")
