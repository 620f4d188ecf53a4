"""``keyroll sync replay``: a run's kept listing, held once more against the roll of its day."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from click.testing import CliRunner, Result

from api.cli.main import main
from api.commands.caller import Caller
from api.commands.core import Core
from api.commands.models import change_model
from api.commands.syncs import SyncOutcome
from domain.listing import ModelFacts
from domain.model import ChangeModel
from tests.support.cores import new_master_keys
from tests.support.one_provider import OneProvider, before_each_chunk, facts
from tests.support.tables import everything, execute

ODD = ('quo"ted', "ünï✓", "a'; DROP TABLE listings; --")


@pytest.fixture
def one(core: Core, conninfo: str, ada: Caller) -> OneProvider:
    return OneProvider(core, conninfo, ada)


class Command:
    """The command over the test's database."""

    def __init__(self, conninfo: str, folder: Path) -> None:
        self._environ = {
            "KEYROLL_DATABASE_URL": conninfo,
            "KEYROLL_DATA_DIR": str(folder),
            "KEYROLL_MASTER_KEYS": new_master_keys(),
            "KEYROLL_ENV": "development",
        }

    def replay(self, run: SyncOutcome | UUID, *words: str) -> Result:
        sync_id = run if isinstance(run, UUID) else run.sync_id
        arguments = ["sync", "replay", str(sync_id), *words]
        return CliRunner().invoke(main, arguments, env=self._environ, prog_name="keyroll")

    def json(self, run: SyncOutcome) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self.replay(run, "--json").stdout)
        return told


@pytest.fixture
def command(conninfo: str, tmp_path: Path) -> Command:
    return Command(conninfo, tmp_path)


def _eventful(one: OneProvider, ada: Caller) -> list[SyncOutcome]:
    runs = [one.sync(facts("a", "b", "c", "d", *ODD)), one.sync(facts("a", "b", "d", *ODD))]
    one.delete("d")
    edit = ChangeModel(display_name="Ours")
    change_model(one.core, ada, one.models()["a"].id, edit)
    runs.append(one.sync({**facts("a", "c", "d", *ODD, window=2), "new": ModelFacts(display_name="N")}))
    runs.append(one.sync(facts("a"), force=True))
    runs.append(one.sync(facts("a")))
    return runs


def test_every_run_of_a_history_is_found_to_have_done_just_what_its_listing_says(
    one: OneProvider, ada: Caller, command: Command, conninfo: str
) -> None:
    runs = _eventful(one, ada)
    command.replay(runs[0])  # the first opening of a database leaves a fingerprint key there
    before = everything(conninfo)
    for run in runs:
        told = command.replay(run)
        assert told.exit_code == 0, told.output
        assert told.stdout.endswith("The run did just this.\n")
        counts = run.counts
        assert (
            f"{counts.created} created, {counts.updated} updated, {counts.changed} changed, "
            f"{counts.stale} stale" in told.stdout
        )
    assert everything(conninfo) == before


def test_scripts_get_what_the_api_answers_of_the_run(one: OneProvider, ada: Caller, command: Command) -> None:
    run = _eventful(one, ada)[2]
    told = command.json(run)
    assert (told["sync_id"], told["position"], told["status"]) == (str(run.sync_id), run.position, "success")
    assert (told["equal"], told["difference"]) == (True, None)
    changes = {model["model_id"]: model["change"] for model in told["models"]}
    expected = {"a": "changed", "b": "stale", "c": "reappeared", "d": "protected", "new": "added"}
    assert changes == {**expected, **dict.fromkeys(ODD, "changed")}
    by_id = {model["model_id"]: model for model in told["models"]}
    assert by_id["a"]["protected"]["fields"] == {"display_name": {"kept": "Ours", "listed": None}}
    assert by_id["c"]["fields"]["context_window"] == {"before": None, "after": 2}


def test_people_see_each_model_with_its_fields(one: OneProvider, ada: Caller, command: Command) -> None:
    shown = command.replay(_eventful(one, ada)[2]).stdout.splitlines()
    assert "changed     a" in shown
    assert "            context_window: null -> 2" in shown
    assert "            protected: edited" in shown
    assert '            display_name: kept "Ours", listed null' in shown
    assert "protected   d" in shown


def test_a_refused_listing_is_refused_again(one: OneProvider, command: Command) -> None:
    one.sync(facts("a", "b", "c"))
    refused = one.sync(facts("a"))
    told = command.replay(refused)
    assert told.exit_code == 0, told.output
    assert "refused (suspicious): The listing lacks 2 of 3 known models" in told.stdout
    assert command.json(refused)["code"] == "suspicious"


def test_a_run_that_others_disturbed_is_shown_to_differ_and_where(
    one: OneProvider, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    one.sync(facts("a", "b", "c", "d"))

    def interfere(chunk: int) -> None:
        if chunk == 1:
            one.delete("c")

    before_each_chunk(monkeypatch, interfere, size=2)
    run = one.sync(facts("a", "b", "c", "d", window=2))
    told = command.replay(run)
    assert told.exit_code == 1
    assert "Not equal: c: the run has it protected {}, protected: deleted, the replay has it changed" in (
        told.stdout
    )
    assert command.json(run)["equal"] is False


def test_a_listing_that_was_forged_is_shown_to_differ(
    one: OneProvider, command: Command, conninfo: str
) -> None:
    run = one.sync(facts("a"))
    other = one.sync(facts("a", "b"))
    execute(conninfo, "UPDATE listings SET body = (SELECT body FROM listings ORDER BY models DESC LIMIT 1)")
    assert "b: the run left it alone, the replay has it added" in command.replay(run).stdout
    assert command.replay(other).exit_code == 0


def test_another_end_and_other_counts_are_differences_too(
    one: OneProvider, command: Command, conninfo: str
) -> None:
    good = one.sync(facts("a", "b", "c"))
    refused = one.sync(facts("a"))
    execute(conninfo, "UPDATE syncs SET updated = 99 WHERE id = %s", good.sync_id)
    assert "the run counted SyncCounts(created=3, updated=99" in command.replay(good).stdout
    execute(conninfo, "UPDATE listings SET body = (SELECT body FROM listings ORDER BY models DESC LIMIT 1)")
    told = command.replay(refused)
    assert (told.exit_code, "the run ended with suspicious, the replay with success" in told.stdout) == (
        1,
        True,
    )


def test_a_run_without_a_listing_and_an_unknown_run_are_refused(
    one: OneProvider, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(one, "list_models", _break_down)
        with pytest.raises(RuntimeError):
            one.sync({})
    ((sync_id,),) = one.core.store.log.run(lambda it: it.execute(b"SELECT id FROM syncs").fetchall())
    told = command.replay(sync_id)
    assert (told.exit_code, told.stdout) == (1, "")
    assert "kept no listing" in told.stderr
    assert "There is no sync with the id" in command.replay(uuid4()).stderr
    assert command.replay(uuid4()).exit_code == 1


async def _break_down(_key: object) -> None:
    raise RuntimeError("a defect")
