"""`egosearch recordings`: what is in the library."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from egosearch.cli import options
from egosearch.cli.asking import PathsOption
from egosearch.cli.options import JsonOption, LibraryOption
from egosearch.cli.output import clock, count, iso, say, size, when, write_json, write_path, write_table
from egosearch.cli.printing import PathZeroOption, check_paths

if TYPE_CHECKING:
    from egosearch.types import RecordingSummary

EXAMPLES = """\b
Examples:
  egosearch recordings
  egosearch recordings --json
  egosearch recordings --paths -0 | xargs -0 du -ch
  egosearch recordings --time-zone Asia/Tokyo GX010042.MP4"""
ID_SHOWN = 8
"""Digits of an id in tables; `show` and `remove` take any beginning that is one recording's only."""
NO_ZONE = "default"
"""Given as a time zone: none of its own."""


def recordings(
    recording: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="RECORDING",
            show_default="all",
            help="Only these: file names, paths, or beginnings of ids.",
        ),
    ] = None,
    *,
    library: LibraryOption = None,
    time_zone: Annotated[
        str | None,
        typer.Option(
            "--time-zone",
            metavar="ZONE",
            show_default=False,
            help="Say where these were made, such as Europe/Berlin; UTC keeps the camera's digits, "
            "and default takes the library's zone again.",
        ),
    ] = None,
    json: JsonOption = False,
    paths: PathsOption = False,
    print0: PathZeroOption = False,
) -> None:
    """List the recordings in the library.

    They come in the order they were made; the last column says where a file is gone, or not wholly indexed.
    """
    check_paths(json=json, paths=paths, print0=print0)
    if time_zone is not None:
        _set_time_zone(library, recording or [], time_zone)
    with options.open_library(library, read_only=True) as opened:
        listed = [opened.find(one) for one in dict.fromkeys(recording)] if recording else opened.recordings()
        failures = [] if recording else opened.failures()
    if json:
        write_json([recording_as_json(one) for one in listed])
    elif paths:
        for one in listed:
            write_path(one.path, end="\0" if print0 else "\n")
    elif listed:
        write_table(
            {
                "Recorded": "left",
                "Recording": "left",
                "Length": "right",
                "Size": "right",
                "Id": "left",
                "State": "left",
            },
            [
                (
                    when(one.recorded_at),
                    one.path.name,
                    clock(one.duration_s),
                    size(one.size_bytes),
                    one.recording_id[:ID_SHOWN],
                    state(one),
                )
                for one in listed
            ],
        )
    else:
        say("This library is empty; `egosearch index PATH` fills it.")
    if failures and not (json or paths):
        say(f"{count(len(failures), 'file')} could not be indexed; `egosearch index --retry-failed PATH` tries again.")


def _set_time_zone(library: Path | None, names: list[str], zone: str) -> None:
    from egosearch.timezones import zone_named

    if not names:
        raise typer.BadParameter(
            "name the recordings that were made there; for all of them, write `time_zone` into the library's"
            " egosearch.toml",
            param_hint="--time-zone",
        )
    key = None if zone == NO_ZONE else zone_named(zone).key
    # First for reading: a mistyped folder must not become a library, and one wrong name must change nothing.
    with options.open_library(library, read_only=True) as opened:
        found = [opened.find(one) for one in names]
    with options.open_library(library) as opened:
        for one in found:
            opened.set_time_zone(one.recording_id, key)


def state(recording: "RecordingSummary") -> str:
    """Say what is noteworthy about a recording: nothing, where it is there and searched from end to end."""
    notes = []
    if not recording.is_present:
        notes.append("file is gone")
    if recording.indexed_s < recording.duration_s - 0.5:  # a tail shorter than a window is not worth a word
        notes.append(f"indexed {clock(recording.indexed_s)} of {clock(recording.duration_s)}")
    return ", ".join(notes)


def recording_as_json(recording: "RecordingSummary") -> dict[str, Any]:
    """Return a recording in the form that is promised to other programs."""
    return {
        "recording": str(recording.path),
        "recording_id": recording.recording_id,
        "recorded_at": iso(recording.recorded_at),
        "duration_s": round(recording.duration_s, 3),
        "indexed_s": round(recording.indexed_s, 3),
        "size_bytes": recording.size_bytes,
        "device": recording.device,
        "has_sound": recording.has_sound,
        "has_pictures": recording.has_pictures,
        "is_present": recording.is_present,
    }
