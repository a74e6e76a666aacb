import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from egosearch import playing
from indexers.types import Span
from tests.tui.driving import browsing
from tests.tui.fake_library import MOMENTS, FakeLibrary


def only(monkeypatch: pytest.MonkeyPatch, *programs: str) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: f"/bin/{name}" if name in programs else None)


def test_every_player_gets_the_path_as_a_path() -> None:
    for arguments in playing.PLAYERS.values():
        told = arguments("/r/-x.mp4", "1.500")
        assert told[-1] == "/r/-x.mp4"
        assert any("1.500" in one for one in told)


def test_every_listener_gets_both_ends_and_the_path_as_a_path() -> None:
    for arguments in playing.LISTENERS.values():
        told = arguments("/r/-x.mp4", "1.500", "3.250")
        assert told[-1] == "/r/-x.mp4"
        assert any("1.500" in one for one in told)
        assert any("3.250" in one or "1.750" in one for one in told)


def test_a_user_names_a_player_or_a_command(monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, "mpv", "ffplay")
    assert playing.command(Path("/r/a b.mp4"), 65.0) == [
        "/bin/mpv",
        "--force-window=yes",
        "--start=65.000",
        "--",
        "/r/a b.mp4",
    ]
    monkeypatch.setenv(playing.VARIABLE, "ffplay")
    assert playing.command(Path("/r/a.mp4"), 65.0) == [
        "/bin/ffplay",
        "-loglevel",
        "error",
        "-ss",
        "65.000",
        "-i",
        "/r/a.mp4",
    ]
    monkeypatch.setenv(playing.VARIABLE, "my-player --at={start_s} --title 'a b' {path}")
    assert playing.command(Path("/r/$(x) {start_s}.mp4"), 1.5) == [
        "my-player",
        "--at=1.500",
        "--title",
        "a b",
        "/r/$(x) {start_s}.mp4",
    ]


def test_without_a_player_there_is_no_command(monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch)
    assert playing.command(Path("/r/a.mp4"), 0.0) is None
    assert playing.listening(Path("/r/a.mp4"), Span(0, 1)) is None


async def test_the_sound_of_a_moment_is_played_and_stopped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    only(monkeypatch, "ffplay")
    started: list[tuple[list[str], playing.Started]] = []

    def start(arguments: list[str]) -> playing.Started:
        process = subprocess.Popen(["sleep", "60"])
        started.append((arguments, process))
        return process

    monkeypatch.setattr(playing, "start", start)
    recording = tmp_path / "kitchen.mp4"
    recording.touch()
    async with browsing(FakeLibrary(moments=(replace(MOMENTS[0], path=recording),))) as driver:
        await driver.ask("alarm")
        await driver.press("enter", "s")
        ((arguments, process),) = started
        assert arguments[-5:] == ["65.000", "-t", "4.000", "-i", str(recording)]
        assert process.poll() is None
        await driver.press("s")
        assert process.wait(5) < 0
        assert len(started) == 1
