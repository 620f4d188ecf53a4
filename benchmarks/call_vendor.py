"""A vendor that costs nearly nothing: one answer of Chat Completions, in one piece or as a stream.

Run as ``python -m benchmarks.call_vendor PORT``.
"""

import asyncio
import json
import sys
from typing import Final, cast

import uvloop

WORDS: Final = 20
"""Pieces of text in a stream."""


def _event(delta: dict[str, str], finish: str | None = None) -> bytes:
    document = {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1_741_569_952,
        "model": "m",
        "choices": [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}],
    }
    data = b"data: %b\n\n" % json.dumps(document, separators=(",", ":")).encode()
    return b"%x\r\n%b\r\n" % (len(data), data)


_WHOLE: Final = json.dumps(
    {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1_741_569_952,
        "model": "m",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": "word " * WORDS},
                "finish_reason": "stop",
            }
        ],
        "usage": {"prompt_tokens": 9, "completion_tokens": WORDS, "total_tokens": 9 + WORDS},
    }
).encode()
_ANSWER: Final = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b" % (
    len(_WHOLE),
    _WHOLE,
)
_STREAM_HEAD: Final = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
)
_PIECES: Final = (
    *(_event({"content": "word "}) for _ in range(WORDS)),
    _event({}, "stop"),
    b"e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n",
)
_READY: Final = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"


class _Vendor(asyncio.Protocol):
    def __init__(self) -> None:
        self._came = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is one in all but its class

    def data_received(self, data: bytes) -> None:
        self._came += data
        head, end, body = self._came.partition(b"\r\n\r\n")
        if not end or not _is_whole(head.lower(), body):
            return
        self._came = b""
        if head.startswith(b"GET"):
            self._transport.write(_READY)
        elif b'"stream":true' in body:
            self._transport.write(_STREAM_HEAD)
            self._tell(0)
        else:
            self._transport.write(_ANSWER)

    def _tell(self, piece: int) -> None:
        """Each piece comes by itself, as a model's words do."""
        self._transport.write(_PIECES[piece])
        if piece + 1 < len(_PIECES):
            asyncio.get_running_loop().call_soon(self._tell, piece + 1)


def _is_whole(head: bytes, body: bytes) -> bool:
    if b"transfer-encoding: chunked" in head:
        return body.endswith(b"0\r\n\r\n")
    length = head.partition(b"content-length: ")[2].partition(b"\r\n")[0]
    return len(body) >= int(length or 0)


async def _serve(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(_Vendor, "127.0.0.1", port, backlog=1024)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(_serve(int(sys.argv[1])))
