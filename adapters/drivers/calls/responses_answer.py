"""What Responses answers, streamed or whole, as neutral events.

https://platform.openai.com/docs/api-reference/responses-streaming; Open Responses says
``response.reasoning.delta`` where OpenAI says ``response.reasoning_text.delta``, and puts an error into an
object of its own: https://www.openresponses.org/specification
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

import msgspec

from adapters.drivers.calls.failures import malformed
from adapters.drivers.calls.responses_errors import broke_of
from adapters.drivers.calls.responses_output import Output
from adapters.drivers.calls.responses_shapes import ItemEvent, Kind, LifeEvent, ResponseObject
from adapters.drivers.calls.sse import ServerSentEvent
from domain.call import Began, Broke, CallEvent, Ended, StopReason, Usage
from domain.secret import Secret

_DONE = b"[DONE]"  # Open Responses' last event; the answer's end comes before it
_KIND = msgspec.json.Decoder(Kind)
_LIFE = msgspec.json.Decoder(LifeEvent)
_ITEM = msgspec.json.Decoder(ItemEvent)
_RESPONSE = msgspec.json.Decoder(ResponseObject)
_OBJECT = msgspec.json.Decoder(dict[str, object])

_UNDER_WAY = frozenset({"response.created", "response.queued", "response.in_progress"})
_ENDS = {
    "response.completed": "completed",
    "response.incomplete": "incomplete",
    "response.failed": "failed",
}
_ABOUT_ITEMS: Mapping[str, Callable[[Output, ItemEvent], Iterator[CallEvent]]] = {
    "response.output_item.added": Output.added,
    "response.output_item.done": Output.done,
    "response.output_text.delta": Output.text,
    "response.refusal.delta": Output.refusal,
    "response.function_call_arguments.delta": Output.arguments,
    "response.reasoning_summary_text.delta": Output.thought,
    "response.reasoning_text.delta": Output.thought,
    "response.reasoning.delta": Output.thought,
}


class ResponsesFold:
    """Folds the events of one answer, or the whole of it."""

    def __init__(self, secrets: Sequence[Secret] = ()) -> None:
        self._secrets = secrets
        self._began = False
        self._output = Output()

    def take(self, event: ServerSentEvent) -> Iterator[CallEvent]:
        """See ``StreamFold``."""
        if event.data.strip() == _DONE:
            return
        kind = _KIND.decode(event.data).type or event.name
        if told := _ABOUT_ITEMS.get(kind):
            yield from self._begin(None, None)
            yield from told(self._output, _ITEM.decode(event.data))
        elif kind in _UNDER_WAY:
            response = _LIFE.decode(event.data).response
            yield from self._begin(response.id, response.model)
        elif kind in _ENDS:
            yield from self._end(_LIFE.decode(event.data).response, _ENDS[kind])
        elif kind == "error":
            said = _OBJECT.decode(event.data)
            # OpenAI has the error's fields beside the type, Open Responses in an object.
            yield broke_of(said.get("error") or said, self._secrets)

    def end(self) -> Iterator[CallEvent]:
        """See ``StreamFold``. Without its last event an answer is not whole."""
        yield from ()

    def whole(self, body: bytes) -> Iterator[CallEvent]:
        """An answer in one piece. Raises what ``take`` may."""
        response = _RESPONSE.decode(body)
        if response.status is None and response.output is None and response.error is None:
            yield malformed("it is no response")
        else:
            yield from self._end(response, response.status or "completed")

    def _begin(self, answer_id: str | None, model: str | None) -> Iterator[CallEvent]:
        if not self._began:
            self._began = True
            yield Began(answer_id, model)

    def _end(self, response: ResponseObject, status: str) -> Iterator[CallEvent]:
        if response.error or status in ("failed", "cancelled"):
            yield broke_of(response.error, self._secrets)
        else:
            yield from self._end_well(response, status)

    def _end_well(self, response: ResponseObject, status: str) -> Iterator[CallEvent]:
        yield from self._begin(response.id, response.model)
        if self._output.is_empty:  # a whole answer, or a server that streams none of it
            for index, item in enumerate(response.output or ()):
                event = ItemEvent(output_index=index, item=item)
                yield from self._output.added(event)
                yield from self._output.done(event)
        usage = Usage() if response.usage is None else response.usage.neutral()
        match status:
            case "completed":
                yield Ended(self._reason(), usage)
            case "incomplete":
                yield Ended(_incomplete(response), usage)
            case _:
                yield Broke(
                    "vendor_error", f"the provider's answer is not over ({status}), and is not waited for"
                )

    def _reason(self) -> StopReason:
        if self._output.refused:
            return StopReason.REFUSAL
        return StopReason.TOOL_USE if self._output.tools else StopReason.END


def _incomplete(response: ResponseObject) -> StopReason:
    """Whatever else cut an answer short, it is short."""
    details = response.incomplete_details
    filtered = details is not None and details.reason == "content_filter"
    return StopReason.CONTENT_FILTER if filtered else StopReason.LENGTH
