"""The clock of the place: which witness of a recording's time is shown how, and what the owner sets."""

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from egosearch.catalog import Catalog
from egosearch.config import LibraryPaths, read_config, write_config
from egosearch.errors import CatalogError, LibraryError, QueryError
from egosearch.library import Library
from egosearch.timezones import local, zone_named
from indexers.types import Recording
from tests.egosearch.catalog_samples import KITCHEN, MODIFIED, WALK

BERLIN, TOKYO = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Tokyo")
MOMENT = datetime(2026, 11, 20, 17, 30, tzinfo=UTC)
CAMERA = replace(KITCHEN, recorded_at=MOMENT, recorded_at_source="container")
PHONE = replace(CAMERA, recorded_at=datetime(2026, 11, 20, 12, 30, tzinfo=timezone(timedelta(hours=-5))))
NAMED = replace(CAMERA, recorded_at_source="file name", path=Path("/films/2026-11-20_17-30-00.mp4"))
PIXEL = replace(NAMED, path=Path("/films/PXL_20261120_173000000.mp4"))
COPIED = replace(CAMERA, recorded_at_source="file time")


@pytest.fixture
def in_new_york(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Move this machine."""
    if not hasattr(time, "tzset"):
        pytest.skip("this system's zone cannot be changed for one process")
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("recording", "zone", "library", "shown"),
    [
        (CAMERA, None, BERLIN, "2026-11-20T18:30:00+01:00"),
        (CAMERA, TOKYO, BERLIN, "2026-11-21T02:30:00+09:00"),
        (CAMERA, ZoneInfo("UTC"), BERLIN, "2026-11-20T17:30:00+00:00"),  # GoPro: local time as if it were UTC
        (PHONE, None, BERLIN, "2026-11-20T12:30:00-05:00"),
        (PHONE, TOKYO, BERLIN, "2026-11-21T02:30:00+09:00"),
        (COPIED, None, BERLIN, "2026-11-20T18:30:00+01:00"),
        (NAMED, None, BERLIN, "2026-11-20T17:30:00+01:00"),
        (NAMED, TOKYO, BERLIN, "2026-11-20T17:30:00+09:00"),
        (NAMED, None, None, "2026-11-20T17:30:00+00:00"),
        (PIXEL, None, BERLIN, "2026-11-20T18:30:00+01:00"),
    ],
)
def test_each_witness(recording: Recording, zone: tzinfo | None, library: tzinfo | None, shown: str) -> None:
    found = local(recording, zone, default=library)
    assert found is not None
    assert found.isoformat() == shown
    assert isinstance(found.tzinfo, timezone), "a fixed offset: adding seconds is adding seconds"


@pytest.mark.usefixtures("in_new_york")
def test_where_nothing_is_set_this_machines_zone_is_taken() -> None:
    found = local(CAMERA, None)
    assert found is not None
    assert found.isoformat() == "2026-11-20T12:30:00-05:00"


def test_an_unknown_time_stays_unknown() -> None:
    assert local(WALK, BERLIN) is None


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Berlin", "perhaps Europe/Berlin is meant"),
        ("new york", "perhaps America/New_York is meant"),
        ("europe/berlin ", "Europe/Berlin"),
        ("Mars/Olympus", "such as Europe/Berlin"),
        ("", "such as Europe/Berlin"),
        ("Europe", "perhaps Europe/"),
        ("../etc/passwd", "such as Europe/Berlin"),
        ("a\x00b", "such as Europe/Berlin"),
    ],
)
def test_an_unknown_zone_is_refused_with_the_likely_ones(name: str, said: str) -> None:
    with pytest.raises(QueryError, match=said):
        zone_named(name)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A library in Berlin that holds a camera's recording, and one that its file's name dates."""
    paths = LibraryPaths(tmp_path / "library")
    Library.open(paths.folder).close()
    write_config(paths.config, replace(read_config(paths.config), time_zone=BERLIN))
    with Catalog.open(paths.catalog) as catalog:
        catalog.add_recording(CAMERA, MODIFIED)
        catalog.add_recording(replace(NAMED, recording_id="ad" * 16), MODIFIED)
    return paths.folder


def recorded(library: Library, recording: Recording = CAMERA) -> str:
    found = library.find(recording.recording_id).recorded_at
    assert found is not None
    return found.isoformat()


def test_the_librarys_zone(path: Path) -> None:
    with Library.open(path, read_only=True) as library:
        assert recorded(library) == "2026-11-20T18:30:00+01:00"
        assert [one.recording_id[:2] for one in library.recordings()] == ["ad", "ab"], "17:30 and 18:30 in Berlin"


def test_a_recordings_own_zone_outlives_being_indexed_again(path: Path) -> None:
    with Library.open(path) as library:
        library.set_time_zone(CAMERA.recording_id, "Asia/Tokyo")
        assert recorded(library) == "2026-11-21T02:30:00+09:00"
    with Catalog.open(path / "catalog.duckdb") as catalog:
        catalog.add_recording(replace(CAMERA, path=Path("/archive/kitchen.mp4")), MODIFIED)
    with Library.open(path) as library:
        assert library.find(CAMERA.recording_id).path == Path("/archive/kitchen.mp4")
        assert recorded(library) == "2026-11-21T02:30:00+09:00"
        library.set_time_zone(CAMERA.recording_id, None)
        assert recorded(library) == "2026-11-20T18:30:00+01:00"


def test_zones_that_cannot_be_set(path: Path) -> None:
    with Library.open(path) as library:
        with pytest.raises(QueryError, match="Europe/Berlin"):
            library.set_time_zone(CAMERA.recording_id, "Berlin")
        with pytest.raises(LibraryError, match="no recording has the id"):
            library.set_time_zone("none", "UTC")
    with (
        Library.open(path, read_only=True) as library,
        pytest.raises(LibraryError, match="open it for writing"),
    ):
        library.set_time_zone(CAMERA.recording_id, "UTC")


def test_a_zone_that_only_another_machine_knows_is_named(path: Path) -> None:
    with Catalog.open(path / "catalog.duckdb") as catalog:
        catalog.set_time_zone(CAMERA.recording_id, "Mars/Olympus")
        with pytest.raises(CatalogError, match=r"Mars/Olympus.*tzdata"):
            catalog.recordings()


@pytest.mark.parametrize(
    ("line", "said"),
    [('time_zone = "Berlin"\n', "perhaps Europe/Berlin"), ("time_zone = 3\n", "there is no time zone")],
)
def test_the_settings_name_a_known_zone(path: Path, line: str, said: str) -> None:
    config = path / "egosearch.toml"
    text = config.read_text()
    assert 'time_zone = "Europe/Berlin"\n' in text
    config.write_text(text.replace('time_zone = "Europe/Berlin"\n', line))
    with pytest.raises(LibraryError, match=said):
        Library.open(path)


def test_a_zone_in_the_wrong_section_is_pointed_out(path: Path) -> None:
    config = path / "egosearch.toml"
    config.write_text(config.read_text() + '\n[encoders]\naudio = "toy"\ntime_zone = "UTC"\n')
    with pytest.raises(LibraryError, match=r"above"):
        Library.open(path)
