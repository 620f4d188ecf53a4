"""Secrets that are planted, and the search for them in every form that a leak could have."""

import base64
import html
import json
import random
import string
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, quote_plus

_LETTERS: Final = string.ascii_letters + string.digits
_MARK_LENGTH: Final = 16
_ESCAPED_SOMEWHERE: Final = "\"\\/+&<%'~"


@dataclass(frozen=True)
class Place:
    """Something that may hold no secret: its name for people, and its bytes."""

    name: str
    content: bytes


class Canaries:
    """Secrets of one run. All share a mark of 95 random bits, so one search finds any of them.

    The mark consists of letters and digits, which JSON, URLs, HTML, SQL and Python's repr leave as they are.
    """

    def __init__(self) -> None:
        self._mark = _random_letters()
        self.planted = 0

    def key(self) -> str:
        """An API key. It ends in what one form or another must escape."""
        return f"sk-{self.word()}{_ESCAPED_SOMEWHERE}"

    def word(self) -> str:
        """A secret of letters and digits."""
        self.planted += 1
        return self._mark + _random_letters()

    def master_key(self) -> str:
        """32 bytes in base64."""
        return base64.b64encode(self.word().encode()).decode()

    def found_in(self, places: Iterable[Place]) -> list[str]:
        """Where there is a secret, and in which form."""
        needles = needles_of(self._mark)
        return [
            f"{form} in {place.name}"
            for place in places
            for form, needle in needles.items()
            if needle in place.content
        ]


def needles_of(core: str) -> dict[str, bytes]:
    """What betrays a secret that holds this core of letters and digits, by form."""
    raw = core.encode()
    needles = {
        "raw, JSON, SQL, HTML or URL": raw,
        "hex": raw.hex().encode(),
        "upper-case hex": raw.hex().upper().encode(),
        "URL, every character": b"".join(b"%%%02x" % byte for byte in raw),
        "URL, every character, upper case": b"".join(b"%%%02X" % byte for byte in raw),
        "JSON, every character": b"".join(b"\\u%04x" % byte for byte in raw),
    }
    for offset in range(3):
        certain = _base64_of_the_middle(raw, offset)
        needles[f"base64 at {offset}"] = certain
        needles[f"URL-safe base64 at {offset}"] = certain.translate(bytes.maketrans(b"+/", b"-_"))
    return needles


def in_every_form(secret: str) -> Iterator[tuple[str, bytes]]:
    """A secret as leaks would write it, for the control of the search."""
    raw = secret.encode()
    yield "raw", raw
    yield "JSON", json.dumps({"api_key": secret}).encode()
    yield "JSON, every character", "".join(f"\\u{ord(char):04x}" for char in secret).encode()
    yield "URL", quote(secret, safe="").encode()
    yield "URL of a form", quote_plus(secret).encode()
    yield "URL, every character", "".join(f"%{ord(char):02x}" for char in secret).encode()
    yield "URL, every character, upper case", "".join(f"%{ord(char):02X}" for char in secret).encode()
    yield "HTML", html.escape(secret).encode()
    yield "Python", repr(secret).encode()
    yield "hex", raw.hex().encode()
    yield "upper-case hex", raw.hex().upper().encode()
    for offset in range(3):
        with_neighbours = b"x" * offset + raw + b"neighbours"
        yield f"base64 at {offset}", base64.b64encode(with_neighbours)
        yield f"URL-safe base64 at {offset}", base64.urlsafe_b64encode(with_neighbours)


def _base64_of_the_middle(raw: bytes, offset: int) -> bytes:
    """The base64 characters that depend on nothing but ``raw``, when ``offset`` bytes (mod 3) precede it."""
    encoded = base64.b64encode(bytes(offset) + raw)
    first = -(-offset * 8 // 6)
    return encoded[first : (offset + len(raw)) * 8 // 6]


def _random_letters() -> str:
    return "".join(random.SystemRandom().choice(_LETTERS) for _ in range(_MARK_LENGTH))
