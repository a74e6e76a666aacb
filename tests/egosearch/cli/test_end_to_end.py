"""The whole way with a real library: toy encoders in process, and a few runs as users start it."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.egosearch.cli.conftest import Run
from tests.media import BLUE, GREEN, RED, YELLOW, RecordingOptions, Tone, make_recording

TOY = ("--encoder", "audio=toy", "--encoder", "visual=toy", "--jobs", "1")
COMMAND = [sys.executable, "-c", "from egosearch.cli import main; main()"]


@pytest.fixture
def videos(tmp_path: Path) -> Path:
    """Return a folder with one recording: blue in its third second of twenty, a tone from 9 to 11 s."""
    folder = tmp_path / "videos"
    folder.mkdir()
    colours = (RED, GREEN, BLUE, *([YELLOW] * 17))
    make_recording(
        folder / "kitchen.mp4", RecordingOptions(seconds=20.0, colours=colours, tones=(Tone(9.0, 11.0, 1200.0),))
    )
    return folder


def test_index_query_show_remove(run: Run, videos: Path, tmp_path: Path) -> None:
    library = ("--library", tmp_path / "library")
    first = run("index", videos, *TOY, *library)
    assert (first.code, first.stdout) == (0, "")
    assert "Indexed 1 recording" in first.stderr

    again = run("index", videos, *library)
    assert (again.code, again.stderr) == (0, "1 recording indexed already.\n")

    found = run("query", "blue", "--min-confidence", "0", "--json", *library)
    best = json.loads(found.stdout)["moments"][0]
    assert found.code == 0
    assert Path(best["recording"]).name == "kitchen.mp4"
    assert best["start_s"] <= 2.5 <= best["end_s"]

    batch = run("query", "--batch", "-", "--min-confidence", "0", *library, typed="blue\na high tone\n")
    assert [json.loads(line)["query"] for line in batch.stdout.splitlines()] == ["blue", "a high tone"]
    assert "kitchen.mp4" in run("query", "blue", "--min-confidence", "0", *library).stdout

    assert "end to end" in run("show", "kitchen.mp4", *library).stdout
    assert json.loads(run("stats", "--json", *library).stdout)["recordings"] == 1
    assert run("remove", "kitchen.mp4", "--yes", *library).code == 0
    assert json.loads(run("recordings", "--json", *library).stdout) == []


def test_a_bad_file_is_named_and_the_others_are_indexed(run: Run, videos: Path, tmp_path: Path) -> None:
    (videos / "broken.mp4").write_bytes(b"no recording at all")
    outcome = run("index", videos, tmp_path / "missing.mp4", *TOY, "--library", tmp_path / "library")
    assert outcome.code == 3
    assert "broken.mp4: " in outcome.stderr
    assert "missing.mp4: " in outcome.stderr
    assert "Indexed 1 recording" in outcome.stderr


@pytest.mark.parametrize(
    "arguments", [["recordings"], ["query", "x"], ["show", "x"], ["remove", "x", "--yes"], ["stats"]]
)
def test_reading_makes_no_library(run: Run, tmp_path: Path, arguments: list[str]) -> None:
    outcome = run(*arguments, "--library", tmp_path / "typo")
    assert outcome.code == 4
    assert "there is no library" in outcome.stderr
    assert not (tmp_path / "typo").exists()


def test_the_installed_command(videos: Path, tmp_path: Path) -> None:
    environment = os.environ | {"EGOSEARCH_LIBRARY": str(tmp_path / "library")}
    indexed = subprocess.run(
        [*COMMAND, "index", str(videos), *TOY], env=environment, capture_output=True, text=True, check=False
    )
    assert (indexed.returncode, indexed.stdout) == (0, "")
    asked = subprocess.run(
        [*COMMAND, "query", "blue", "--paths", "--min-confidence", "0"],
        env=environment,
        capture_output=True,
        check=True,
    )
    assert asked.stdout == os.fsencode(videos / "kitchen.mp4") + b"\n"


@pytest.mark.skipif(sys.platform == "win32", reason="pipes break otherwise there")
def test_a_reader_that_leaves_early_makes_no_noise() -> None:
    script = f"{subprocess.list2cmdline(COMMAND)} doctor | true; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("0\n", "")


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is another thing there")
def test_ctrl_c_while_indexing(tmp_path: Path) -> None:
    recordings = [tmp_path / f"{number}.mp4" for number in range(40)]
    make_recording(recordings[0], RecordingOptions(seconds=8.0))
    data = recordings[0].read_bytes()
    for number, recording in enumerate(recordings[1:]):
        recording.write_bytes(data + b"\0" * (number + 1))  # other content, the same recording
    command = [*COMMAND, "index", *map(str, recordings), *TOY, "--library", str(tmp_path / "library")]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    with process:
        first = process.stderr.readline()
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()
    assert "recordings, " in first
    assert process.returncode == 130
    assert "the same command goes on from there" in rest
    again = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "indexed already" in again.stderr


@pytest.mark.slow
def test_the_demo(run: Run, tmp_path: Path) -> None:
    outcome = run("demo", "--folder", tmp_path / "my demo")
    assert outcome.code == 0
    assert "“when the timer went off”: 1 moment" in outcome.stdout
    assert "heard: Alarm clock" in outcome.stdout
    assert "“a dog barking”: nothing matches" in outcome.stdout
    go_on = outcome.stdout.splitlines()[-2]
    assert go_on == f"  egosearch query --library '{tmp_path / 'my demo' / 'library'}' \"the doorbell\""

    again = run("demo", "--folder", tmp_path / "my demo", "--remove")
    assert again.code == 0
    assert (tmp_path / "my demo" / "library").is_dir(), "it was there before, so it stays"
    assert "Making" not in again.stderr
