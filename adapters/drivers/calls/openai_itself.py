"""Tell OpenAI's own servers, Azure's among them, from those that only speak its protocols."""

import re
from urllib.parse import urlsplit

_HOSTS = re.compile(
    r"api\.openai\.com|.+\.(?:openai\.azure\.com|cognitiveservices\.azure\.com|services\.ai\.azure\.com)"
)


def is_openai_itself(base_url: str) -> bool:
    """Whether OpenAI itself answers here; it refuses fields that its documentation does not name."""
    return _HOSTS.fullmatch(urlsplit(base_url).hostname or "") is not None
