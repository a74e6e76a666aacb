"""`egosearch recordings`: what is in the library."""

from typing import TYPE_CHECKING, Any

from egosearch.cli import options
from egosearch.cli.options import JsonOption, LibraryOption
from egosearch.cli.output import clock, count, iso, say, size, when, write_json, write_table

if TYPE_CHECKING:
    from egosearch.types import RecordingSummary

EXAMPLES = """\b
Examples:
  egosearch recordings
  egosearch recordings --json"""
ID_SHOWN = 8
"""Digits of an id in tables; `show` and `remove` take any beginning that is one recording's only."""


def recordings(library: LibraryOption = None, json: JsonOption = False) -> None:
    """List the recordings in the library.

    They come in the order they were made; the last column says where a file is gone, or not wholly indexed.
    """
    with options.open_library(library, read_only=True) as opened:
        listed = opened.recordings()
        failures = opened.failures()
    if json:
        write_json([recording_as_json(one) for one in listed])
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
    if failures and not json:
        say(f"{count(len(failures), 'file')} could not be indexed; `egosearch index --retry-failed PATH` tries again.")


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
