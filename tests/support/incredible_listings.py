"""Listings that must not be believed: failed, cut off, broken, misshapen, empty, or lacking too much."""

import gzip
import json
from collections.abc import Callable, Iterator
from random import Random
from typing import Final

from tests.support.scripted_server import Reply, Request, VendorServer
from tests.support.vendor_models import Row

ATTEMPTS: Final = 3
_JSON: Final = {"content-type": "application/json"}
_STATUSES: Final = {
    "unreachable": (500, 502, 503),
    "timeout": (408, 504),
    "rate_limited": (402, 429, 529),
    "key_rejected": (401, 403),
    "malformed": (300, 301, 302, 303, 304, 305, 306, 307, 308, 400, 404, 405, 410, 418, 451),
}
"""By the code that a sync must end with."""

Arrange = Callable[[VendorServer, Random], str]
"""Make the next sync find such a listing; the code that the sync must end with."""


def _fails(vendor: VendorServer, chance: Random) -> str:
    code = chance.choice(sorted(_STATUSES))
    status = chance.choice(_STATUSES[code])
    for _ in range(ATTEMPTS):
        vendor.fail_next(status)
    return code


def _is_cut_off(vendor: VendorServer, chance: Random) -> str:
    body = _body(vendor)
    told = {**_JSON, "content-length": str(len(body))}
    for _ in range(ATTEMPTS):
        vendor.send_next(body[: chance.randrange(len(body))], headers=told)
    return "unreachable"


def _ends_in_the_middle(vendor: VendorServer, chance: Random) -> str:
    body = _body(vendor)
    vendor.send_next(body[: chance.randrange(len(body))])
    return "malformed"


def _is_garbled(vendor: VendorServer, chance: Random) -> str:
    body = bytearray(_body(vendor))
    body[chance.randrange(len(body))] = chance.choice([0x00, 0x80, 0xC3, 0xFF])
    vendor.send_next(bytes(body))
    return "malformed"


def _has_a_broken_compression(vendor: VendorServer, chance: Random) -> str:
    packed = gzip.compress(_body(vendor))
    headers = {**_JSON, "content-encoding": "gzip"}
    vendor.send_next(packed[: chance.randrange(20, len(packed) - 8)], headers=headers)
    return "malformed"


def _is_no_json(vendor: VendorServer, chance: Random) -> str:
    media_type = chance.choice(["text/html", "text/plain", "application/xml", "application/octet-stream"])
    vendor.send_next(_body(vendor), headers={"content-type": media_type})
    return "malformed"


def _is_misshapen(vendor: VendorServer, chance: Random) -> str:
    rows: object = chance.choice([None, {}, "models", 7, True, {"data": []}, [7], [None], ["gpt-5"], [[]]])
    vendor.send_next(json.dumps(_page_of(rows)).encode())
    return "malformed"


def _has_a_bad_row(vendor: VendorServer, chance: Random) -> str:
    rows = list(map(dict, vendor.models))
    bad = chance.choice(rows)
    name = "name" if "name" in bad else "id"
    bad[name] = chance.choice([None, 7, "", "two\nlines", "x" * 600, ["gpt-5"], {"id": "gpt-5"}])
    vendor.send_next(json.dumps(_page_of(rows)).encode())
    return "malformed"


def _names_a_model_twice(vendor: VendorServer, chance: Random) -> str:
    rows = [*vendor.models, chance.choice(vendor.models)]
    chance.shuffle(rows)
    vendor.send_next(json.dumps(_page_of(rows)).encode())
    return "malformed"


def _is_empty(vendor: VendorServer, _chance: Random) -> str:
    vendor.models = []
    return "empty"


def _lacks_more_than_half(vendor: VendorServer, chance: Random) -> str:
    vendor.models = chance.sample(vendor.models, chance.randrange(1, (len(vendor.models) + 1) // 2))
    return "suspicious"


def _lists_others_instead(vendor: VendorServer, chance: Random) -> str:
    _lacks_more_than_half(vendor, chance)
    vendor.models += [_renamed(row, chance) for row in vendor.models]
    return "suspicious"


def _breaks_on_a_later_page(vendor: VendorServer, chance: Random) -> str:
    vendor.page_size = chance.randrange(3, 8)
    pages = -(-len(vendor.models) // vendor.page_size)
    for _ in range(chance.randrange(1, pages)):
        vendor.send_next(more=_page_asked_for(vendor))
    breaks: Arrange = chance.choice([_fails, _is_cut_off, _ends_in_the_middle, _is_misshapen])
    return breaks(vendor, chance)


def _leads_back(vendor: VendorServer, chance: Random) -> str:
    vendor.page_size = chance.randrange(3, 8)
    first = _body(vendor)
    for _ in range(3):
        vendor.send_next(first)
    return "malformed"


ON_ONE_PAGE: Final[tuple[Arrange, ...]] = (
    *(_fails, _is_cut_off, _ends_in_the_middle, _is_garbled, _has_a_broken_compression, _is_no_json),
    *(_is_misshapen, _has_a_bad_row, _names_a_model_twice, _is_empty, _lacks_more_than_half),
    _lists_others_instead,
)
ON_SEVERAL_PAGES: Final[tuple[Arrange, ...]] = (*ON_ONE_PAGE, _breaks_on_a_later_page, _leads_back)


def _renamed(row: Row, chance: Random) -> Row:
    name = "name" if "name" in row else "id"
    return {**row, name: f"{row[name]}-{chance.randrange(10**6)}"}


def _page_of(rows: object) -> Row:
    """A last page in the words of every vendor at once."""
    return {"object": "list", "data": rows, "models": rows, "has_more": False}


def _body(vendor: VendorServer) -> bytes:
    """The honest first page."""
    first = Request("GET", "", {"limit": "1000", "pageSize": "1000"}, {})
    return b"".join(_bytes_of(vendor.list_page(first)))


def _page_asked_for(vendor: VendorServer) -> Iterator[bytes]:
    """An honest page, made when it is asked for."""
    yield from _bytes_of(vendor.list_page(vendor.requests[-1]))


def _bytes_of(reply: Reply) -> Iterator[bytes]:
    return (chunk for chunk in reply.chunks if isinstance(chunk, bytes))
