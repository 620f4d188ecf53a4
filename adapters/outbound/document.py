"""Bytes from a stranger to a JSON value, within bounds."""

import msgspec

from adapters.outbound.failure import OutboundError, OutboundFailure

MOST_VALUES = 1_500_000
"""Upper bound of values in one document: 200,000 models with seven fields each."""


def decode_json(body: bytes, *, most_values: int = MOST_VALUES) -> object:
    """The JSON value in ``body``, which must be UTF-8.

    Raises:
        OutboundError: ``malformed``: not UTF-8, not JSON, nested too deep, a number no machine type holds, or
            more values than ``most_values``.
    """
    # Every value but the first follows a comma or an opening bracket, so this bounds the memory of a document
    # like [[],[],…], which grows thirtyfold when decoded, before any of it is spent.
    if body.count(b",") + body.count(b"[") + body.count(b"{") > most_values:
        raise OutboundError(OutboundFailure.MALFORMED, f"the answer holds more than {most_values:,} values")
    try:
        value: object = msgspec.json.decode(body)
    except RecursionError:
        raise OutboundError(OutboundFailure.MALFORMED, "the answer is nested too deep") from None
    except UnicodeDecodeError:
        raise OutboundError(OutboundFailure.MALFORMED, "the answer is not UTF-8") from None
    except msgspec.MsgspecError:
        raise OutboundError(OutboundFailure.MALFORMED, "the answer is not JSON") from None
    return value
