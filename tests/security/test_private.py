"""Whatever egosearch writes is for its user alone, whatever mask it was started with.

Of what `watch --stream` keeps, `tests.indexers.test_live` says the same.
"""

import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from egosearch.owner.address import RECORD, SOCKET
from tests.media import BLUE, GREEN, RED, RecordingOptions, Tone, make_recording
from tests.security.processes import EGOSEARCH, environment

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="rights are inherited there")
TOY = ("--encoder", "audio=toy", "--encoder", "visual=toy")
SOON_S = 30.0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir(mode=0o777)
    folder.chmod(0o777)
    options = RecordingOptions(seconds=6.0, colours=(RED, BLUE, GREEN), tones=(Tone(1.0, 2.0, 1200.0),))
    make_recording(tmp_path / "kitchen.mp4", options)
    return folder


def _run(*arguments: str | Path, folder: Path) -> None:
    done = subprocess.run(
        [*EGOSEARCH, *arguments], env=_environment(folder), umask=0, capture_output=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr


def _environment(folder: Path) -> dict[str, str]:
    return environment(EGOSEARCH_LIBRARY=str(folder / "library"), XDG_DATA_HOME=str(folder / "home"))


@contextmanager
def _running(*arguments: str | Path, folder: Path) -> "Iterator[subprocess.Popen[bytes]]":
    with subprocess.Popen(
        [*EGOSEARCH, *arguments], env=_environment(folder), umask=0, stderr=subprocess.PIPE
    ) as process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(SOON_S)


def _open_to_others(folder: Path) -> dict[str, str]:
    """Return what in a folder others than its user have any right to, with the rights."""
    there = [Path(place) / name for place, folders, files in os.walk(folder) for name in folders + files]
    assert there
    modes = {path: stat.S_IMODE(path.lstat().st_mode) for path in there if not path.is_symlink()}
    return {str(path.relative_to(folder)): oct(mode) for path, mode in modes.items() if mode & 0o077}


def test_all_that_the_commands_write(folder: Path, tmp_path: Path) -> None:
    _run("index", tmp_path / "kitchen.mp4", *TOY, "--jobs", "2", folder=folder)
    _run("query", "blue", "--min-confidence", "0", folder=folder)
    _run("mark", "kitchen.mp4@1", "--query", "blue", "--right", folder=folder)
    _run("query", "blue", "--min-confidence", "0", folder=folder)
    _run("sql", "--write", "UPDATE recordings SET device = 'glasses'", folder=folder)
    assert _open_to_others(folder) == {}


def test_what_is_there_while_others_may_ask(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "watched").mkdir()
    with _running("watch", tmp_path / "watched", *TOY, folder=folder):
        deadline_s = time.monotonic() + SOON_S
        while not ((folder / "library" / RECORD).exists() and (folder / "library" / SOCKET).exists()):
            assert time.monotonic() < deadline_s
            time.sleep(0.05)
        _run("stats", folder=folder)
        assert _open_to_others(folder) == {}


def test_the_folder_of_ones_own_is_private_with_all_above_it(folder: Path, tmp_path: Path) -> None:
    variables = {name: value for name, value in _environment(folder).items() if name != "EGOSEARCH_LIBRARY"}
    done = subprocess.run(
        [*EGOSEARCH, "index", tmp_path / "kitchen.mp4", *TOY, "--jobs", "1"],
        env=variables,
        umask=0,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (folder / "home" / "egosearch" / "catalog.duckdb").exists()
    assert _open_to_others(folder) == {}


def test_the_mask_only_ever_gets_stricter() -> None:
    code = "import os; from egosearch.ownership import keep_private; keep_private(); print(oct(os.umask(0)))"
    masks = [
        subprocess.run(
            [sys.executable, "-c", code], env=environment(), umask=mask, capture_output=True, text=True, check=True
        ).stdout.strip()
        for mask in (0o000, 0o022, 0o177)
    ]
    assert masks == ["0o77", "0o77", "0o177"]
