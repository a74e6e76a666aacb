"""`egosearch index`: what it says, what it asks for, and its exit codes."""

import os
import signal
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from egosearch.errors import LibraryLockedError
from egosearch.indexing.types import FailedFile, IndexProgress, IndexReport
from egosearch.types import SpaceSummary
from indexers.types import Modality
from tests.egosearch.cli.conftest import Run
from tests.egosearch.cli.fake_library import KITCHEN, FakeLibrary

STEP = IndexProgress(Path("/videos/kitchen.mp4"), 1, 2, 45.0, 90.0, 1.0)


def test_progress_and_summary_are_talk(run: Run, fake: FakeLibrary) -> None:
    fake.steps = (STEP,)
    outcome = run("index", "/videos")
    assert (outcome.code, outcome.stdout) == (0, "")
    assert outcome.stderr.splitlines() == [
        "1/2 recordings, 0:45 of 1:30, 45 × real time, 0:01 left (kitchen.mp4)",
        "Indexed 1 recording (1:30 of recording in 0:02, 45 × real time).",
    ]


def test_options_reach_the_library(run: Run, fake: FakeLibrary, tmp_path: Path) -> None:
    limits = ("--jobs", "2", "--nice", "10", "--memory", "600")
    run("index", "a.mp4", "b", *limits, "--retry-failed", "--library", tmp_path)
    ((paths, options),) = fake.indexed
    assert paths == [Path("a.mp4"), Path("b")]
    assert (options.jobs, options.nice, options.memory_mb, options.retry_failed) == (2, 10, 600, True)
    assert fake.opened == [(tmp_path, False)]


def test_memory_that_is_enough_for_nobody_is_refused(run: Run, fake: FakeLibrary) -> None:
    outcome = run("index", "a.mp4", "--memory", "100")
    assert (outcome.code, fake.indexed) == (2, [])
    assert "invalid value for '--memory'" in outcome.stderr
    assert "340" in outcome.stderr


def test_encoders_are_the_library_s_own_unless_some_are_named(run: Run, fake: FakeLibrary) -> None:
    run("index", "a.mp4")
    assert fake.indexed[0][1].encoders == {}


def test_a_new_library_has_the_usual_encoder_for_a_sense_that_is_not_named(run: Run, fake: FakeLibrary) -> None:
    run("index", "a.mp4", "--encoder", "visual=toy")
    assert fake.indexed[0][1].encoders == {Modality.AUDIO: "concepts", Modality.VISUAL: "toy"}


def test_to_a_library_only_what_is_named_is_added(run: Run, fake: FakeLibrary) -> None:
    fake.encoders = {Modality.AUDIO: "toy", Modality.VISUAL: "toy"}
    run("index", "a.mp4", "--encoder", "visual=open-clip:ViT-B-32/laion")
    assert fake.indexed[0][1].encoders == {Modality.VISUAL: "open-clip:ViT-B-32/laion"}


def test_what_it_means_for_searches_is_said(run: Run, fake: FakeLibrary) -> None:
    def space(model: str) -> SpaceSummary:
        return SpaceSummary("3f9a" * 3, Modality.VISUAL, model, 8, "dense", 1, 9.0, 9, 1_000, is_default=False)

    report = IndexReport(1, 0, 0, (), 90.0, 2.0)
    fake.report = replace(report, adopted=(space("new"),), behind=(space("late"),), beside=(space("other"),))
    assert run("index", "a.mp4").stderr.splitlines()[1:] == [
        "Searches use new (3f9a3f9a3f9a) for visual from now on; `egosearch spaces` lists what else is there, and may"
        " be dropped.",
        "Searches will use late (3f9a3f9a3f9a) for visual once it has all that they use now; `egosearch index` without"
        " a path goes on.",
        "other is indexed for visual beside what searches use; `egosearch spaces use visual=other` lets them use it.",
    ]


@pytest.mark.parametrize("choice", ["audio", "audio=", "smell=toy", "=toy", ""])
def test_a_malformed_encoder(run: Run, fake: FakeLibrary, choice: str) -> None:
    outcome = run("index", "a.mp4", "--encoder", choice)
    assert outcome.code == 2
    assert "is not MODALITY=NAME" in outcome.stderr
    assert fake.opened == []


def test_failed_files_are_named_with_reason_and_remedy(run: Run, fake: FakeLibrary) -> None:
    broken = FailedFile(Path("/videos/bro\x1b[2Jken.mp4"), "it is cut off", "copy it again")
    fake.report = IndexReport(1, 3, 2, (broken,), 90.0, 2.0)
    outcome = run("index", "/videos")
    assert outcome.code == 3
    assert outcome.stderr.splitlines() == [
        "failed: /videos/bro[2Jken.mp4: it is cut off; copy it again",
        "Indexed 1 recording (1:30 of recording in 0:02, 45 × real time). 3 recordings indexed already,"
        " 2 of them under another path than before. 1 file failed; the reasons are above and in `egosearch failures`,"
        " and `egosearch index --retry-failed` tries again once they are seen to.",
    ]


def test_many_that_failed_alike_are_one_line(run: Run, fake: FakeLibrary) -> None:
    alike = tuple(
        FailedFile(Path(f"/videos/{i}.mp4"), f"decoding it from {i} s on crashed", "convert it") for i in range(100)
    )
    other = FailedFile(Path("/videos/other.mp4"), "it is empty", "copy it again")
    fake.report = IndexReport(0, 0, 0, (*alike[:50], other, *alike[50:]), 0.0, 2.0)
    assert run("index", "/videos", "--quiet").stderr.splitlines() == [
        "failed: 100 files, /videos/0.mp4 the first of them: decoding it from 0 s on crashed; convert it",
        "failed: /videos/other.mp4: it is empty; copy it again",
    ]


def test_quiet_says_only_what_went_wrong(run: Run, fake: FakeLibrary) -> None:
    fake.steps = (STEP,)
    assert run("index", "/videos", "--quiet").stderr == ""
    fake.report = IndexReport(0, 0, 0, (FailedFile(Path("a"), "it is empty", "delete it"),), 0.0, 0.0)
    outcome = run("index", "/videos", "--quiet")
    assert (outcome.code, outcome.stderr) == (3, "failed: a: it is empty; delete it\n")


def test_an_empty_folder(run: Run, fake: FakeLibrary) -> None:
    fake.report = IndexReport(0, 0, 0, (), 0.0, 0.1)
    outcome = run("index", "/videos")
    assert (outcome.code, outcome.stderr) == (0, "No recordings found there.\n")


def _interrupt() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def test_ctrl_c_stops_in_good_order(run: Run, fake: FakeLibrary) -> None:
    fake.after_steps = _interrupt
    before = signal.getsignal(signal.SIGINT)
    outcome = run("index", "/videos")
    assert (outcome.code, outcome.stdout) == (130, "")
    assert outcome.stderr.splitlines() == [
        "stopping; press Ctrl-C again to stop at once",
        "Stopped. What was indexed stays, and the same command goes on from there.",
    ]
    assert signal.getsignal(signal.SIGINT) is before


def test_a_second_ctrl_c_stops_at_once(run: Run, fake: FakeLibrary) -> None:
    def twice() -> None:
        _interrupt()
        _interrupt()

    fake.after_steps = twice
    outcome = run("index", "/videos")
    assert outcome.code == 130
    assert "Stopped at once. What was indexed stays" in outcome.stderr


def test_a_locked_library(run: Run, fake: FakeLibrary) -> None:
    fake.error = LibraryLockedError("another process has it open; wait for it")
    outcome = run("index", "/videos")
    assert (outcome.code, outcome.stderr) == (4, "error: another process has it open; wait for it\n")


def test_without_a_path_it_is_what_the_library_has(run: Run, fake: FakeLibrary, tmp_path: Path) -> None:
    (tmp_path / "egosearch.toml").touch()
    outcome = run("index", "--library", tmp_path)
    assert fake.indexed[0][0] == [KITCHEN.path], "the other one's file is gone"
    assert outcome.stderr.splitlines()[0] == "1 recording is not where it was, and left alone."
    assert fake.opened == [(tmp_path, True), (tmp_path, False)]


def test_what_failed_is_tried_again_without_a_path(run: Run, fake: FakeLibrary, tmp_path: Path) -> None:
    (tmp_path / "egosearch.toml").touch()
    there = tmp_path / "broken.mp4"
    there.touch()
    fake.failed = [FailedFile(path, "it is empty", "copy it again") for path in (there, tmp_path / "gone.mp4")]
    run("index", "--library", tmp_path)
    run("index", "--retry-failed", "--library", tmp_path)
    assert [paths for paths, _ in fake.indexed] == [[KITCHEN.path], [KITCHEN.path, there]]


def test_a_new_library_needs_a_path(run: Run, fake: FakeLibrary, tmp_path: Path) -> None:
    outcome = run("index", "--library", tmp_path / "new")
    assert (outcome.code, outcome.stdout, fake.opened) == (2, "", [])
    assert f"there is nothing in {tmp_path / 'new'} yet; name recordings, or folders" in outcome.stderr


def test_a_cluster_without_ray(run: Run, fake: FakeLibrary, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    outcome = run("index", "a.mp4", "--ray", "local")
    assert (outcome.code, fake.indexed) == (4, [])
    assert outcome.stderr == "error: Ray is not installed here; install it with `pip install 'egosearch[ray]'`\n"
