"""The secrets that Keyroll makes itself lie in their own files only; and the search finds what is there."""

import base64
import stat
from collections.abc import Iterable
from pathlib import Path

from adapters.embedded.server import start
from tests.support.canaries import Canaries, Place
from tests.support.canary_deeds import create, read_everything
from tests.support.canary_places import Answers, command_lines, dump_of, files_below
from tests.support.keyroll_process import KeyrollProcess, data_folder_in


def _holding(secret: bytes, places: Iterable[Place]) -> list[str]:
    """Where the secret is, as it is or in hex or base64."""
    forms = (secret, secret.hex().encode(), base64.b64encode(secret), base64.urlsafe_b64encode(secret))
    return [place.name for place in places if any(form.rstrip(b"=") in place.content for form in forms)]


def test_the_master_key_and_the_first_token_are_in_their_own_files_and_the_token_is_shown_once(
    tmp_path: Path,
) -> None:
    answers = Answers()
    with data_folder_in(tmp_path) as folder:
        for _ in range(2):
            with KeyrollProcess(folder, {"KEYROLL_BOOTSTRAP_TOKEN": ""}, loud=True) as keyroll:
                token = (folder / "admin-token").read_text().strip()
                with answers.keep_those_to(keyroll.client(token)) as http:
                    create(http, f"Kept {len(answers.places)}", api_key="sk-of-no-interest")
                    read_everything(http)
                with start(folder) as server:
                    places = [*answers.places, *dump_of(server.conninfo), *command_lines()]
        places += files_below(tmp_path)
        for name in ("admin-token", "master-key"):
            assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600
        encoded = (folder / "master-key").read_text().strip().partition(":")[2]
        log = keyroll.log.read_bytes()
    assert _holding(base64.b64decode(encoded), places) == ["the file data/master-key"]
    assert _holding(token.encode(), places) == ["the file data/admin-token", "the file data.log"]
    assert log.count(token.encode()) == 1


def test_a_key_that_a_person_took_for_a_name_is_found_by_the_same_search(tmp_path: Path) -> None:
    canaries, answers = Canaries(), Answers()
    with data_folder_in(tmp_path) as folder:
        with KeyrollProcess(folder, loud=True) as keyroll:
            made = create(answers.keep_those_to(keyroll.http), canaries.word())
            assert made.status_code == 201
            with start(folder) as server:
                found = canaries.found_in([*answers.places, *dump_of(server.conninfo)])
        found += canaries.found_in(files_below(tmp_path))
    for place in ("answer 0: 201 to a POST", "the dump", "the dump's binary values"):
        assert any(line.endswith(place) for line in found)
    assert any("postgres/base/" in line for line in found)
    assert any("postgres/pg_wal/" in line for line in found)
