"""OpenAI's Chat Completions, which vLLM, Ollama, Azure and most proxies speak too.

https://platform.openai.com/docs/api-reference/chat
"""

from collections.abc import Mapping, Sequence

import msgspec

from adapters.drivers.calls.chat_answer import ChatFold
from adapters.drivers.calls.chat_request import body_of
from adapters.drivers.calls.driver import CallModel, EventReader, VendorRequest
from adapters.drivers.calls.failures import broke_by_status, error_document
from adapters.drivers.calls.reading import StreamReader, read_whole
from domain.call import Broke, Call, CallEvent
from domain.conversation import Protocol
from domain.secret import Secret


class ChatDriver:
    """See ``CallDriver``."""

    protocol = Protocol.CHAT

    def request(self, call: Call, model: CallModel, key: Secret | None, base_url: str) -> VendorRequest:
        """See ``CallDriver``."""
        headers: dict[str, str | Secret] = {
            "content-type": "application/json",
            "accept": "text/event-stream" if call.stream else "application/json",
        }
        if key is not None:
            headers["authorization"] = Secret(f"Bearer {key.reveal()}")
        body = msgspec.json.encode(body_of(call, model, base_url))
        return VendorRequest(f"{base_url.rstrip('/')}/chat/completions", headers, body, call.stream)

    def events(self, secrets: Sequence[Secret] = ()) -> EventReader:
        """See ``CallDriver``."""
        return StreamReader(ChatFold(secrets))

    def whole(self, body: bytes, secrets: Sequence[Secret] = ()) -> list[CallEvent]:
        """See ``CallDriver``."""
        return read_whole(ChatFold(secrets).whole(body))

    def failure(
        self, status: int, headers: Mapping[str, str], body: bytes, secrets: Sequence[Secret] = ()
    ) -> Broke:
        """See ``CallDriver``."""
        del headers  # the status and the body say it all
        return broke_by_status(status, error_document(body), secrets)
