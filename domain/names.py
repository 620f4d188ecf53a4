"""The rules for what people type: names, base URLs, keys."""

import re
import unicodedata
from urllib.parse import urlsplit

from pydantic import HttpUrl, TypeAdapter, ValidationError

from domain.errors import Invalid
from domain.secret import Secret

NAME_LENGTH = 200
BASE_URL_LENGTH = 2_000
KEY_LENGTH = 1_000
SHORTEST_SECRET = 12

_URL = TypeAdapter(HttpUrl)
_KEY_SHAPED = re.compile(r"\b(sk-|AIza|keyroll_)[A-Za-z0-9_\-]{20,}")
_START = re.compile(r"https?://[^/]", re.IGNORECASE)
"""Browsers' rules, which the parser follows, would take ``https:///v1`` for the host ``v1``."""


def name(text: str, field: str = "name") -> str:
    """A trimmed name in Unicode's composed form.

    Raises:
        Invalid: it is empty, longer than 200 characters, holds a character that does not show, or looks like
            an API key.
    """
    trimmed = unicodedata.normalize("NFC", text.strip())
    if not 1 <= len(trimmed) <= NAME_LENGTH:
        raise Invalid(field, f"must have 1 to {NAME_LENGTH} characters, spaces around it not counted")
    # Unlike Python, people see a no-break or an ideographic space as printable.
    if not all(one.isprintable() or unicodedata.category(one) == "Zs" for one in trimmed):
        raise Invalid(field, "must hold printable characters only")
    if _KEY_SHAPED.search(trimmed):
        raise Invalid(field, "looks like an API key, and would be stored in the clear: keys go into api_key")
    return trimmed


def name_key(text: str) -> str:
    """The form in which two names are compared: without regard to case or Unicode's compatibility forms.

    This is the compatibility caseless match of the Unicode Standard, section 3.13, definition D146.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFD", text).casefold())
    return unicodedata.normalize("NFKC", folded.casefold())


def base_url(text: str) -> str:
    """An absolute http(s) URL in its normal form, without a slash at its end.

    Raises:
        Invalid: it is no such URL, or holds user info, a query or a fragment. The message does not repeat
            the URL, because a key may stand in it.
    """
    rule = "must be an absolute http or https URL, such as https://llm.example.com/v1"
    if len(text) > BASE_URL_LENGTH or not text.isascii() or not text.isprintable() or " " in text:
        raise Invalid("base_url", f"{rule}, of at most {BASE_URL_LENGTH} printable ASCII characters")
    if not _START.match(text) or "\\" in text:
        raise Invalid("base_url", rule)
    try:
        url = _URL.validate_python(text)
    except ValidationError:
        raise Invalid("base_url", rule) from None
    if url.username is not None or url.password is not None or "@" in urlsplit(text).netloc:
        raise Invalid("base_url", "must hold no user name or password: the key goes into api_key")
    if "?" in text or "#" in text:
        raise Invalid("base_url", "must hold no query and no fragment")
    return str(url).rstrip("/")


def api_key(text: str) -> Secret:
    """A provider's API key as it can stand in an HTTP header (RFC 9110, section 5.5).

    Raises:
        Invalid: it is empty, longer than 1,000 characters, or holds anything but printable ASCII.
    """
    if not 1 <= len(text) <= KEY_LENGTH:
        raise Invalid("api_key", f"must have 1 to {KEY_LENGTH} characters; null removes the key")
    if not (text.isascii() and text.isprintable()) or text != text.strip():
        raise Invalid("api_key", "must hold printable ASCII characters only, with no space around them")
    return Secret(text)


def holds_the_key(text: str | None, key: Secret) -> bool:
    """Whether a text that will be stored in the clear repeats the key (a slip of the clipboard).

    Keys of fewer than 12 characters are no secrets but words, as the ``ollama`` that some servers want.
    """
    value = key.reveal()
    return text is not None and len(value) >= SHORTEST_SECRET and value in text
