"""The upkeep of webhooks goes on, whatever one of its rounds meets."""

import asyncio
from typing import Any, cast
from uuid import UUID

import pytest

from adapters.postgres.refusals import StoreUnavailable
from api.webhook_upkeep import WebhookUpkeep
from domain.errors import NotFound

NOBODY = UUID(int=1)
NO_DATABASE = cast("Any", None)


def test_rounds_that_fail_are_told_and_followed_by_others(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def work() -> list[UUID]:
        failures = iter([StoreUnavailable("PostgreSQL does not answer."), RuntimeError("odd")])
        done, retired = asyncio.Event(), []

        async def forget(_: object) -> None:
            for failure in failures:
                raise failure

        async def due(_: object) -> list[tuple[UUID, UUID]]:
            return [(NOBODY, UUID(int=2)), (NOBODY, UUID(int=3))]

        def retire(_core: object, _caller: object, webhook_id: UUID) -> None:
            retired.append(webhook_id)
            if webhook_id == UUID(int=2):
                raise NotFound("webhook", webhook_id)
            loop.call_soon_threadsafe(done.set)

        loop = asyncio.get_running_loop()
        monkeypatch.setattr("api.webhook_upkeep.forget_deleted", forget)
        monkeypatch.setattr("api.webhook_upkeep.webhooks_with_an_outworn_key", due)
        monkeypatch.setattr("api.webhook_upkeep.retire_webhook_secret", retire)
        async with WebhookUpkeep(NO_DATABASE, NO_DATABASE, every=0.001).at_work():
            await asyncio.wait_for(done.wait(), 30)
        return retired

    assert asyncio.run(work())[:2] == [UUID(int=2), UUID(int=3)]
    assert [record.levelname for record in caplog.records] == ["WARNING", "ERROR"]
