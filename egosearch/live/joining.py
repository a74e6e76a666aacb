"""A scan with the tail behind it: what a search reads, as if the live parts were indexed already.

They are laid at the end of the common time line, so that nothing of the scan moves. What is known of the scan's times
is handed on with a little more at its end: working it out anew takes longer than a query.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from egosearch.live.part import PartView, PartWindows
from egosearch.live.rows import grown, no_kept_rows
from egosearch.query.sounds import SoundEvents
from egosearch.scan import Scan, SpaceMatrix
from egosearch.scan.timeline import HeardEvents, TimeLine, heard_events
from egosearch.scan.types import GAP_S
from indexers.types import EmbeddingSpace, Modality


def joined(scan: Scan, parts: Sequence[PartView]) -> Scan:
    """Lay parts behind a scan; those that it has already are left out.

    Windows in a space that the scan does not have are left out too, unless it has nothing at all for their sense.
    """
    parts = [part for part in parts if part.recording.recording_id not in scan.durations_s]
    if not parts:
        return scan
    matrices = dict(scan.matrices)
    for space in dict.fromkeys(windows.space for part in parts for windows in part.windows):
        matrices.setdefault(space.modality, _no_windows(space))
    matrices = {sense: _with_parts(matrix, parts) for sense, matrix in matrices.items()}
    durations_s = {**scan.durations_s, **{one.recording.recording_id: one.recording.duration_s for one in parts}}
    events = SoundEvents.join([scan.events, *(part.events for part in parts)])
    found = replace(scan, matrices=matrices, durations_s=durations_s, events=events)
    _hand_on(scan, found, parts)
    return found


def _no_windows(space: EmbeddingSpace) -> SpaceMatrix:
    nothing = np.zeros(0)
    return SpaceMatrix(
        space, (), (), np.zeros(1, np.int64), nothing, nothing, np.zeros((0, 2), np.float32), no_kept_rows(space)
    )


def _with_parts(matrix: SpaceMatrix, parts: Sequence[PartView]) -> SpaceMatrix:
    found = [(part, windows) for part in parts for windows in part.windows if windows.space == matrix.space]
    for part, windows in found:
        matrix = _with_part(matrix, part, windows)
    return matrix


def _with_part(matrix: SpaceMatrix, part: PartView, windows: PartWindows) -> SpaceMatrix:
    recording_id, n = part.recording.recording_id, len(matrix)
    recording_of = matrix.recording_of
    more = replace(
        matrix,
        recording_ids=(*matrix.recording_ids, recording_id),
        digests=(*matrix.digests, ""),
        offsets=np.append(matrix.offsets, n + len(windows.start_s)),
        start_s=np.concatenate([matrix.start_s, windows.start_s]),
        end_s=np.concatenate([matrix.end_s, windows.end_s]),
        clarity=np.concatenate([matrix.clarity, windows.clarity.astype(matrix.clarity.dtype)]),
        rows=grown(matrix.rows, windows.rows),
        # Only what is on a server has numbers.
        index=matrix.index if matrix.is_whole else np.append(matrix.index, windows.index.astype(np.uint32)),
    )
    number = np.full(len(windows.start_s), len(matrix.recording_ids), np.int64)
    vars(more)["recording_of"] = np.concatenate([recording_of, number])
    return more


def _hand_on(scan: Scan, found: Scan, parts: Sequence[PartView]) -> None:
    """Let the joined scan know what the other one knows, and what follows from the parts."""
    origins_s = dict(scan.origins_s)
    last = next(reversed(origins_s), None)
    at_s = 0.0 if last is None else origins_s[last] + scan.durations_s[last] + GAP_S
    for part in parts:
        origins_s[part.recording.recording_id] = at_s
        at_s += part.recording.duration_s + GAP_S
    vars(found)["origins_s"] = origins_s
    vars(found)["lines"] = {sense: _line(scan, matrix, parts, origins_s) for sense, matrix in found.matrices.items()}
    if Modality.AUDIO in found.matrices:
        vars(found)["heard"] = _heard(scan, found, parts)


def _line(scan: Scan, matrix: SpaceMatrix, parts: Sequence[PartView], origins_s: dict[str, float]) -> TimeLine:
    sense = matrix.space.modality
    known = scan.lines[sense] if sense in scan.matrices else TimeLine(np.zeros(0), np.zeros(0))
    starts_s, ends_s = [known.starts_s], [known.ends_s]
    for part in parts:
        for windows in part.windows:
            if windows.space == matrix.space:
                starts_s.append(windows.start_s + origins_s[part.recording.recording_id])
                ends_s.append(windows.end_s + origins_s[part.recording.recording_id])
    return TimeLine(np.concatenate(starts_s), np.concatenate(ends_s))


def _heard(scan: Scan, found: Scan, parts: Sequence[PartView]) -> HeardEvents:
    """Return the events that are known, and those of the parts over the parts' windows."""
    line = found.lines[Modality.AUDIO]
    if Modality.AUDIO in scan.matrices:
        known = scan.heard
    else:
        nothing, no_rows = np.zeros(0), np.zeros(0, np.int64)
        known = HeardEvents(nothing, nothing, nothing, no_rows, no_rows, np.zeros(0, bool))
    n = len(known.covered)
    spans = [
        (part.events.table[:, 1:3] + found.origins_s[part.recording.recording_id], part.events.table[:, 3])
        for part in parts
    ]
    starts_s = np.concatenate([times[:, 0] for times, _ in spans])
    ends_s = np.concatenate([times[:, 1] for times, _ in spans])
    snr_db = np.concatenate([snr for _, snr in spans])
    more = heard_events(starts_s, ends_s, snr_db, TimeLine(line.starts_s[n:], line.ends_s[n:]))
    return HeardEvents(
        np.concatenate([known.starts_s, more.starts_s]),
        np.concatenate([known.ends_s, more.ends_s]),
        np.concatenate([known.snr_db, more.snr_db]),
        np.concatenate([known.first, more.first + n]),
        np.concatenate([known.last, more.last + n]),
        np.concatenate([known.covered, more.covered]),
    )
