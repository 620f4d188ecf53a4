"""Callers of streamed Chat Completions that cost next to nothing, for a thousand of them at once."""

import asyncio
import json
from typing import Final
from urllib.parse import urlsplit

PATH: Final = "/v1/chat/completions"
_END: Final = b"0\r\n\r\n"


class RawStreams:
    """Opens streams of one Keyroll and reads them to their end.

    Args:
        url: where Keyroll is.
        token: a caller's.
        model: what is asked.
    """

    def __init__(self, url: str, token: str, model: str) -> None:
        body = json.dumps({"model": model, "stream": True, "messages": [{"role": "user", "content": "Hi"}]})
        self._address = (urlsplit(url).hostname, urlsplit(url).port)
        self._request = (
            f"POST {PATH} HTTP/1.1\r\nhost: keyroll\r\nauthorization: Bearer {token}\r\n"
            f"content-type: application/json\r\nconnection: close\r\n"
            f"content-length: {len(body)}\r\n\r\n{body}"
        ).encode()

    async def one(self) -> bytes:
        """All that comes of one stream, its head first."""
        reader, writer = await asyncio.open_connection(*self._address, limit=2**16)
        try:
            writer.write(self._request)
            return await reader.read()
        finally:
            writer.close()

    async def many(self, count: int) -> list[bytes]:
        """So many at once."""
        return await asyncio.gather(*(self.one() for _ in range(count)))


def is_whole(answer: bytes, words: int) -> bool:
    """Whether a stream began well, has so many words, and ended once."""
    return (
        answer.startswith(b"HTTP/1.1 200 ")
        and answer.count(b'"content": "') == words
        and answer.count(b"data: [DONE]\n\n") == 1
        and answer.endswith(_END)
    )
