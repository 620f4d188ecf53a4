"""Bytes from a stranger to a JSON value, within bounds."""

from typing import Any

import msgspec

from adapters.outbound.failure import OutboundError, OutboundFailure

MOST_VALUES = 1_500_000
"""Upper bound of values in one document: 200,000 models with seven fields each."""


def decode_json(body: bytes, *, most_values: int = MOST_VALUES, shape: Any = object) -> object:
    """The JSON value in ``body``, which must be UTF-8.

    Args:
        body: the document.
        most_values: the most values it may hold, read or not.
        shape: the type to read it as, by msgspec's rules. What a TypedDict does not name is passed over, and
            a ``msgspec.Raw`` is left as it came: neither costs an object.

    Raises:
        OutboundError: ``malformed``: not UTF-8, not JSON, nested too deep, a number no machine type holds,
            more values than ``most_values``, or of another shape.
    """
    # Every value but the first follows a comma or an opening bracket, so this bounds the memory of a document
    # like [[],[],…], which grows thirtyfold when decoded, before any of it is spent.
    if body.count(b",") + body.count(b"[") + body.count(b"{") > most_values:
        raise OutboundError(OutboundFailure.MALFORMED, f"the answer holds more than {most_values:,} values")
    try:
        body.decode()  # for msgspec would not look into what the shape passes over
        value: object = msgspec.json.decode(body, type=shape)
    except RecursionError:
        raise OutboundError(OutboundFailure.MALFORMED, "the answer is nested too deep") from None
    except UnicodeDecodeError:
        raise OutboundError(OutboundFailure.MALFORMED, "the answer is not UTF-8") from None
    except msgspec.MsgspecError:
        raise OutboundError(
            OutboundFailure.MALFORMED, "the answer is not JSON as its vendor documents it"
        ) from None
    return value
