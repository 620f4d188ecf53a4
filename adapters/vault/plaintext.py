"""A secret as bytes and back, for any text: the error of a strict codec would carry the secret."""

from domain.secret import Secret


def plaintext_of(secret: Secret) -> bytes:
    """The secret in UTF-8. Lone surrogates, which no strict codec takes, are kept as they are."""
    return secret.reveal().encode("utf-8", "surrogatepass")


def secret_of(plaintext: bytes) -> Secret:
    """The secret whose :func:`plaintext_of` these bytes are."""
    return Secret(plaintext.decode("utf-8", "surrogatepass"))
