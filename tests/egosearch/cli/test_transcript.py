"""`egosearch transcript`, over a library whose recordings say what a reader can tell."""

import json
from pathlib import Path

import pytest

from egosearch.indexing.types import IndexOptions
from egosearch.library import Library
from indexers.types import Modality
from tests.egosearch.cli.conftest import Run
from tests.media import RecordingOptions, Tone, make_recording

TONES = (Tone(1, 3, 200), Tone(3, 4, 1200), Tone(6, 7, 400))


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a library with `talk.mp4`, in which "low low high" and "middle" are said, and `silent.mp4`."""
    folder = tmp_path_factory.mktemp("spoken")
    make_recording(folder / "talk.mp4", RecordingOptions(seconds=8, tones=TONES))
    make_recording(folder / "silent.mp4")
    with Library.open(folder / "library") as library:
        library.index([folder], options=IndexOptions(encoders={Modality.SPEECH: "toy"}, jobs=1))
    return folder / "library"


def test_text_is_a_line_an_utterance(run: Run, spoken: Path) -> None:
    printed = run("transcript", "talk.mp4", "--library", spoken)
    assert printed.code == 0
    assert [line.split(maxsplit=1)[1] for line in printed.stdout.splitlines()] == ["low low high", "middle"]
    assert printed.stdout.startswith(("0:00.9  ", "0:01.0  "))
    assert printed.stderr == ""


def test_subtitles(run: Run, spoken: Path) -> None:
    lines = run("transcript", "talk", "--format", "srt", "--library", spoken).stdout.splitlines()
    assert (lines[0], lines[2], lines[3], lines[4], lines[6]) == ("1", "low low high", "", "2", "middle")
    assert " --> 00:00:0" in lines[1]


def test_json_has_the_times_of_words(run: Run, spoken: Path) -> None:
    printed = json.loads(run("transcript", "talk", "--format", "json", "--library", spoken).stdout)
    assert Path(printed["recording"]).name == "talk.mp4"
    assert len(printed["recording_id"]) == 32
    assert [one["text"] for one in printed["utterances"]] == ["low low high", "middle"]
    assert [word["text"] for word in printed["utterances"][0]["words"]] == ["low", "low", "high"]


def test_a_part_is_asked_for_by_times(run: Run, spoken: Path) -> None:
    later = run("transcript", "talk", "--from", "0:05", "--to", "8", "--library", spoken)
    assert later.stdout.split()[1:] == ["middle"]
    nothing = run("transcript", "talk", "--to", "0.5", "--library", spoken)
    assert (nothing.code, nothing.stdout, nothing.stderr) == (1, "", "Nobody speaks in talk.mp4 there.\n")


def test_where_nobody_speaks_it_says_so(run: Run, spoken: Path) -> None:
    text = run("transcript", "silent", "--library", spoken)
    assert (text.code, text.stdout, text.stderr) == (1, "", "Nobody speaks in silent.mp4.\n")
    assert json.loads(run("transcript", "silent", "--format", "json", "--library", spoken).stdout)["utterances"] == []


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("talk", "--from", "soon"), 2, "'soon' is not a time"),
        (("talk", "--from", "5", "--to", "4"), 2, "it must be later than --from"),
        (("talk", "--format", "xml"), 2, "xml"),
        (("nowhere",), 4, "no recording matches 'nowhere'"),
    ],
)
def test_what_cannot_be_done_is_said(
    run: Run, spoken: Path, arguments: tuple[str, ...], code: int, message: str
) -> None:
    printed = run("transcript", *arguments, "--library", spoken)
    assert (printed.code, printed.stdout) == (code, "")
    assert message in printed.stderr
