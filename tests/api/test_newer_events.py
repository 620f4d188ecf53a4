"""Events that a newer Keyroll has written, in the trail of one that is not renewed yet."""

import json
from pathlib import Path

from tests.support.keyroll_in_a_thread import KeyrollInAThread
from tests.support.steps import add_provider, change_provider, done, items
from tests.support.tables import execute


def test_what_a_newer_keyroll_has_done_is_told_as_far_as_it_is_known(conninfo: str, tmp_path: Path) -> None:
    with KeyrollInAThread(conninfo, tmp_path) as running:
        provider = add_provider(running.http, "One", api_key=None)
        change_provider(running.http, provider, name="Two")
        path = f"/v1/llm-providers/{provider['id']}/history"
        known = list(items(running.http, path))
        execute(
            conninfo,
            "UPDATE stored_events SET topic = 'provider.flew.v1' WHERE topic = 'provider.renamed.v1'",
        )
        (newest, *_) = items(running.http, "/v1/audit-events")
        assert newest == {
            **newest,
            "position": known[0]["position"],
            "action": "provider.flew",
            "subject_type": "provider",
            "subject_id": provider["id"],
            "changes": {},
            "summary": f"{known[0]['actor']} did what only a newer Keyroll can tell: provider.flew",
        }
        versions = list(items(running.http, path))
        assert [version["action"] for version in versions] == ["provider.flew", "provider.created"]
        assert versions[1] == known[1]
        exported = running.http.get("/v1/audit-events/export").text.splitlines()
        assert [json.loads(exported[-2])["action"], json.loads(exported[-1])["complete"]] == [
            "provider.flew",
            True,
        ]
        assert done(running.http.get("/v1/audit-events", params={"subject": provider["id"]}))["data"]


def test_a_subject_that_only_a_newer_keyroll_knows_is_called_by_its_own_word(
    conninfo: str, tmp_path: Path
) -> None:
    with KeyrollInAThread(conninfo, tmp_path) as running:
        add_provider(running.http, "One", api_key=None)
        execute(conninfo, "UPDATE stored_events SET topic = 'robot.built.v1' WHERE topic LIKE 'provider.%%'")
        (newest, *_) = items(running.http, "/v1/audit-events")
        assert (newest["action"], newest["subject_type"]) == ("robot.built", "robot")
