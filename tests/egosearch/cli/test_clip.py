"""`egosearch clip`: what is cut, where it goes, and what is printed."""

from pathlib import Path

import pytest

from egosearch.cli.spans import are_spans, find_span
from egosearch.errors import QueryError
from indexers.facts import Span
from tests.egosearch.cli.conftest import Run
from tests.egosearch.cli.fake_library import KITCHEN, FakeLibrary
from tests.egosearch.clips.made import made
from tests.indexers.test_clip import is_like, seen
from tests.media import BLUE, RED, RecordingOptions, Tone, make_recording

TONES = {"here.mp4": (Tone(0.0, 1.0),), "gone.mp4": (Tone(1.0, 2.0),)}
ANY = ("--min-confidence", "0")


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EGOSEARCH_LIBRARY", str(made() / "library"))


def test_the_best_moment_becomes_a_file_whose_path_is_printed(run: Run, tmp_path: Path) -> None:
    outcome = run("clip", "blue", *ANY)
    assert (outcome.code, outcome.stderr) == (0, "")
    (name,) = outcome.stdout.splitlines()
    clip = seen(tmp_path / name)
    assert name.startswith("kitchen_0m0")
    assert is_like(clip.colours[len(clip.colours) // 2], BLUE)


def test_a_span_is_cut_exactly(run: Run, tmp_path: Path) -> None:
    assert run("clip", "kitchen.mp4@0:03.5-0:05").stdout == "kitchen_0m03s-0m05s.mp4\n"
    assert seen(tmp_path / "kitchen_0m03s-0m05s.mp4").end_s == pytest.approx(1.5, abs=0.002)


def test_several_moments_or_spans(run: Run, tmp_path: Path) -> None:
    outcome = run("clip", "kitchen.mp4@1-2", "voice.m4a@2-3", "--output", "new")
    assert outcome.stdout.splitlines() == ["new/kitchen_0m01s-0m02s.mp4", "new/voice_0m02s-0m03s.wav"]
    assert len(run("clip", "blue", *ANY, "--top", "2", "--pad", "0", "-o", "more").stdout.splitlines()) == 2
    assert sorted(one.suffix for one in (tmp_path / "new").iterdir()) == [".mp4", ".wav"]


def test_a_reel(run: Run, tmp_path: Path) -> None:
    outcome = run("clip", "blue", *ANY, "--reel", "--top", "2", "--pad", "0.5")
    assert outcome.stdout == "reel_blue.mp4\n"
    assert outcome.stderr.startswith("2 moments in ")
    assert seen(tmp_path / "reel_blue.mp4").end_s > 2.0


def test_what_overlaps_in_a_reel_is_seen_once(run: Run, tmp_path: Path) -> None:
    outcome = run("clip", "kitchen.mp4@1-4", "kitchen.mp4@3-6", "--reel")
    assert outcome.stderr == "2 moments in 5.0 s.\n"
    assert seen(tmp_path / outcome.stdout.strip()).end_s == pytest.approx(5.0, abs=0.01)


def test_sound_alone(run: Run, tmp_path: Path) -> None:
    assert run("clip", "kitchen.mp4@3-4", "--sound").stdout == "kitchen_0m03s-0m04s.wav\n"
    assert len(seen(tmp_path / "kitchen_0m03s-0m04s.wav").samples) == 48_000


def test_a_copy_says_that_it_begins_early(run: Run) -> None:
    outcome = run("clip", "kitchen.mp4@3.5-4.5", "--copy")
    assert outcome.code == 0
    assert outcome.stderr == "kitchen_0m03s-0m05s.mp4 begins 0.5 s early, with the key frame before.\n"


def test_a_recording_that_is_gone_does_not_stop_the_others(run: Run, tmp_path: Path) -> None:
    for name in ("here.mp4", "gone.mp4"):
        make_recording(tmp_path / name, RecordingOptions(seconds=3, colours=(BLUE, RED), tones=TONES[name]))
    library = ("--library", tmp_path / "library")
    paths = tmp_path / "here.mp4", tmp_path / "gone.mp4"
    run("index", *paths, "--encoder", "audio=toy", "--encoder", "visual=toy", "--jobs", "1", *library)
    paths[1].unlink()
    some = run("clip", "gone.mp4@1-2", "here.mp4@1-2", *library)
    assert (some.code, some.stdout) == (3, "here_0m01s-0m02s.mp4\n")
    assert "gone.mp4: there is no such file" in some.stderr
    none = run("clip", "gone.mp4@1-2", *library)
    assert (none.code, none.stdout) == (4, "")
    assert none.stderr.count("\n") == 1


def test_nothing_is_replaced_unasked(run: Run, tmp_path: Path) -> None:
    (tmp_path / "x.mp4").write_bytes(b"dear")
    refused = run("clip", "kitchen.mp4@1-2", "-o", "x.mp4")
    assert (refused.code, refused.stdout) == (2, "")
    assert refused.stderr == "error: x.mp4 is there already; name another, or add --force to replace it\n"
    assert run("clip", "kitchen.mp4@1-2", "-o", "x.mp4", "--force").code == 0
    assert (tmp_path / "x.mp4").stat().st_size > 100


def test_nothing_matched(run: Run, tmp_path: Path) -> None:
    outcome = run("clip", "blue", "--min-confidence", "1")
    assert (outcome.code, outcome.stdout) == (1, "")
    assert "Nothing in this library matches “blue”" in outcome.stderr
    assert list(tmp_path.iterdir()) == []


def test_filters_narrow_it_as_in_queries(run: Run) -> None:
    assert run("clip", "green", *ANY, "--recording", "mute.mp4").stdout.startswith("mute_")
    assert run("clip", "green", *ANY, "--recording", "nothing.mp4").code == 2


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["kitchen.mp4@1:30"], "names no end"),
        (["kitchen.mp4@5-3"], "ends before it begins"),
        (["kitchen.mp4@50-60"], "nothing of it lies between"),
        (["nowhere.mp4@1-2"], "no recording matches"),
        (["kitchen.mp4@1-2", "blue"], "name either spans or what you remember"),
        (["kitchen.mp4@1-2", "--copy", "--reel"], "neither be joined nor be sound alone"),
        (["kitchen.mp4@1-2", "--output", "x.txt/y.mp4"], "there is no folder"),
    ],
)
def test_what_cannot_be_done_is_said(run: Run, arguments: list[str], reason: str) -> None:
    outcome = run("clip", *arguments)
    assert (outcome.code, outcome.stdout) == (2, "")
    assert reason in outcome.stderr
    assert outcome.stderr.count("\n") == 1


def test_a_query_may_hold_an_at_sign(fake: FakeLibrary) -> None:
    assert not are_spans(["bob", "@", "work"])
    assert not are_spans(["dinner at 7-8"])
    with pytest.raises(QueryError, match="names no end"):
        are_spans(["a.mp4@7"])


def test_a_span_as_typed(fake: FakeLibrary) -> None:
    cut = find_span(fake, "kitchen.mp4@1:00-1:10.5")  # type: ignore[arg-type]
    assert (cut.recording_id, cut.span) == (KITCHEN.recording_id, Span(60.0, 70.5))
