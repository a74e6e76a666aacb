"""Where a library can be made to forget: not read-only, not while another process writes, and on a server too."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from egosearch.errors import LibraryError, LibraryLockedError
from egosearch.indexing.pool import index_here
from egosearch.library import Library
from egosearch.owner.opening import open_library, own_library
from egosearch.stores import Filter
from tests.egosearch.forgetting.films import MIDDLE, TOY, found, id_of, only
from tests.egosearch.servers import FakeClient, servers


@contextmanager
def held_by_another(folder: Path) -> Iterator[None]:
    """Let another process own the library, as `egosearch watch` does, and not let go."""
    code = (
        "import sys\nfrom egosearch.owner.opening import own_library\nfrom pathlib import Path\n"
        f"with own_library(Path({str(folder)!r})):\n    print('open', flush=True)\n    sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "open\n"
        try:
            yield
        finally:
            other.communicate("")


def test_not_while_reading_only(filled: Library) -> None:
    where = only(filled, "hall.mp4")
    filled.close()
    with Library.open(filled.path, read_only=True) as opened, pytest.raises(LibraryError, match="reading only"):
        opened.forget(where)


def test_old_copies_come_first(filled: Library) -> None:
    config = filled.path / "egosearch.toml"
    config.write_text(config.read_text().replace("[encoders]", 'old_copies = ["http://old"]\n[encoders]'))
    filled.close()
    with (
        Library.open(filled.path) as opened,
        pytest.raises(LibraryError, match=r"\(http://old\) would keep .* `egosearch migrate --to local --remove-old`"),
    ):
        opened.forget(only(opened, "hall.mp4"))


def test_on_a_server_the_points_go(library: Library, films: list[Path], tmp_path: Path) -> None:
    url, client = "http://nowhere", FakeClient()
    with servers({url: client}), Library.open(tmp_path / "remote", qdrant_url=url) as remote:
        remote.index(films, options=TOY, executor=index_here)
        kitchen, hall = id_of(remote, "kitchen.mp4"), id_of(remote, "hall.mp4")
        report = remote.forget(only(remote, "kitchen.mp4"), MIDDLE)
        assert report.is_remote
        remote.forget(only(remote, "hall.mp4"))
        with remote._access.vectors() as store:
            for space in remote._catalog.spaces():
                shown = len(remote._catalog.windows(space.id, kitchen).index)
                assert store.count(space, where=Filter(frozenset({kitchen}))) == shown
                assert store.count(space, where=Filter(frozenset({hall}))) == 0
        assert found(remote, "blue") == []
        assert ("kitchen.mp4", 0.0) in found(remote, "red")


@pytest.mark.slow
def test_an_owner_at_work_has_to_be_stopped(filled: Library) -> None:
    where, folder = only(filled, "kitchen.mp4"), filled.path
    filled.close()
    with own_library(folder), open_library(folder) as shared:
        assert shared.is_remote
        assert len(shared.to_forget(where).doomed) == 1
        assert shared.forgotten() == []
    with held_by_another(folder), open_library(folder) as shared:
        assert shared.is_remote
        with pytest.raises(LibraryLockedError, match="is in use by"):
            shared.forget(where)
    with open_library(folder) as shared:
        assert len(shared.forget(where).plan.doomed) == 1
        assert [note.is_whole for note in shared.forgotten()] == [True]
        assert len(shared.unforget(shared.forgotten()[0].recording_id)) == 1
        assert shared.forgotten() == []


@pytest.mark.slow
def test_an_owner_that_only_answers_lets_go(filled: Library) -> None:
    where, folder = only(filled, "kitchen.mp4"), filled.path
    filled.close()
    arguments = ["egosearch", "serve", "--library", str(folder)]
    code = f"import sys\nfrom egosearch.cli import main\nsys.argv = {arguments!r}\nmain()"
    with subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True) as serving:
        assert serving.stderr is not None
        try:
            assert "Answering for" in serving.stderr.readline()
            with open_library(folder) as shared:
                assert shared.is_remote
                assert len(shared.forget(where).plan.doomed) == 1
                assert shared.forgotten()[0].is_erased
        finally:
            serving.terminate()
            serving.communicate()
