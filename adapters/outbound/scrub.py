"""Make a vendor's words fit to be shown: no key in any form, no control characters, no novel."""

import base64
import json
import re
import unicodedata
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

from domain.secret import Secret

REDACTED = "[redacted]"
LONGEST_MESSAGE = 500

_KEY_SHAPED = re.compile(
    r"""
    (?<![A-Za-z0-9])(?:
        (?:sk|rk|pk)[-_][A-Za-z0-9_*.\-]{6,}    # OpenAI, Anthropic, and the many that follow them
      | AIza[A-Za-z0-9_*.\-]{6,}                # Google's API keys
      | (?:AQ|ya29)\.[A-Za-z0-9_*.\-]{10,}      # Google's newer keys, and its access tokens
      | (?:gsk|hf)_[A-Za-z0-9*]{6,}             # Groq, Hugging Face
      | xai-[A-Za-z0-9*]{6,}                    # xAI
      | (?i:bearer)(?:\s|%20|\+)+[^\s"'<>,;]{16,}  # the word alone is prose: "use Bearer authentication"
    )
    """,
    re.VERBOSE,
)


def scrub(text: str, secrets: Iterable[Secret]) -> str:
    """``text`` as one line of at most 500 characters in which no key is left.

    The given secrets go in raw, URL-encoded, JSON-escaped, base64 and hex form; and so does whatever is
    shaped like a key, since a vendor may quote one that we did not send.
    """
    # Invisible characters go first: a key with one in its middle would come together after the search for it.
    visible = "".join(
        " " if char in "\t\r\n" else char for char in text if char in "\t\r\n" or _is_visible(char)
    )
    without_sent = _replace_all(visible, {form for secret in secrets for form in _forms(secret)})
    without_keys = _KEY_SHAPED.sub(REDACTED, without_sent)
    one_line = " ".join(without_keys.split())
    # The cut comes last: before, it could leave half a key that no search finds.
    return one_line if len(one_line) <= LONGEST_MESSAGE else one_line[: LONGEST_MESSAGE - 1] + "…"


def _is_visible(char: str) -> bool:
    return not unicodedata.category(char).startswith("C")


def _replace_all(text: str, forms: set[str]) -> str:
    """One pass over all forms, longest first, so that a replacement is never searched itself."""
    if not forms:
        return text
    ordered = sorted(forms, key=len, reverse=True)
    return re.sub("|".join(map(re.escape, ordered)), REDACTED, text)


def _forms(secret: Secret) -> set[str]:
    value = secret.reveal()
    key = value.removeprefix("Bearer ")
    found: set[str] = set()
    for plain in filter(None, (value, key)):
        raw = plain.encode()
        encoded = quote(plain, safe="")
        found |= {plain, encoded, quote(plain), quote_plus(plain), _lower_escapes(encoded)}
        found |= {json.dumps(plain)[1:-1], json.dumps(plain, ensure_ascii=False)[1:-1]}
        found |= {base64.b64encode(raw).decode(), base64.urlsafe_b64encode(raw).decode(), raw.hex()}
    return found


def _lower_escapes(encoded: str) -> str:
    return re.sub(r"%[0-9A-F]{2}", lambda match: match[0].lower(), encoded)
