"""Failed requests as vendors answer them, for the tests of the retry rules."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from adapters.outbound.failure import OutboundError, OutboundFailure

NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)


def failed(
    status: int | None = 429, headers: Mapping[str, str] | None = None, body: object = None
) -> OutboundError:
    failure = OutboundFailure.UNREACHABLE if status is None else OutboundFailure.STATUS
    return OutboundError(failure, "no", status=status, headers=dict(headers or {}), body=body)


def google(kind: str, **more: object) -> dict[str, Any]:
    detail = {"@type": f"type.googleapis.com/google.rpc.{kind}", **more}
    return {"error": {"code": 429, "status": "RESOURCE_EXHAUSTED", "details": [detail]}}
