import os
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexers.media.wallclock import from_name, wall_clock

NOW = datetime(2026, 11, 22, tzinfo=UTC)
LOCAL = datetime(2026, 11, 21, 8, 15, 2).astimezone()


def file_of(folder: Path, name: str, mtime: datetime) -> Path:
    path = folder / name
    path.touch()
    os.utime(path, (mtime.timestamp(), mtime.timestamp()))
    return path


@pytest.mark.parametrize(
    "name",
    [
        "VID_20261121_081502.mp4",
        "VID_20261121_081502123.mp4",
        "20261121_081502.mp4",
        "2026-11-21_08-15-02.mkv",
        "2026-11-21 08.15.02.mov",
        "Screen Recording 2026-11-21 at 08.15.02.mov",
        "DJI_20261121081502_0001_D.MP4",
        "video-20261121_081502-a1b2.mp4",
        "aria_2026-11-21T08:15:02.mp4",
    ],
)
def test_names_hold_local_time(name: str) -> None:
    assert from_name(name) == LOCAL


def test_pixel_phones_name_files_by_utc() -> None:
    assert from_name("PXL_20261121_081502123.mp4") == datetime(2026, 11, 21, 8, 15, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    "name",
    ["GX010042.MP4", "VID-20261121-WA0001.mp4", "20261341_081502.mp4", "20261121_086502.mp4", "1234567890123.mp4"],
)
def test_other_names_do_not(name: str) -> None:
    assert from_name(name) is None


@given(st.datetimes(datetime(2001, 1, 1), datetime(2026, 1, 1)))
def test_any_time_written_into_a_name_is_read_back(time: datetime) -> None:
    found = from_name(f"VID_{time:%Y%m%d_%H%M%S}.mp4")
    assert found is not None
    assert found.replace(tzinfo=None) == time.replace(microsecond=0)


def test_the_container_comes_first_and_says_its_zone(tmp_path: Path) -> None:
    path = file_of(tmp_path, "VID_20261121_081502.mp4", NOW)
    tags = {"creation_time": "2024-03-02T10:00:00.000000Z"}
    assert wall_clock(path, tags, 0, now=NOW) == (datetime(2024, 3, 2, 10, tzinfo=UTC), "container")
    tags["com.apple.quicktime.creationdate"] = "2024-03-02T12:30:00+0200"
    assert wall_clock(path, tags, 0, now=NOW) == (
        datetime(2024, 3, 2, 12, 30, tzinfo=timezone(timedelta(hours=2))),
        "container",
    )


@pytest.mark.parametrize(
    "text", ["1904-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "2031-01-01T00:00:00Z", "2016", "2016-05-04", "soon", ""]
)
def test_nonsense_in_the_container_falls_on_to_the_name(tmp_path: Path, text: str) -> None:
    path = file_of(tmp_path, "VID_20261121_081502.mp4", NOW)
    assert wall_clock(path, {"DATE": text, "creation_time": text}, 0, now=NOW) == (LOCAL, "file name")


def test_at_last_the_file_was_written_when_the_recording_ended(tmp_path: Path) -> None:
    path = file_of(tmp_path, "GX010042.MP4", NOW)
    time, source = wall_clock(path, {}, 90.0, now=NOW)
    assert source == "file time"
    assert time == NOW - timedelta(seconds=90)
    assert time.tzinfo is not None


def test_a_file_from_1970_says_nothing(tmp_path: Path) -> None:
    path = file_of(tmp_path, "GX010042.MP4", datetime(1970, 1, 2, tzinfo=UTC))
    assert wall_clock(path, {}, 0, now=NOW) == (None, "unknown")
