"""Which files a cut makes."""

from pathlib import Path

import pytest

from egosearch.clips.planning import Wish, planned
from egosearch.clips.types import ClipOptions, Cut
from egosearch.errors import QueryError
from indexers.facts import Span
from tests.egosearch.cli.fake_library import BEEP, HALL, KITCHEN

RECORDINGS = {one.recording_id: one for one in (KITCHEN, HALL)}
HUM = Cut(HALL.recording_id, Span(60.0, 61.0))
PLAIN = ClipOptions()


def names(wish: Wish, *parts: Cut, options: ClipOptions = PLAIN) -> list[str]:
    return [str(one.path) for one in planned((BEEP, *parts), RECORDINGS, wish, options)]


def test_each_is_called_after_its_recording_and_span() -> None:
    assert names(Wish(), HUM) == ["kitchen_0m12s-0m15s.mp4", "hall [red]_1m00s-1m01s.wav"]


def test_the_name_tells_of_the_padding_within_the_recording() -> None:
    late = Cut(KITCHEN.recording_id, Span(80.0, 89.0))
    options = ClipOptions(pad_s=20.0)
    assert names(Wish(), late, options=options) == ["kitchen_0m00s-0m35s.mp4", "kitchen_1m00s-1m30s.mp4"]


def test_sound_alone_and_copies_have_their_own_endings() -> None:
    assert names(Wish(sound_only=True)) == ["kitchen_0m12s-0m15s.wav"]
    assert names(Wish(), options=ClipOptions(copy=True)) == ["kitchen_0m12s-0m15s.mp4"]


def test_what_is_joined_is_called_after_the_question() -> None:
    assert names(Wish(joins=True, named_after="the timer"), HUM) == ["reel_the-timer.mp4"]


def test_a_target_is_a_file_or_a_folder(tmp_path: Path) -> None:
    assert names(Wish(tmp_path / "x.mkv")) == [str(tmp_path / "x.mkv")]
    assert names(Wish(tmp_path / "new" / "er")) == [str(tmp_path / "new" / "er" / "kitchen_0m12s-0m15s.mp4")]
    assert (tmp_path / "new" / "er").is_dir()
    (tmp_path / "folder.mp4").mkdir()
    assert names(Wish(tmp_path / "folder.mp4")) == [str(tmp_path / "folder.mp4" / "kitchen_0m12s-0m15s.mp4")]


def test_several_do_not_go_into_one_file_unjoined(tmp_path: Path) -> None:
    with pytest.raises(QueryError, match="is one file and there are 2 clips"):
        names(Wish(tmp_path / "x.mp4"), HUM)


def test_sound_alone_goes_into_no_file_of_pictures(tmp_path: Path) -> None:
    with pytest.raises(QueryError, match=r"let it end in \.wav"):
        names(Wish(tmp_path / "x.mp4", sound_only=True))


def test_nothing_is_begun_where_one_is_there_already(tmp_path: Path) -> None:
    (tmp_path / "hall [red]_1m00s-1m01s.wav").touch()
    with pytest.raises(QueryError, match="is there already"):
        names(Wish(tmp_path), HUM)
    assert len(names(Wish(tmp_path), HUM, options=ClipOptions(replace=True))) == 2


def test_the_same_twice_has_two_names() -> None:
    assert names(Wish(), Cut(BEEP.recording_id, BEEP.span)) == ["kitchen_0m12s-0m15s.mp4", "kitchen_0m12s-0m15s_2.mp4"]
