"""The protocols that callers speak, by the paths where they are spoken."""

import time
from collections.abc import Mapping, Sequence
from typing import Final
from uuid import uuid4

from api.calls import chat, responses
from api.calls.decoded import Decoded
from api.calls.spoken import Spoken, SpokenStream
from domain.call import CallEvent
from domain.conversation import Protocol


class SpokenChat:
    """Chat Completions. See ``Spoken``."""

    protocol = Protocol.CHAT

    def decode(self, body: bytes) -> Decoded:
        return chat.decode(body)

    def whole(self, events: Sequence[CallEvent], decoded: Decoded, model_id: str) -> bytes:
        del decoded  # the answer repeats nothing of what was asked
        return chat.whole(events, _chat_head(model_id))

    def stream(self, decoded: Decoded, model_id: str) -> SpokenStream:
        return chat.ChatStream(_chat_head(model_id), include_usage=decoded.include_usage)


def _chat_head(model_id: str) -> chat.Head:
    return chat.Head(f"chatcmpl-{uuid4().hex}", model_id, int(time.time()))


class SpokenResponses:
    """Responses. See ``Spoken``."""

    protocol = Protocol.RESPONSES

    def decode(self, body: bytes) -> Decoded:
        return responses.decode(body)

    def whole(self, events: Sequence[CallEvent], decoded: Decoded, model_id: str) -> bytes:
        return responses.whole(events, _response_head(model_id), decoded.echo)

    def stream(self, decoded: Decoded, model_id: str) -> SpokenStream:
        return responses.ResponsesStream(_response_head(model_id), decoded.echo)


def _response_head(model_id: str) -> responses.ResponseHead:
    return responses.ResponseHead(f"resp_{uuid4().hex}", model_id, int(time.time()))


SPOKEN: Final[Mapping[str, Spoken]] = {
    "/v1/chat/completions": SpokenChat(),
    "/v1/responses": SpokenResponses(),
}
