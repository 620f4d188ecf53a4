"""Read an answer's body as it comes, never more of it than allowed."""

import zlib
from collections.abc import AsyncIterable

from adapters.outbound.failure import OutboundError, OutboundFailure

_GZIP = zlib.MAX_WBITS | 16  # zlib's way to say: gzip framing, not zlib framing


async def read_capped(chunks: AsyncIterable[bytes], content_encoding: str, cap: int) -> bytes:
    """The whole body, decompressed, if that is at most ``cap`` bytes.

    Args:
        chunks: the bytes as sent, still compressed.
        content_encoding: the header's value; only ``gzip`` is offered, so nothing else may come.
        cap: the most bytes the body may have once decompressed.

    Raises:
        OutboundError: ``malformed``: too large, an encoding we did not offer, or broken compression.
    """
    body = bytearray()
    if content_encoding in {"", "identity"}:
        async for chunk in chunks:
            body += chunk
            _refuse_above(cap, len(body))
        return bytes(body)
    if content_encoding not in {"gzip", "x-gzip"}:
        raise OutboundError(OutboundFailure.MALFORMED, "the answer has an encoding that was not offered")
    inflater = zlib.decompressobj(_GZIP)
    try:
        async for chunk in chunks:
            # Asking for one byte more than allowed shows a bomb without inflating it.
            body += inflater.decompress(chunk, cap + 1 - len(body))
            _refuse_above(cap, len(body))
            # What follows the end would be kept by the inflater, all of it and copied with each chunk.
            if inflater.unused_data:
                raise OutboundError(
                    OutboundFailure.MALFORMED, "the answer goes on after its compression's end"
                )
    except zlib.error:
        raise OutboundError(OutboundFailure.MALFORMED, "the answer's compression is broken") from None
    if not inflater.eof:
        raise OutboundError(OutboundFailure.MALFORMED, "the answer's compression ends too early")
    return bytes(body)


def _refuse_above(cap: int, size: int) -> None:
    if size > cap:
        raise OutboundError(OutboundFailure.MALFORMED, f"the answer is larger than {cap:,} bytes")
