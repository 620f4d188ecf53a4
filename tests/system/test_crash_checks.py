"""The controls of the crash tests: what they look for is found where it was planted."""

from uuid import UUID

import psycopg
import pytest

from api.commands.core import Core
from tests.support.keyroll_in_a_thread import KeyrollInAThread
from tests.support.ledger import Acknowledged, Ledger
from tests.support.log_checks import complaints

_KEY = "sk-key-of-the-control-1234"


class _Promised:
    """A database with a few acknowledged writes, and hands to spoil it with."""

    def __init__(self, keyroll: KeyrollInAThread, conninfo: str) -> None:
        self._core: Core = keyroll.core
        self._conninfo = conninfo
        self.ledger = Ledger(sent_keys={_KEY: "create"})
        http = keyroll.http
        body = {"name": "P", "provider_type": "openai", "api_key": _KEY}
        made = http.post("/v1/llm-providers", json=body, headers={"X-Request-Id": "create.1"})
        self.provider = UUID(made.json()["id"])
        at = int(made.headers["Keyroll-Position"])
        self.ledger.acknowledged.append(Acknowledged("create", at, self.provider, made.json()["version"]))
        path = f"/v1/llm-providers/{self.provider}"
        changed = http.patch(path, json={"name": "Q"}, headers={"X-Request-Id": "rename.1"})
        self.position = int(changed.headers["Keyroll-Position"])
        told = Acknowledged("rename", self.position, self.provider, changed.json()["version"])
        self.ledger.acknowledged.append(told)

    def spoil(self, statement: str) -> None:
        with psycopg.connect(self._conninfo, autocommit=True) as connection:
            values = {"provider": self.provider, "position": self.position}
            assert connection.execute(statement.encode(), values).rowcount == 1

    def found(self) -> list[str]:
        return complaints(self._core, self.ledger)


@pytest.fixture
def promised(keyroll: KeyrollInAThread, conninfo: str) -> _Promised:
    made = _Promised(keyroll, conninfo)
    assert made.found() == []
    return made


_REPEATED_CREATION = """
    INSERT INTO stored_events (notification_id, originator_id, originator_version, topic, state, organization,
        occurred_at, actor, request_id, hash)
    SELECT %(position)s + 1, gen_random_uuid(), 1, topic, state, organization, occurred_at, actor, request_id,
        hash
    FROM stored_events WHERE originator_id = %(provider)s AND originator_version = 1
"""
_RENAMED_BY_ANOTHER_ATTEMPT = """
    INSERT INTO stored_events (notification_id, originator_id, originator_version, topic, state, organization,
        occurred_at, actor, request_id, hash)
    SELECT %(position)s + 1, originator_id, originator_version + 1, topic, state, organization, occurred_at,
        actor, 'rename.2', hash
    FROM stored_events WHERE notification_id = %(position)s
"""
_OTHER_STATE = """
    UPDATE stored_events SET state = convert_to(replace(convert_from(state, 'utf8'), 'Q', 'R'), 'utf8')
    WHERE notification_id = %(position)s
"""
_SECOND_KEY = """
    INSERT INTO sealed_keys
    SELECT gen_random_uuid(), organization, provider_id, master_key_id, format, wrapped_key, sealed
    FROM sealed_keys WHERE provider_id = %(provider)s
"""
_FLIPPED_BIT = """
    UPDATE sealed_keys SET sealed = set_bit(sealed, 200, 1 - get_bit(sealed, 200))
    WHERE provider_id = %(provider)s
"""


@pytest.mark.parametrize(
    ("spoiling", "complaint"),
    [
        ("DELETE FROM stored_events WHERE notification_id = %(position)s", "lost: "),
        ("DELETE FROM stored_events WHERE notification_id = %(position)s - 1", "gaps: "),
        (_REPEATED_CREATION, "doubled: "),
        (_RENAMED_BY_ANOTHER_ATTEMPT, "doubled: "),
        ("UPDATE llm_providers SET name = 'R' WHERE id = %(provider)s", "not the replay: llm_providers "),
        ("DELETE FROM llm_providers WHERE id = %(provider)s", "not the replay: llm_providers "),
        (_OTHER_STATE, "not the replay: llm_providers "),
        (_OTHER_STATE, "broken: "),
        ("DELETE FROM sealed_keys WHERE provider_id = %(provider)s", "is not there"),
        (_SECOND_KEY, "a key of nobody: "),
        (_FLIPPED_BIT, "does not open"),
    ],
)
def test_a_spoiled_database_is_complained_about(promised: _Promised, spoiling: str, complaint: str) -> None:
    promised.spoil(spoiling)
    assert [line for line in promised.found() if complaint in line] != []


def test_a_promise_nobody_kept_is_complained_about(promised: _Promised) -> None:
    promised.ledger.settled.append("delete")
    assert promised.found() == ["lost: delete was called done"]


def test_a_key_that_another_write_brought_is_complained_about(promised: _Promised) -> None:
    promised.ledger.sent_keys[_KEY] = "rotate"
    assert promised.found() == [f"the key of {promised.provider} is another one"]
