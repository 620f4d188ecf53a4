"""Whom TLS trusts."""

import ssl

import certifi


def public_authorities() -> ssl.SSLContext:
    """Mozilla's list of certificate authorities, whatever the environment says (https://certifi.io)."""
    return ssl.create_default_context(cafile=certifi.where())
