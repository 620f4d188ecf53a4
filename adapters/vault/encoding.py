"""Several byte strings as one, so that no two different lists of them read the same."""


def unambiguous(*parts: bytes) -> bytes:
    """The parts one after another, each behind its length as a 32-bit big-endian number.

    Without the lengths ``("ab", "c")`` and ``("a", "bc")`` would be authenticated as the same thing.
    """
    return b"".join([len(part).to_bytes(4, "big") + part for part in parts])
