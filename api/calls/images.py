"""Pictures as callers of OpenAI's protocols send them."""

import re
from typing import Literal, TypeAlias

from api.calls.decoded import BadCall
from domain.conversation import Image

Detail: TypeAlias = Literal["auto", "low", "high", "original"]

_DATA_URL = re.compile(r"data:(?P<type>[\w.+-]+/[\w.+-]+)(?:;[^;,]*)*?;base64,(?P<data>.+)", re.DOTALL)


def image_at(url: str, detail: Detail | None, field: str) -> Image:
    """The picture at a URL, or in one.

    Raises:
        BadCall: ``field`` is neither.
    """
    if url.startswith(("https://", "http://")):
        return Image(url=url, detail=detail)
    if found := _DATA_URL.fullmatch(url):
        return Image(media_type=found["type"], data=found["data"], detail=detail)
    raise BadCall(field, "give an http(s) URL, or the data as data:image/png;base64,…")
