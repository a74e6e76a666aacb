"""A library is one user's: another's is refused, and others lose the right to write to it."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from egosearch import warming
from egosearch.errors import LibraryError
from egosearch.library import Library
from egosearch.ownership import check_ownership

pytestmark = pytest.mark.skipif(not hasattr(os, "geteuid"), reason="users are others there")
SOMEBODY = 54_321
needs_root = pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root gives folders away")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with Library.open(tmp_path / "library"):
        return tmp_path / "library"


def test_another_users_library_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: SOMEBODY + 1)
    mine, theirs = folder.stat(), os.stat_result((0o40755, 0, 0, 1, SOMEBODY, SOMEBODY, 0, 0, 0, 0))
    monkeypatch.setattr(Path, "stat", lambda path, **_: theirs if path == folder else mine)
    with pytest.raises(LibraryError, match=f"belongs to another user .number {SOMEBODY}., .* copy it"):
        check_ownership(folder)


@needs_root
def test_it_is_refused_before_anything_in_it_is_believed(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        os.chown(path, SOMEBODY, SOMEBODY)
        path.chmod(0o777)
    for parent in folder.parents[:3]:
        parent.chmod(0o755)
    (folder / "egosearch.toml").write_text("what is in it is not read")
    code = (
        "import os, sys; from pathlib import Path; from egosearch.library import Library;"
        f"os.setuid({SOMEBODY + 1}); Library.open(Path(sys.argv[1]), read_only=True)"
    )
    done = subprocess.run([sys.executable, "-c", code, folder], capture_output=True, text=True, check=False)
    assert "belongs to another user" in done.stderr
    assert "cannot be read" not in done.stderr


@needs_root
def test_root_opens_any(folder: Path) -> None:
    os.chown(folder, SOMEBODY, SOMEBODY)
    with Library.open(folder, read_only=True) as library:
        assert library.recordings() == []


@pytest.mark.parametrize("mode", [0o770, 0o707, 0o777, 0o722])
def test_others_may_write_to_it_no_longer(folder: Path, mode: int, caplog: pytest.LogCaptureFixture) -> None:
    folder.chmod(mode)
    with Library.open(folder, read_only=True):
        assert stat.S_IMODE(folder.stat().st_mode) == mode & ~0o022
    with Library.open(folder, read_only=True):
        pass
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "could be written to by other users" in caplog.text


def test_letting_others_read_is_ones_own_choice(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder.chmod(0o755)
    with Library.open(folder, read_only=True):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o755
    assert caplog.records == []


def test_nothing_is_said_where_there_are_no_rights_to_take(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    folder.chmod(0o777)
    monkeypatch.setattr(Path, "chmod", lambda *_: None)  # as on exFAT
    check_ownership(folder)
    assert caplog.records == []


def test_the_encoders_that_anothers_library_names_are_not_loaded(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "egosearch.toml").write_text('format = 1\nid = "x"\n[encoders]\naudio = "toy"\n')
    loaded: list[str] = []
    monkeypatch.setattr("indexers.encoders.load_encoder", lambda name, _: loaded.append(name))
    monkeypatch.setattr("egosearch.ownership.check_ownership", _refuse)
    thread = warming.begin(folder)
    assert thread is not None
    thread.join()
    assert loaded == []


def _refuse(folder: Path) -> None:
    raise LibraryError(f"{folder} belongs to another user")
