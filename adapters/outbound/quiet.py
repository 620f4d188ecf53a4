"""Keep the HTTP libraries from logging requests."""

import logging

_LIBRARIES = ("httpx", "httpcore")


def silence_http_loggers() -> None:
    """Stop ``httpx`` and ``httpcore`` from logging anything, whatever level the root logger has.

    httpx writes every full URL at INFO and httpcore writes headers at DEBUG. What went wrong reaches people
    as an OutboundError, which is scrubbed. Their child loggers inherit both settings.
    """
    for name in _LIBRARIES:
        logger = logging.getLogger(name)
        logger.setLevel(logging.CRITICAL + 1)
        logger.propagate = False
