import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from egosearch.indexing.pool import index_here
from egosearch.indexing.run import RunSettings
from egosearch.indexing.types import IndexOptions
from indexers.errors import EncoderError, MediaError
from indexers.slices import Plan, SliceResult, index_slice
from indexers.types import Modality, Slice
from tests.egosearch.runs import HERE, TOYS, Bench, bench
from tests.media import BLUE, GREEN, RED, RecordingOptions, make_recording

TWO_SECOND_SLICES = RunSettings(slice_s=2)


@pytest.fixture
def on(tmp_path: Path) -> Iterator[Bench]:
    with bench(tmp_path) as opened:
        yield opened


@pytest.fixture
def films(tmp_path: Path) -> Path:
    folder = tmp_path / "films"
    folder.mkdir()
    return folder


def coloured(path: Path, *colours: tuple[int, int, int], seconds: float = 4) -> Path:
    return make_recording(path, RecordingOptions(seconds=seconds, colours=colours))


def test_a_recording_is_indexed_with_every_sense(on: Bench, films: Path) -> None:
    path = make_recording(films / "a.mp4")
    report = on.run(path)
    assert (report.indexed, report.unchanged, report.moved, report.failed) == (1, 0, 0, ())
    assert report.seconds == pytest.approx(4, abs=0.1)
    assert not report.interrupted
    assert on.windows(Modality.VISUAL, path) == [0, 1, 2, 3]
    assert on.windows(Modality.AUDIO, path) == [0, 1, 2, 3, 4, 5, 6]
    (known,) = on.catalog.recordings()
    assert on.catalog.levels(known.recording.recording_id) is not None
    assert on.coverage().indexed_s(known.recording) == pytest.approx(known.recording.duration_s)


def test_a_second_run_reads_no_file(on: Bench, films: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_recording(films / "a.mp4")
    on.run(films)
    monkeypatch.delattr("egosearch.indexing.survey.fingerprint")
    monkeypatch.delattr("egosearch.indexing.crew.WorkerProcess")
    report = on.run(films)
    assert (report.indexed, report.unchanged, report.moved) == (0, 1, 0)
    assert on.told == []


def test_a_touched_file_is_known_by_its_content(on: Bench, films: Path) -> None:
    path = make_recording(films / "a.mp4")
    on.run(path)
    os.utime(path, (1, 1))
    assert on.run(path).unchanged == 1
    assert on.catalog.recordings()[0].modified_at.timestamp() == 1


def test_a_moved_file_keeps_its_index(on: Bench, films: Path) -> None:
    path = make_recording(films / "a.mp4")
    on.run(films)
    there = path.rename(films / "b.mp4")
    report = on.run(films)
    assert (report.indexed, report.unchanged, report.moved) == (0, 1, 1)
    assert [known.recording.path for known in on.catalog.recordings()] == [there]
    assert on.windows(Modality.VISUAL, there) == [0, 1, 2, 3]


def test_a_copy_is_not_indexed_again(on: Bench, films: Path) -> None:
    path = make_recording(films / "a.mp4")
    shutil.copy(path, films / "b.mp4")
    assert (on.run(films).indexed, on.run(films).unchanged) == (1, 2)
    shutil.copy(path, films / "c.mp4")
    report = on.run(films)
    assert (report.indexed, report.unchanged, report.moved) == (0, 3, 0)
    assert [known.recording.path for known in on.catalog.recordings()] == [path]


def test_files_that_swap_their_names_both_keep_their_index(on: Bench, films: Path) -> None:
    one, other = coloured(films / "a.mp4", RED), coloured(films / "b.mp4", BLUE)
    on.run(films)
    before = {known.recording.path: known.recording.recording_id for known in on.catalog.recordings()}
    one.rename(films / "c.mp4")
    other.rename(one)
    (films / "c.mp4").rename(other)
    assert on.run(films).moved == 2
    after = {known.recording.path: known.recording.recording_id for known in on.catalog.recordings()}
    assert after == {one: before[other], other: before[one]}


def test_an_overwritten_recording_is_forgotten(on: Bench, films: Path) -> None:
    path = coloured(films / "a.mp4", RED)
    on.run(films)
    vectors = on.vectors()
    coloured(path, BLUE)
    assert on.run(films).indexed == 1
    assert len(on.catalog.recordings()) == 1
    assert on.vectors() == vectors


def test_a_recording_in_several_slices_has_every_window_once(on: Bench, films: Path) -> None:
    path = make_recording(films / "a.mp4")
    on.run(path, settings=TWO_SECOND_SLICES)
    assert on.windows(Modality.VISUAL, path) == [0, 1, 2, 3]
    assert on.windows(Modality.AUDIO, path) == [0, 1, 2, 3, 4, 5, 6]
    assert [(told.recordings_done, round(told.seconds_done)) for told in on.told] == [(0, 2), (1, 4)]
    assert all((told.recordings_total, round(told.seconds_total)) == (1, 4) for told in on.told)
    assert on.told[0].left_s is not None


def test_after_a_kill_the_next_run_goes_on(on: Bench, films: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make_recording(films / "a.mp4", RecordingOptions(seconds=8))

    def killed(*_: object) -> None:
        raise SystemExit

    committed = on.catalog.commit_slice
    monkeypatch.setattr(
        on.catalog, "commit_slice", lambda *given: killed() if given[0].index == 2 else committed(*given)
    )
    with pytest.raises(SystemExit):
        on.run(path, settings=TWO_SECOND_SLICES)
    monkeypatch.undo()
    (known,) = on.catalog.recordings()
    assert on.coverage().indexed_s(known.recording) == 4
    report = on.run(path, settings=TWO_SECOND_SLICES)
    assert report.indexed == 1
    assert report.seconds == pytest.approx(4, abs=0.1)
    assert on.windows(Modality.VISUAL, path) == list(range(8))


@pytest.mark.parametrize("is_pressed", [False, True], ids=["asked to stop", "Ctrl-C"])
def test_stopping_keeps_what_is_committed(on: Bench, films: Path, is_pressed: bool) -> None:
    path = make_recording(films / "a.mp4", RecordingOptions(seconds=8))

    def press(_: object) -> None:
        if is_pressed:
            raise KeyboardInterrupt

    report = on.run(path, settings=TWO_SECOND_SLICES, should_stop=lambda: bool(on.told), on_progress=press)
    assert report.interrupted
    assert report.indexed == 0
    assert report.seconds == 2
    rest = on.run(path, settings=TWO_SECOND_SLICES)
    assert (rest.interrupted, rest.indexed, round(rest.seconds)) == (False, 1, 6)


def test_stopping_before_the_first_file(on: Bench, films: Path) -> None:
    make_recording(films / "a.mp4")
    report = on.run(films, should_stop=lambda: True)
    assert (report.interrupted, report.indexed, report.failed) == (True, 0, ())


def test_one_bad_file_does_not_stop_the_others(on: Bench, films: Path) -> None:
    bad = films / "a.mp4"
    bad.write_bytes(b"no film" * 1000)
    make_recording(films / "b.mp4")
    report = on.run(films, films / "nowhere")
    assert report.indexed == 1
    assert [(failed.path, failed.reason) for failed in report.failed] == [
        (bad, "it is not a media file, or is damaged"),
        (films / "nowhere", "there is no such file or folder"),
    ]
    assert [told.failure for told in on.told if told.failure] == [
        "it is not a media file, or is damaged; check that it plays elsewhere",
        "there is no such file or folder; check the path",
    ]
    assert on.told[-1].recordings_done == on.told[-1].recordings_total == 3
    assert [failure.path for failure in on.catalog.failures()] == [bad]


def test_a_failed_file_is_tried_again_when_asked_or_changed(
    on: Bench, films: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = films / "a.mp4"
    path.write_bytes(b"no film" * 1000)
    on.run(path)
    with monkeypatch.context() as patch:
        patch.delattr("egosearch.indexing.survey.fingerprint")
        assert [failed.path for failed in on.run(path).failed] == [path]
        assert on.told == []
    assert len(on.run(path, options=replace(HERE, retry_failed=True)).failed) == 1
    assert on.told != []
    make_recording(path)
    assert (on.run(path).indexed, on.catalog.failures()) == (1, [])


def test_a_failed_file_that_was_removed_is_forgotten(on: Bench, films: Path) -> None:
    path = films / "a.mp4"
    path.write_bytes(b"no film" * 1000)
    on.run(films)
    path.unlink()
    assert (on.run(films).failed, on.catalog.failures()) == ((), [])


def test_a_file_damaged_in_the_middle_loses_that_slice(on: Bench, films: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make_recording(films / "a.mp4", RecordingOptions(seconds=8))
    make_recording(films / "b.mp4", RecordingOptions(seconds=2))

    def damaged(piece: Slice, plan: Plan) -> SliceResult:
        if (piece.recording.path, piece.index) == (path, 1):
            raise MediaError(path, "most of it is damaged", "copy it again")
        return index_slice(piece, plan)

    monkeypatch.setattr("egosearch.indexing.pool.index_slice", damaged)
    report = on.run(films, settings=TWO_SECOND_SLICES, executor=index_here)
    assert (report.indexed, round(report.seconds)) == (1, 8)
    assert [failed.reason for failed in report.failed] == [
        "most of it is damaged (3 of 4 slices are indexed all the same)"
    ]
    assert on.windows(Modality.VISUAL, path) == [0, 1, 4, 5, 6, 7]
    assert on.told[-1].seconds_done == pytest.approx(on.told[-1].seconds_total, abs=0.1)


def test_what_nobody_foresaw_fails_one_recording(
    on: Bench, films: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("egosearch.indexing.pool.index_slice", lambda *_: 1 / 0)
    (failed,) = on.run(make_recording(films / "a.mp4"), executor=index_here).failed
    assert failed.reason == "indexing it from 0 s on failed (ZeroDivisionError: division by zero)"
    assert "indexing it from 0 s on failed" in caplog.text


def test_a_recording_that_no_encoder_wants_is_a_failure(on: Bench, films: Path) -> None:
    path = make_recording(films / "a.wav", RecordingOptions(colours=(), audio_codec="pcm_s16le"))
    (failed,) = on.run(path, options=IndexOptions(encoders={Modality.VISUAL: "toy"}, jobs=1)).failed
    assert failed.reason == "it has no picture, and this library indexes pictures only"
    assert on.catalog.recordings() == []


def test_an_encoder_that_cannot_be_had_ends_the_run(on: Bench, films: Path) -> None:
    with pytest.raises(EncoderError, match="no variant"):
        on.run(films, options=IndexOptions(encoders={Modality.VISUAL: "toy:none"}))
    with pytest.raises(ValueError, match="at least one job"):
        on.run(films, options=IndexOptions(encoders=TOYS, jobs=0))


def test_slices_of_the_first_recording_come_first(on: Bench, films: Path) -> None:
    for name, colour in (("a", RED), ("b", GREEN)):
        coloured(films / f"{name}.mp4", colour)
    on.run(films, settings=TWO_SECOND_SLICES)
    assert [told.path.stem for told in on.told] == ["a", "a", "b", "b"]


def test_a_kill_after_a_slice_failed_does_not_lose_the_rest(
    on: Bench, films: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make_recording(films / "a.mp4", RecordingOptions(seconds=8))

    def damaged(piece: Slice, plan: Plan) -> SliceResult:
        if piece.index == 2:
            raise SystemExit
        if piece.index == 1:
            raise MediaError(path, "most of it is damaged", "copy it again")
        return index_slice(piece, plan)

    monkeypatch.setattr("egosearch.indexing.pool.index_slice", damaged)
    with pytest.raises(SystemExit):
        on.run(path, settings=TWO_SECOND_SLICES, executor=index_here)
    monkeypatch.undo()
    assert on.run(path, settings=TWO_SECOND_SLICES).indexed == 1
    assert on.windows(Modality.VISUAL, path) == list(range(8))


def test_a_recording_that_fails_again_and_again_is_given_up(
    on: Bench, films: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make_recording(films / "a.mp4", RecordingOptions(seconds=20))
    tried: list[int] = []

    def gone(piece: Slice, plan: Plan) -> SliceResult:
        tried.append(piece.index)
        if piece.index in (1, 2, 4, 5, 6):
            raise MediaError(path, "reading it failed", "check the disk it is on")
        return index_slice(piece, plan)

    monkeypatch.setattr("egosearch.indexing.pool.index_slice", gone)
    (failed,) = on.run(path, settings=TWO_SECOND_SLICES, executor=index_here).failed
    assert failed.reason == "reading it failed (2 of 10 slices are indexed all the same)"
    assert tried == [0, 1, 2, 3, 4, 5, 6], "three in a row, and not two"
