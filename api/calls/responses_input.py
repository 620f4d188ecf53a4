"""The input of a Responses request as neutral messages."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, TypeVar

from api.calls.decoded import BadCall
from api.calls.images import image_at
from api.calls.reading import fitted
from api.calls.responses_reasoning import CallSignature, opened
from api.calls.responses_shapes import (
    FunctionCallItem,
    FunctionCallOutputItem,
    InputImage,
    InputText,
    MessageItem,
    OutputRefusal,
    OutputText,
    ReasoningItem,
)
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

_P = TypeVar("_P")
_PARTS_APART: Final = "\n\n"
_ROLES: Final = {
    "user": Role.USER,
    "assistant": Role.ASSISTANT,
    "system": Role.SYSTEM,
    "developer": Role.SYSTEM,
}
_OTHER_PROTOCOLS: Final = (
    "only models whose provider speaks Responses understand this kind; leave it out, or ask such a model"
)
_NOTHING_STORED: Final = "Keyroll stores no answers, so nothing can be referred to; send the item itself"


class InputReader:
    """Reads one conversation from its first item to its last.

    What a model did without a break is one message. ``fields`` collects what the caller calls the parts.
    """

    def __init__(self) -> None:
        self.fields: dict[str, str] = {}
        self._turns: list[tuple[Role, list[Part]]] = []
        self._tool_names: dict[str, str] = {}
        self._signatures: dict[str, str] = {}

    @property
    def messages(self) -> tuple[Message, ...]:
        """All that has been read."""
        return tuple(Message(role, tuple(parts)) for role, parts in self._turns)

    def words(self, role: Role, text: str, field: str) -> None:
        """A message that is no item."""
        self._turns.append((role, []))
        self._put(Text(text), field)

    def item(self, item: Mapping[str, Any], at: str) -> None:
        """The next item, which stands in the field ``at``.

        Raises:
            BadCall: it cannot be translated.
        """
        match _kind(item):
            case "message":
                self._message(fitted(item, MessageItem, at), at)
            case "function_call":
                self._function_call(fitted(item, FunctionCallItem, at), at)
            case "function_call_output":
                self._function_call_output(fitted(item, FunctionCallOutputItem, at), at)
            case "reasoning":
                self._reasoning(fitted(item, ReasoningItem, at), at)
            case "item_reference":
                raise BadCall(at, _NOTHING_STORED)
            case _:
                raise BadCall(f"{at}.type", _OTHER_PROTOCOLS)

    def _message(self, item: MessageItem, at: str) -> None:
        self._turn(_ROLES[item.role])
        for part, field in _placed(item.content, f"{at}.content"):
            self._put(
                Refusal(part.refusal) if isinstance(part, OutputRefusal) else _shown(part, field), field
            )

    def _function_call(self, item: FunctionCallItem, at: str) -> None:
        self._turn(Role.ASSISTANT)
        self._tool_names[item.call_id] = item.name
        signature = self._signatures.get(item.call_id)
        self._put(ToolUse(item.call_id, item.name, item.arguments, signature), at)

    def _function_call_output(self, item: FunctionCallOutputItem, at: str) -> None:
        name = self._tool_names.get(item.call_id)
        if name is None:
            raise BadCall(f"{at}.call_id", "no function_call before it has this call_id; send that item too")
        if item.name not in (None, name):
            raise BadCall(f"{at}.name", "the call that it answers is of another function")
        self._turn(Role.TOOL)
        content: list[Text | Image] = []
        place = f"messages[{len(self._turns) - 1}].parts[0].content"
        for part, field in _placed(item.output, f"{at}.output"):
            self.fields[f"{place}[{len(content)}]"] = field
            content.append(_shown(part, field))
        self._put(ToolResult(item.call_id, name, tuple(content)), at)

    def _reasoning(self, item: ReasoningItem, at: str) -> None:
        try:
            was = opened(item.encrypted_content or "")
        except ValueError:
            raise BadCall(f"{at}.encrypted_content", "send it back as it came") from None
        if isinstance(was, CallSignature):
            self._signatures[was.call] = was.signature
            return
        self._turn(Role.ASSISTANT)
        self._put(was or _vendors_own(item), at)

    def _turn(self, role: Role) -> None:
        """Only what a model does goes on over several items."""
        if role is not Role.ASSISTANT or not self._turns or self._turns[-1][0] is not role:
            self._turns.append((role, []))

    def _put(self, part: Part, field: str) -> None:
        parts = self._turns[-1][1]
        self.fields[f"messages[{len(self._turns) - 1}].parts[{len(parts)}]"] = field
        parts.append(part)


def _kind(item: Mapping[str, Any]) -> object:
    """Messages and references may leave their type out."""
    if item.get("type") is not None:
        return item["type"]
    return "message" if "role" in item else "item_reference"


def _vendors_own(item: ReasoningItem) -> Reasoning:
    texts = [part.text for part in (*(item.content or ()), *item.summary)]
    return Reasoning(_PARTS_APART.join(texts), Protocol.RESPONSES, item.encrypted_content or None, id=item.id)


def _placed(content: str | Sequence[_P], at: str) -> Iterator[tuple[_P | InputText, str]]:
    """The parts, and the fields where they stand; a text alone is a part."""
    if isinstance(content, str):
        yield InputText(text=content), at
        return
    for index, part in enumerate(content):
        yield part, f"{at}[{index}]"


def _shown(part: InputText | InputImage | OutputText, field: str) -> Text | Image:
    if isinstance(part, InputImage):
        return image_at(part.image_url, part.detail, f"{field}.image_url")
    return Text(part.text)
