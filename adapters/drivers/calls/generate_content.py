"""Gemini's generateContent: https://ai.google.dev/api/generate-content."""

from collections.abc import Mapping, Sequence
from urllib.parse import quote

import msgspec

from adapters.drivers.calls.driver import CallModel, EventReader, VendorRequest
from adapters.drivers.calls.failures import broke_by_status, error_document
from adapters.drivers.calls.generate_answer import GenerateContentFold
from adapters.drivers.calls.generate_request import body_of
from adapters.drivers.calls.reading import StreamReader, read_whole
from domain.call import Broke, Call, CallEvent
from domain.conversation import Protocol
from domain.secret import Secret


class GenerateContentDriver:
    """See ``CallDriver``."""

    protocol = Protocol.GENERATE_CONTENT

    def request(self, call: Call, model: CallModel, key: Secret | None, base_url: str) -> VendorRequest:
        """See ``CallDriver``. The model stands in the URL, the key does not."""
        headers: dict[str, str | Secret] = {
            "content-type": "application/json",
            "accept": "text/event-stream" if call.stream else "application/json",
        }
        if key is not None:
            headers["x-goog-api-key"] = key
        method = "streamGenerateContent?alt=sse" if call.stream else "generateContent"
        url = f"{base_url.rstrip('/')}/models/{quote(model.model_id, safe='')}:{method}"
        return VendorRequest(url, headers, msgspec.json.encode(body_of(call, model)), call.stream)

    def events(self, secrets: Sequence[Secret] = ()) -> EventReader:
        """See ``CallDriver``."""
        return StreamReader(GenerateContentFold(secrets))

    def whole(self, body: bytes, secrets: Sequence[Secret] = ()) -> list[CallEvent]:
        """See ``CallDriver``."""
        return read_whole(GenerateContentFold(secrets).whole(body))

    def failure(
        self, status: int, headers: Mapping[str, str], body: bytes, secrets: Sequence[Secret] = ()
    ) -> Broke:
        """See ``CallDriver``."""
        del headers  # the status and the body say it all
        return broke_by_status(status, error_document(body), secrets)
