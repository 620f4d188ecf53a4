"""OpenAI's Responses, and Open Responses, which other servers speak.

https://platform.openai.com/docs/api-reference/responses, https://www.openresponses.org/specification
"""

from collections.abc import Mapping, Sequence

import msgspec

from adapters.drivers.calls.driver import CallModel, EventReader, VendorRequest
from adapters.drivers.calls.failures import broke_by_status, error_document
from adapters.drivers.calls.passing import passed_through
from adapters.drivers.calls.reading import StreamReader, read_whole
from adapters.drivers.calls.responses_answer import ResponsesFold
from adapters.drivers.calls.responses_request import body_of
from domain.call import Broke, Call, CallEvent
from domain.conversation import Protocol
from domain.secret import Secret


class ResponsesDriver:
    """See ``CallDriver``."""

    protocol = Protocol.RESPONSES

    def request(self, call: Call, model: CallModel, key: Secret | None, base_url: str) -> VendorRequest:
        """See ``CallDriver``."""
        body = msgspec.json.encode(body_of(call, model, base_url))
        return passed_through(self.protocol, body, key, base_url, stream=call.stream)

    def events(self, secrets: Sequence[Secret] = ()) -> EventReader:
        """See ``CallDriver``."""
        return StreamReader(ResponsesFold(secrets))

    def whole(self, body: bytes, secrets: Sequence[Secret] = ()) -> list[CallEvent]:
        """See ``CallDriver``."""
        return read_whole(ResponsesFold(secrets).whole(body))

    def failure(
        self, status: int, headers: Mapping[str, str], body: bytes, secrets: Sequence[Secret] = ()
    ) -> Broke:
        """See ``CallDriver``."""
        del headers  # the status and the body say it all
        return broke_by_status(status, error_document(body), secrets)
