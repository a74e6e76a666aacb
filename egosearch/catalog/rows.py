"""Between the catalogue's rows and the values of `indexers.types`."""

from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from datetime import datetime, timedelta, timezone, tzinfo
from pathlib import Path
from typing import Any

from egosearch.catalog.names import from_text, to_text
from egosearch.catalog.values import EPOCH, CatalogedRecording, Failure, FileStamp
from egosearch.errors import CatalogError, QueryError
from egosearch.timezones import local, zone_named
from indexers.types import AudioStream, EmbeddingSpace, Modality, Recording, VideoStream

Row = Mapping[str, Any]
"""One row by column name."""

AUDIO_COLUMNS = tuple(field.name for field in fields(AudioStream))
VIDEO_COLUMNS = tuple(field.name for field in fields(VideoStream))

# DuckDB hands out TIMESTAMPTZ through pytz, which we do not carry: times are read as microseconds since 1970.
SELECT_RECORDINGS = """
SELECT * REPLACE (
    epoch_us(modified_at) AS modified_at, epoch_us(recorded_at) AS recorded_at, epoch_us(indexed_at) AS indexed_at
) FROM recordings
"""
SELECT_SPACES = "SELECT * EXCLUDE (created_at) FROM spaces ORDER BY spaces.created_at, modality, model, space_id"
SELECT_FAILURES = """
SELECT * REPLACE (epoch_us(modified_at) AS modified_at, epoch_us(failed_at) AS failed_at) FROM failures
"""


def time_from_us(microseconds: int, utc_offset_s: int = 0) -> datetime:
    """Return the time so many microseconds after 1970, in the zone so many seconds east of Greenwich."""
    return (EPOCH + timedelta(microseconds=microseconds)).astimezone(timezone(timedelta(seconds=utc_offset_s)))


def recording_row(recording: Recording, modified_at: datetime, indexed_at: datetime) -> dict[str, Any]:
    """Return the columns of `recordings`."""
    offset = None if recording.recorded_at is None else recording.recorded_at.utcoffset()
    return {
        "recording_id": recording.recording_id,
        "path": to_text(str(recording.path)),
        "size_bytes": recording.size_bytes,
        "modified_at": modified_at,
        "duration_s": recording.duration_s,
        "recorded_at": recording.recorded_at,
        "recorded_at_utc_offset_s": None if offset is None else round(offset.total_seconds()),
        "recorded_at_source": recording.recorded_at_source,
        "device": recording.device,
        **{f"audio_{name}": getattr(recording.audio, name, None) for name in AUDIO_COLUMNS},
        **{f"video_{name}": getattr(recording.video, name, None) for name in VIDEO_COLUMNS},
        "indexed_at": indexed_at,
    }


def recording_from_row(row: Row, library_zone: tzinfo | None = None) -> CatalogedRecording:
    """Return the recording in a row of `SELECT_RECORDINGS`, its time on the clock of its place.

    Args:
        row: By column name.
        library_zone: Where recordings were made that have no zone of their own; None for this machine's zone.

    Raises:
        CatalogError: The recording's zone is not known on this machine.
    """
    has_audio, has_video = row["audio_codec"] is not None, row["video_codec"] is not None
    recorded_us = row["recorded_at"]
    recording = Recording(
        recording_id=row["recording_id"],
        path=Path(from_text(row["path"])),
        size_bytes=row["size_bytes"],
        duration_s=row["duration_s"],
        recorded_at=None if recorded_us is None else time_from_us(recorded_us, row["recorded_at_utc_offset_s"]),
        recorded_at_source=row["recorded_at_source"],
        device=row["device"],
        audio=AudioStream(**{name: row[f"audio_{name}"] for name in AUDIO_COLUMNS}) if has_audio else None,
        video=VideoStream(**{name: row[f"video_{name}"] for name in VIDEO_COLUMNS}) if has_video else None,
    )
    try:
        zone = None if row["time_zone"] is None else zone_named(row["time_zone"])
    except QueryError as error:
        raise CatalogError(
            f"{recording.path} is set to the time zone {row['time_zone']}, which this machine does not know; update its"
            " time zones (`pip install --upgrade tzdata`)"
        ) from error
    return CatalogedRecording(
        replace(recording, recorded_at=local(recording, zone, default=library_zone)),
        time_from_us(row["modified_at"]),
        time_from_us(row["indexed_at"]),
    )


def recordings_from_rows(found: Iterable[Row], library_zone: tzinfo | None = None) -> list[CatalogedRecording]:
    """Return the recordings in rows, see `in_order`."""
    return in_order(recording_from_row(row, library_zone) for row in found)


def in_order(recordings: Iterable[CatalogedRecording]) -> list[CatalogedRecording]:
    """Return recordings by wall-clock time, those without one last, then by path.

    Sorted here and not by DuckDB: where a file's name is the witness, the place's zone says which instant it means.
    """

    def order(one: CatalogedRecording) -> tuple[bool, datetime, str]:
        time = one.recording.recorded_at
        return time is None, time or EPOCH, str(one.recording.path)

    return sorted(recordings, key=order)


def space_row(space: EmbeddingSpace) -> dict[str, Any]:
    """Return the columns of `spaces`, but for `created_at`."""
    return {"space_id": space.id, **{field.name: getattr(space, field.name) for field in fields(EmbeddingSpace)}}


def space_from_row(row: Row) -> EmbeddingSpace:
    """Return the space in a row of `spaces`."""
    columns = {field.name: row[field.name] for field in fields(EmbeddingSpace)}
    return EmbeddingSpace(**{**columns, "modality": Modality(columns["modality"])})


def failure_from_row(row: Row) -> Failure:
    """Return the failure in a row of `SELECT_FAILURES`."""
    stamp = FileStamp(row["size_bytes"], time_from_us(row["modified_at"]))
    path, reason, remedy = (from_text(row[name]) for name in ("path", "reason", "remedy"))
    return Failure(Path(path), reason, remedy, stamp, time_from_us(row["failed_at"]))
