"""A vendor's listing of any size, served by a process of its own from bytes that lie ready."""

import asyncio
import json
import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.support.vendor_models import anthropic_row, openai_row

PAGE_SIZE = 1_000
_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
OPENAI_BASE = "/openai/v1"
ANTHROPIC_BASE = "/anthropic"
_OPENAI_PATH = f"{OPENAI_BASE}/models"
_ANTHROPIC_PATH = f"{ANTHROPIC_BASE}/v1/models"


@contextmanager
def listing_server(size: int) -> Iterator[str]:
    """Serve listings of ``size`` models in OpenAI's and Anthropic's shapes; gives the server's URL."""
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_run, args=(size, sender), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{receiver.recv()}"
    finally:
        process.terminate()
        process.join()


def openai_paths() -> list[str]:
    """The path of OpenAI's one page."""
    return [_OPENAI_PATH]


def anthropic_paths(size: int) -> list[str]:
    """The paths of all pages in Anthropic's shape, for a client that need not read one to find the next."""
    more = [f"&after_id={_name(start - 1)}" for start in range(PAGE_SIZE, size, PAGE_SIZE)]
    return [f"{_ANTHROPIC_PATH}?limit={PAGE_SIZE}{cursor}" for cursor in ("", *more)]


def _run(size: int, sender: Connection) -> None:
    asyncio.run(_serve(_answers(size), sender))


async def _serve(answers: dict[tuple[str, str], bytes], sender: Connection) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := (await reader.readuntil(b"\r\n\r\n")).decode():
                asked = urlsplit(head.split(" ", 2)[1])
                body = answers[asked.path, parse_qs(asked.query).get("after_id", [""])[-1]]
                writer.write(_HEAD % len(body) + body)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    sender.send(server.sockets[0].getsockname()[1])
    await server.serve_forever()


def _answers(size: int) -> dict[tuple[str, str], bytes]:
    """The bodies by path and cursor."""
    openai = {"object": "list", "data": [openai_row(_name(number)) for number in range(size)]}
    answers = {(_OPENAI_PATH, ""): json.dumps(openai).encode()}
    for start in range(0, size, PAGE_SIZE):
        rows = [anthropic_row(_name(number)) for number in range(start, min(start + PAGE_SIZE, size))]
        page: dict[str, Any] = {"data": rows, "has_more": start + PAGE_SIZE < size}
        page |= {"first_id": rows[0]["id"], "last_id": rows[-1]["id"]}
        answers[_ANTHROPIC_PATH, _name(start - 1) if start else ""] = json.dumps(page).encode()
    return answers


def _name(number: int) -> str:
    return f"gpt-benchmark-{number:05}"
