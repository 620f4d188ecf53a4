"""What a hostile server answers to a question for its models, and the code that the sync must end with."""

import itertools
import json
import threading
import zlib
from collections.abc import Callable, Iterator
from typing import Final

from tests.support.scripted_server import VendorServer

MIB: Final = 1024 * 1024
ATTEMPTS: Final = 3
JSON: Final = {"content-type": "application/json"}
GZIP: Final = {**JSON, "content-encoding": "gzip"}

Misbehave = Callable[[VendorServer], None]


def _endless(vendor: VendorServer) -> None:
    vendor.send_next(b'{"data": [', more=itertools.repeat(b" " * 65_536))


def _bomb(vendor: VendorServer) -> None:
    vendor.send_next(*gzip_bomb(200 * MIB), headers=GZIP)


def _bombs_in_a_bomb(vendor: VendorServer) -> None:
    packer = zlib.compressobj(9, wbits=zlib.MAX_WBITS | 16)
    twice = b"".join(packer.compress(chunk) for chunk in gzip_bomb(200 * MIB)) + packer.flush()
    vendor.send_next(twice, headers=GZIP)


def _million(vendor: VendorServer) -> None:
    rows = (b'{"id":"m%d"},' % number for number in range(1_000_000))
    vendor.send_next(b'{"data":[', more=itertools.chain(_in_parcels(rows), [b'{"id":"last"}]}']))


def _a_model_too_many(vendor: VendorServer) -> None:
    rows = (b'{"id":"m%d"},' % number for number in range(200_000))
    vendor.send_next(b'{"data":[', more=itertools.chain(_in_parcels(rows), [b'{"id":"last"}]}']))


def _deep(vendor: VendorServer) -> None:
    vendor.send_next(b'{"data":' + b"[" * 10_000 + b"]" * 10_000 + b"}")


def _deep_objects(vendor: VendorServer) -> None:
    vendor.send_next(b'{"data":' * 10_000 + b"[]" + b"}" * 10_000)


def _wrong_utf8(vendor: VendorServer) -> None:
    vendor.send_next(b'{"data": [{"id": "gpt-\xff\xfe"}]}')


def _overlong_utf8(vendor: VendorServer) -> None:
    vendor.send_next(b'{"data": [{"id": "gpt-\xc0\xaf"}]}')


def _duplicates(vendor: VendorServer) -> None:
    vendor.send_next(json.dumps({"data": [{"id": "gpt-5"}, {"id": "o3"}, {"id": "gpt-5"}]}).encode())


def _wrong_type(vendor: VendorServer) -> None:
    vendor.send_next(b'{"data": [{"id": "gpt-5"}]}', headers={"content-type": "text/html"})


def _long_header(vendor: VendorServer) -> None:
    for _ in range(ATTEMPTS):
        vendor.send_next(b'{"data": []}', headers={**JSON, "x-long": "y" * MIB})


def _long_number(vendor: VendorServer) -> None:
    vendor.send_next(b'{"data": [{"id": "gpt-5", "created": ' + b"9" * MIB + b"}]}")


def _no_http(vendor: VendorServer) -> None:
    for _ in range(ATTEMPTS):
        vendor.send_next(b"", headers={"content length": "7\r\n\r\nHTTP/9.9 200 OK"})


HOSTILE: Final[dict[str, tuple[str, Misbehave]]] = {
    "an endless body": ("malformed", _endless),
    "a gzip bomb": ("malformed", _bomb),
    "a gzip bomb in a gzip bomb": ("malformed", _bombs_in_a_bomb),
    "a million models": ("malformed", _million),
    "a model too many": ("malformed", _a_model_too_many),
    "depth 10,000": ("malformed", _deep),
    "10,000 objects in each other": ("malformed", _deep_objects),
    "wrong UTF-8": ("malformed", _wrong_utf8),
    "UTF-8 that is longer than it need be": ("malformed", _overlong_utf8),
    "duplicate ids": ("malformed", _duplicates),
    "another content type": ("malformed", _wrong_type),
    "a header of a million letters": ("unreachable", _long_header),
    "a number of a million digits": ("malformed", _long_number),
    "no HTTP": ("unreachable", _no_http),
}
"""By name: the code of the failure, and how to bring it about."""


def dripping(closed: threading.Event) -> Iterator[bytes]:
    """One byte after the other, until closed."""
    while not closed.wait(0.02):
        yield b"["


def gzip_bomb(size: int) -> list[bytes]:
    """A document of this size in a thousandth of it, made a mebibyte at a time."""
    packer = zlib.compressobj(1, wbits=zlib.MAX_WBITS | 16)
    parcels = [packer.compress(b" " * MIB) for _ in range(size // MIB)]
    return [parcel for parcel in (*parcels, packer.compress(b'{"data": []}'), packer.flush()) if parcel]


def _in_parcels(rows: Iterator[bytes]) -> Iterator[bytes]:
    while parcel := b"".join(itertools.islice(rows, 10_000)):
        yield parcel
