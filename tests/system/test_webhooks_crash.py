"""Keyroll is killed while it delivers: nothing is lost, the order stays, and a repetition has the same id."""

import subprocess
import threading
from itertools import groupby
from pathlib import Path

import httpx

from tests.support.cores import new_master_keys
from tests.support.embedded_postgres import wait_until
from tests.support.hook_receiver import Answer, HookReceiver, Message, is_signed
from tests.support.keyroll_process import KeyrollProcess
from tests.support.steps import add_provider, done

KILLS = 3
EACH = 4


def test_a_killed_keyroll_delivers_all_the_rest_and_at_most_repeats_its_last_message(
    conninfo: str, tmp_path: Path
) -> None:
    settings = {
        "KEYROLL_DATABASE_URL": conninfo,
        "KEYROLL_MASTER_KEYS": new_master_keys(),
        "KEYROLL_ENV": "development",
        "KEYROLL_SYNC_INTERVAL_HOURS": "0",
        "KEYROLL_OUTBOUND_ALLOW": "127.0.0.0/8",
    }
    names = [f"p{number}" for number in range(KILLS * EACH)]
    with HookReceiver() as receiver:
        secret = ""
        for turn in range(KILLS):
            with KeyrollProcess(tmp_path / "data", settings) as keyroll:
                if not secret:
                    body = {"url": receiver.url(), "event_types": ["provider.created"]}
                    secret = done(keyroll.http.post("/v1/webhooks", json=body), 201)["secret"]
                receiver.answer = dying = _Dying(keyroll.process)
                _add(keyroll.http, names[turn * EACH : (turn + 1) * EACH])
                dying.begin.set()
                keyroll.process.wait(60)
        receiver.answer = lambda _: (200, b"")
        with KeyrollProcess(tmp_path / "data", settings):
            wait_until(lambda: len({message.id for message in receiver.messages}) == len(names))
    assert all(is_signed(message, secret) for message in receiver.messages)
    assert [message.event["data"]["name"] for message in _each_once(receiver.messages)] == names
    assert len(receiver.messages) == len(names) + KILLS, "each kill has one message sent again, and no more"


class _Dying:
    """Takes one message, and kills Keyroll instead of answering the next one."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._first = ""
        self.begin = threading.Event()

    def __call__(self, message: Message) -> Answer:
        assert self.begin.wait(60)
        self._first = self._first or message.id
        if message.id != self._first:
            self._process.kill()
        return 200, b""


def _add(http: httpx.Client, names: list[str]) -> None:
    for name in names:
        add_provider(http, name, api_key=None)


def _each_once(messages: list[Message]) -> list[Message]:
    """Messages without immediate repetitions; one that comes back later stays, and breaks the order."""
    return [next(same) for _, same in groupby(messages, key=lambda message: message.id)]
