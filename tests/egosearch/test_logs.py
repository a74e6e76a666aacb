"""What is written down about a library: what happened, and nothing of what is in it."""

import logging
import os
import re
import stat
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from egosearch import logs
from egosearch.indexing.types import IndexOptions
from egosearch.library import Library
from egosearch.logs import journal, keeping, log_folder
from egosearch.types import Query
from indexers.types import Modality
from tests.egosearch import misbehaving
from tests.media import BLUE, RED, RecordingOptions, Tone, make_recording


def written(library: Path) -> str:
    return (log_folder(library) / logs.NAME).read_text(encoding="utf-8")


def test_a_run_is_written_down_with_where_its_failures_arose(
    tmp_path: Path, toy: IndexOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    misbehaving.install(tmp_path / "installed", monkeypatch)
    films = tmp_path / "films"
    films.mkdir()
    make_recording(films / "good.mp4", RecordingOptions(seconds=2, colours=(BLUE,)))
    make_recording(films / "red.mp4", RecordingOptions(seconds=2, colours=(RED,)))
    (films / "bad.mp4").write_bytes(b"no film" * 1000)
    options = replace(toy, encoders={Modality.VISUAL: "misbehaving:fail"})
    with Library.open(tmp_path / "library") as library:
        assert len(library.index([films], options=options).failed) == 2
    text = written(tmp_path / "library")
    assert re.search(r"^\d{4}-\d\d-\d\dT[\d:.]+Z INFO egosearch.journal: indexing began$", text, re.MULTILINE)
    assert "indexing ended: 1 recordings indexed, 0 unchanged, 2 failed; 2 s of recording" in text
    assert f"{films / 'bad.mp4'} cannot be indexed" in text
    assert f"{films / 'red.mp4'}: slice 0 failed" in text
    assert re.search(r'^    .*misbehaving.py", line \d+, in fail$', text, re.MULTILINE), "where it arose in the worker"


def test_what_is_asked_and_said_is_not_written_down(tmp_path: Path, toy: IndexOptions) -> None:
    films = tmp_path / "films"
    films.mkdir()
    make_recording(films / "a.mp4", RecordingOptions(seconds=3, tones=(Tone(0, 3, 440),)))
    options = replace(toy, encoders=dict.fromkeys(Modality, "toy"))
    with Library.open(tmp_path / "library") as library, keeping(library.path):
        library.index([films], options=options)
        library.answer(Query("a secret of mine in blue", min_confidence=0))
        for part in ("egosearch.query.engine", "egosearch.owner.server", "egosearch.cli.query"):
            logging.getLogger(part).warning("asked for a secret of mine")
        said = {
            word
            for one in library.recordings()
            for text in library.transcript(one.recording_id)
            for word in text.text.split()
        }
    text = written(tmp_path / "library")
    assert "indexing ended: 1" in text
    assert "secret" not in text
    assert said
    assert not said & set(re.findall(r"\w+", text))


@pytest.mark.skipif(sys.platform == "win32", reason="no permission bits")
def test_logs_are_private_and_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "MOST_BYTES", 2_000)
    before = os.umask(0)
    try:
        with keeping(tmp_path):
            for number in range(500):
                journal.info("number %d", number)
    finally:
        os.umask(before)
    files = sorted(log_folder(tmp_path).iterdir())
    assert len(files) == 1 + logs.OLDER_FILES
    assert all(path.stat().st_size <= 2_000 for path in files)
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert stat.S_IMODE(log_folder(tmp_path).stat().st_mode) == 0o700
    assert "number 499" in written(tmp_path)


def test_a_name_cannot_pretend_to_be_a_line(tmp_path: Path) -> None:
    with keeping(tmp_path):
        journal.warning("%s failed", "a\n2026-01-01 INFO all is \x1b[2Jwell")
    first, second = written(tmp_path).splitlines()
    assert first.endswith("WARNING egosearch.journal: a")
    assert second == "    2026-01-01 INFO all is [2Jwell failed"


def test_each_library_has_its_own_log_and_several_may_want_it(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    for folder in (one, other):
        folder.mkdir()
    with keeping(one):
        with keeping(one), keeping(other):
            journal.info("within")
        journal.info("without")
    journal.info("nowhere")
    assert [written(folder).count("journal: with") for folder in (one, other)] == [2, 1]
    assert "nowhere" not in written(one)


def test_where_nothing_can_be_written_nothing_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "logs").write_text("a file where a folder should be", encoding="utf-8")
    with keeping(tmp_path):
        journal.warning("nobody reads this")
    assert capsys.readouterr().err == ""
