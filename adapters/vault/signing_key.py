"""What webhooks are signed with: one key for each, as Standard Webhooks want it.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import binascii
import hmac
import os
from typing import Final

from domain.secret import Secret

PREFIX: Final = "whsec_"
_BYTES: Final = 32


def new_signing_key() -> Secret:
    """A fresh key: 32 random bytes in base64, after ``whsec_``."""
    return Secret(PREFIX + base64.b64encode(os.urandom(_BYTES)).decode())


def signature(key: Secret, message_id: str, timestamp: int, body: bytes) -> str:
    """The value of the header ``webhook-signature``: version 1, HMAC-SHA256 over id, time and body.

    Args:
        key: as :func:`new_signing_key` makes them.
        message_id: the value of ``webhook-id``.
        timestamp: the value of ``webhook-timestamp``, in seconds since 1970.
        body: the very bytes that are sent.

    Raises:
        ValueError: the key is none.
    """
    try:
        raw = base64.b64decode(key.reveal().removeprefix(PREFIX), validate=True)
    except binascii.Error:
        # The library's error would be raised beside the key.
        raise ValueError("the signing key is not in base64: replace it with rotate-secret") from None
    signed = b"%s.%d.%s" % (message_id.encode(), timestamp, body)
    return "v1," + base64.b64encode(hmac.digest(raw, signed, "sha256")).decode()
