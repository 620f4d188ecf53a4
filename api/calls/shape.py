"""The base of what callers send in shapes that Keyroll knows in full."""

import msgspec


class Shape(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """An object whose every field is known: an unknown one is refused by name, never dropped."""
