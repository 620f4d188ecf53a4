"""Anthropic's Messages: https://platform.claude.com/docs/en/api/messages."""

from collections.abc import Mapping, Sequence

import msgspec

from adapters.drivers.anthropic import API_VERSION
from adapters.drivers.calls.driver import CallModel, EventReader, VendorRequest
from adapters.drivers.calls.failures import broke_by_status, error_document
from adapters.drivers.calls.messages_answer import MessagesFold
from adapters.drivers.calls.messages_request import body_of
from adapters.drivers.calls.messages_thinking import plan_of
from adapters.drivers.calls.reading import StreamReader, read_whole
from domain.call import Broke, Call, CallEvent
from domain.conversation import Protocol
from domain.secret import Secret

_INTERLEAVED = "interleaved-thinking-2025-05-14"


class MessagesDriver:
    """See ``CallDriver``."""

    protocol = Protocol.MESSAGES

    def request(self, call: Call, model: CallModel, key: Secret | None, base_url: str) -> VendorRequest:
        """See ``CallDriver``."""
        plan = plan_of(call, model)
        headers: dict[str, str | Secret] = {
            "content-type": "application/json",
            "accept": "text/event-stream" if call.stream else "application/json",
            "anthropic-version": API_VERSION,
        }
        if plan.has_budget and call.tools:
            headers["anthropic-beta"] = _INTERLEAVED  # adaptive thinking interleaves with no header
        if key is not None:
            headers["x-api-key"] = key
        body = msgspec.json.encode(body_of(call, model, plan))
        return VendorRequest(f"{base_url.rstrip('/')}/v1/messages", headers, body, call.stream)

    def events(self, secrets: Sequence[Secret] = ()) -> EventReader:
        """See ``CallDriver``."""
        return StreamReader(MessagesFold(secrets))

    def whole(self, body: bytes, secrets: Sequence[Secret] = ()) -> list[CallEvent]:
        """See ``CallDriver``."""
        return read_whole(MessagesFold(secrets).whole(body))

    def failure(
        self, status: int, headers: Mapping[str, str], body: bytes, secrets: Sequence[Secret] = ()
    ) -> Broke:
        """See ``CallDriver``."""
        del headers  # the status and the body say it all
        return broke_by_status(status, error_document(body), secrets)
