import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from egosearch import playing as player
from egosearch.errors import LibraryError, MediaError
from tests.tui.driving import browsing, text_of
from tests.tui.fake_library import MOMENTS, FakeLibrary, moment
from tui.screens.help import HelpScreen
from tui.screens.library import LibraryScreen
from tui.screens.search import SearchScreen
from tui.widgets.preview import Preview
from tui.widgets.timeline import Timeline


async def test_typing_finds_moments_with_their_place_time_and_words() -> None:
    library = FakeLibrary()
    async with browsing(library) as driver:
        await driver.press(*"alarm")
        assert driver.moments == MOMENTS
        for expected in (
            "3 moments",
            "87 %  kitchen.mp4",
            "1:05–1:09 · 2026-11-21 14:02:31",
            "heard alarm clock",
        ):
            assert expected in driver.screen_text
        assert library.asked[-1] == "alarm"


async def test_moving_down_shows_the_next_moments_evidence_picture_and_timeline() -> None:
    async with browsing(FakeLibrary()) as driver:
        await driver.ask("alarm")
        await driver.press("enter", "down")
        screen = driver.screen_text
        for expected in (
            "seen 2.1 s later: lawn mower",
            "high trust 92 %",
            "low trust 20 %",
            "─garden.mp4─",
            "▲",
            "loudness",
        ):
            assert expected in screen
        assert [line for line in screen.splitlines() if line.strip().startswith("together")]
        assert driver.search.query_one(Preview).has_picture


async def test_other_moments_of_the_recording_are_marked_apart() -> None:
    async with browsing(FakeLibrary()) as driver:
        await driver.ask("alarm")
        drawn = text_of(driver.app, driver.search.query_one(Timeline))
        assert "▲" in drawn
        assert "△" in drawn


async def test_enter_while_searching_goes_to_the_moments_once_they_come() -> None:
    async with browsing(FakeLibrary()) as driver:
        await driver.pilot.press(*"alarm", "enter")
        await driver.settle()
        assert driver.app.focused is driver.search.moments


async def test_slash_returns_to_the_query() -> None:
    async with browsing(FakeLibrary()) as driver:
        await driver.ask("alarm")
        await driver.press("enter", "slash")
        assert driver.app.focused is driver.search.query_bar


async def test_letters_typed_in_the_query_are_text() -> None:
    async with browsing(FakeLibrary()) as driver:
        await driver.press(*"pylnqc", "question_mark")
        assert driver.search.query_bar.value == "pylnqc?"
        assert driver.shows(SearchScreen)


async def test_nothing_matches_is_said_and_near_misses_are_one_key_away() -> None:
    async with browsing(FakeLibrary()) as driver:
        await driver.ask("zebra")
        assert "Nothing in this library matches “zebra”." in driver.screen_text
        assert not driver.moments
        await driver.press("enter")
        assert "1 near miss" in driver.screen_text
        assert " 7 %  garden.mp4" in driver.screen_text
        await driver.press("n")
        assert not driver.moments
        await driver.press("n")
        assert driver.moments


async def test_without_near_misses_the_key_says_so() -> None:
    async with browsing(FakeLibrary(near_misses=())) as driver:
        await driver.ask("zebra")
        assert "Nothing comes near it either" in driver.notice
        await driver.press("enter", "n")
        assert driver.notifications == ["There are no near misses to show."]


async def test_emptying_the_query_takes_the_moments_away() -> None:
    async with browsing(FakeLibrary()) as driver:
        await driver.ask("alarm")
        await driver.ask("")
        assert not driver.moments
        assert driver.notice.startswith("Type what you remember")


async def test_an_empty_library_says_what_to_do() -> None:
    async with browsing(FakeLibrary(names=(), moments=(), near_misses=())) as driver:
        assert "This library is empty." in driver.screen_text
        assert "egosearch index FOLDER" in driver.screen_text


async def test_a_library_error_is_told_and_the_next_search_works() -> None:
    library = FakeLibrary(error=LibraryError("the catalogue is damaged; run `egosearch verify --repair`"))
    async with browsing(library) as driver:
        await driver.ask("alarm")
        assert driver.notifications == ["the catalogue is damaged; run `egosearch verify --repair`"]
        assert "the catalogue is damaged" in driver.notice
        library.error = None
        await driver.ask("beep")
        assert driver.moments


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (MediaError(Path("kitchen.mp4"), "the file is gone", "index it again"), "kitchen.mp4: the file is gone"),
        (ZeroDivisionError("deep inside a decoder"), "The picture here cannot be read"),
    ],
)
async def test_a_broken_preview_is_a_sentence(error: Exception, sentence: str) -> None:
    async with browsing(FakeLibrary(picture_error=error)) as driver:
        await driver.ask("alarm")
        assert sentence in text_of(driver.app, driver.search.query_one(Preview))
        await driver.press("enter", "down")
        assert "lawn mower" in driver.screen_text


async def test_names_and_words_are_data() -> None:
    tricky = moment("[bold]x[b].mp4", 5.0, ("[red]alarm\x1b[31m",), ("[/oven",), 0.5)
    async with browsing(FakeLibrary(moments=(tricky,), names=("[bold]x[b].mp4",))) as driver:
        await driver.ask("alarm")
        assert "[bold]x[b].mp4" in driver.screen_text
        assert "[red]alarm[31m" in driver.screen_text
        assert "─[bold]x[b].mp4─" in driver.screen_text
        await driver.press("enter", "l")
        assert "[bold]x[b].mp4" in driver.screen_text


async def test_play_without_a_player_names_the_remedy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    async with browsing(FakeLibrary()) as driver:
        await driver.ask("alarm")
        await driver.press("enter", "p")
        assert driver.notifications == [f"There is no player to play it with; {player.REMEDY}."]


async def test_play_starts_the_player_at_the_moment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    started: list[list[str]] = []

    def start(arguments: list[str]) -> player.Started:
        started.append(arguments)
        with subprocess.Popen(["true"]) as process:
            return process

    monkeypatch.setattr(player, "start", start)
    monkeypatch.setattr(shutil, "which", lambda name: f"/bin/{name}" if name == "mpv" else None)
    recording = tmp_path / "kitchen.mp4"
    recording.touch()
    library = FakeLibrary(moments=(replace(MOMENTS[0], path=recording),))
    async with browsing(library) as driver:
        await driver.ask("alarm")
        await driver.press("enter", "p")
        assert started == [["/bin/mpv", "--force-window=yes", "--start=65.000", "--", str(recording)]]
        recording.unlink()
        await driver.press("p")
        assert len(started) == 1
        assert "is gone" in driver.notifications[-1]


async def test_copy_takes_path_and_time() -> None:
    async with browsing(FakeLibrary()) as driver:
        await driver.ask("alarm")
        await driver.press("enter", "y")
        assert driver.app.clipboard == "/recordings/kitchen.mp4@1:05.0"


async def test_the_library_screen_lists_recordings_and_failures() -> None:
    async with browsing(FakeLibrary()) as driver:
        await driver.ask("alarm")
        await driver.press("enter", "l")
        assert driver.shows(LibraryScreen)
        for expected in ("kitchen.mp4", "10 min 00 s", "50 %", "missing", "broken.mp4: it holds neither sound nor"):
            assert expected in driver.screen_text
        await driver.press("escape")
        assert driver.shows(SearchScreen)
        assert driver.moments


async def test_help_lists_every_key() -> None:
    async with browsing(FakeLibrary()) as driver:
        await driver.press("f1")
        assert driver.shows(HelpScreen)
        for expected in ("y or c", "? or f1", "fell below", "on a moment or recording: open it", "Ctrl+P"):
            assert expected in driver.screen_text
        await driver.press("escape")
        assert driver.shows(SearchScreen)


async def test_small_and_large_terminals_show_every_part() -> None:
    async with browsing(FakeLibrary(), size=(160, 48)) as driver:
        await driver.ask("alarm")
        for width, height in ((80, 24), (160, 48)):
            await driver.pilot.resize_terminal(width, height)
            await driver.settle()
            screen = driver.screen_text
            assert len(screen.splitlines()) == height
            for expected in ("87 %", "▀▀▀", "loudness", "2.1 s later", "together", "10:00"):
                assert expected in screen, (width, height)


async def test_q_leaves() -> None:
    async with browsing(FakeLibrary()) as driver:
        await driver.ask("alarm")
        await driver.pilot.press("enter", "q")
    assert driver.app.return_code == 0
