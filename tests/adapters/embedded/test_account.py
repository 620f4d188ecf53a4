import os
import pwd
from pathlib import Path

import pytest

from adapters.embedded.account import Account, account_of
from adapters.embedded.errors import EmbeddedPostgresError


def _be(monkeypatch: pytest.MonkeyPatch, uid: int) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: uid)


def _let_belong(monkeypatch: pytest.MonkeyPatch, cluster: Path, uid: int) -> None:
    state = list(cluster.stat())
    state[4], state[5] = uid, 777
    monkeypatch.setattr(Path, "stat", lambda *_, **__: os.stat_result(state))


def _no_such_user(who: object) -> pwd.struct_passwd:
    raise KeyError(who)


def test_a_normal_user_runs_the_server_as_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _be(monkeypatch, 1234)
    monkeypatch.setattr(pwd, "getpwuid", lambda _: pwd.getpwnam("nobody"))
    assert account_of(tmp_path / "absent") == Account(1234, os.getegid(), is_this_process=True)


def test_a_user_without_a_name_may_run_a_cluster_but_not_make_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _be(monkeypatch, 1234)
    monkeypatch.setattr(pwd, "getpwuid", _no_such_user)
    with pytest.raises(EmbeddedPostgresError, match="Add the user"):
        account_of(tmp_path / "absent")
    _let_belong(monkeypatch, tmp_path, 1234)
    assert account_of(tmp_path).is_this_process


def test_root_makes_a_new_cluster_as_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _be(monkeypatch, 0)
    nobody = pwd.getpwnam("nobody")
    expected = Account(nobody.pw_uid, nobody.pw_gid, is_this_process=False)
    assert account_of(tmp_path / "absent") == expected


def test_root_runs_an_existing_cluster_as_its_owner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _be(monkeypatch, 0)
    _let_belong(monkeypatch, tmp_path, 1234)
    assert account_of(tmp_path) == Account(1234, 777, is_this_process=False)


def test_a_cluster_that_belongs_to_root_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _be(monkeypatch, 0)
    _let_belong(monkeypatch, tmp_path, 0)
    with pytest.raises(EmbeddedPostgresError, match="chown -R nobody"):
        account_of(tmp_path)


def test_a_cluster_of_another_user_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _be(monkeypatch, 1234)
    _let_belong(monkeypatch, tmp_path, 4321)
    with pytest.raises(EmbeddedPostgresError, match="belongs to the user id 4321"):
        account_of(tmp_path)


def test_root_on_a_system_without_nobody_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _be(monkeypatch, 0)
    monkeypatch.setattr(pwd, "getpwnam", _no_such_user)
    with pytest.raises(EmbeddedPostgresError, match="no user 'nobody'"):
        account_of(tmp_path / "absent")
