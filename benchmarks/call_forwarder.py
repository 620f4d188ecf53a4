"""The comparators of calls: the same server and the same client, and nothing between them but the bytes.

Run as ``python -m benchmarks.call_forwarder bare|litestar VENDOR_PORT PORT``.
"""

import sys
from typing import Any, Final

import aiohttp
import uvicorn
import uvloop
from litestar import Litestar, Request, Response, get, post
from litestar.types import Receive, Scope, Send

_PATH: Final = "/v1/chat/completions"
_JSON: Final = {"content-type": "application/json"}


class Bare:
    """An ASGI application that forwards a body and brings back what comes."""

    def __init__(self, url: str, session: aiohttp.ClientSession) -> None:
        self._url = url
        self._session = session

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = b""
        if scope["path"] == _PATH:
            while True:
                message: Any = await receive()
                body += message["body"]
                if not message.get("more_body"):
                    break
            await self._forward(body, send)
            return
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _forward(self, body: bytes, send: Send) -> None:
        async with self._session.post(self._url, data=body, headers=_JSON) as answer:
            kind = answer.headers["content-type"].encode()
            headers = [(b"content-type", kind)]
            await send({"type": "http.response.start", "status": answer.status, "headers": headers})
            if kind == b"application/json":
                whole = await answer.read()
                await send({"type": "http.response.body", "body": whole, "more_body": False})
                return
            async for piece in answer.content.iter_any():
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})


def _litestar(url: str, session: aiohttp.ClientSession) -> Litestar:
    @post(_PATH, status_code=200)
    async def forward(request: Request[Any, Any, Any]) -> Response[bytes]:
        async with session.post(url, data=await request.body(), headers=_JSON) as answer:
            return Response(await answer.read(), media_type="application/json")

    @get("/ready")
    async def ready() -> Response[None]:
        return Response(None, status_code=200)

    return Litestar([forward, ready], logging_config=None, openapi_config=None)


async def _serve(kind: str, vendor_port: int, port: int) -> None:
    url = f"http://127.0.0.1:{vendor_port}{_PATH}"
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0), cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False
    ) as session:
        app: Any = Bare(url, session) if kind == "bare" else _litestar(url, session)
        config = uvicorn.Config(app, port=port, lifespan="off", log_config=None, access_log=False)
        await uvicorn.Server(config).serve()


if __name__ == "__main__":
    uvloop.run(_serve(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
