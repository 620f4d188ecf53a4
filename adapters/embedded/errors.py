"""What the embedded PostgreSQL says when it cannot be used."""


class EmbeddedPostgresError(Exception):
    """The embedded PostgreSQL cannot be used. The message says why, and what to do about it."""
