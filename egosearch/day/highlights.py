"""The moments of a day: where each of its distinct sounds and sights is clearest."""

from collections.abc import Mapping
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from egosearch.day.distinct import distinct
from egosearch.day.surprise import COUNTED, along, strongest, usual_elsewhere
from egosearch.query.asking import encoder_of
from egosearch.query.candidates import GROWTH
from egosearch.query.confidence import confidence
from egosearch.query.explanation import WORDS
from egosearch.query.peaks import LEAST_WINDOWS, grow
from egosearch.query.trust import clarity_of_windows
from egosearch.query.visibility import visible_windows
from egosearch.scan import Scan, SpaceMatrix
from egosearch.scan.fetched import FetchedRows
from egosearch.types import Evidence, Moment
from indexers.embeddings import SparseRows, concatenate
from indexers.types import Recording, Span

Rows = NDArray[np.int64]


def windows_of(matrix: SpaceMatrix, spans: Mapping[str, Span]) -> Rows:
    """Return the windows of a day, ascending.

    Args:
        matrix: All windows.
        spans: The day's part of each of its recordings.
    """
    return np.flatnonzero(visible_windows(matrix, {one: (span,) for one, span in spans.items()}))


def highlights(
    scan: Scan, matrix: SpaceMatrix, windows: Rows, recordings: Mapping[str, Recording], *, limit: int
) -> list[Moment]:
    """Return what stands out most on a day by one sense, as far as it is distinct.

    Args:
        scan: For the common time line.
        matrix: Of a space of concepts, with the vectors of the day's windows.
        windows: The day's, ascending.
        recordings: By id; of the day at least.
        limit: At most so many.

    Returns:
        Most surprising first.
    """
    if not len(windows):
        return []
    rows = _rows(matrix, windows)
    recording_of = matrix.recording_of[windows]
    follows = np.concatenate([[False], (np.diff(windows) == 1) & (np.diff(recording_of) == 0)])
    trust = clarity_of_windows(matrix, windows)
    usual = usual_elsewhere(matrix, rows)
    peaks = strongest(rows, usual, trust, follows, COUNTED.get(matrix.space.modality, LEAST_WINDOWS))
    shown = rows.take(peaks.rows).dense()
    encoder = encoder_of(matrix.space)

    def name(k: int) -> str:
        alone = np.zeros(rows.dim, np.float32)
        alone[peaks.concepts[k]] = 1
        return next((word for word, _ in encoder.words(alone, 1)), "")

    starts_s = scan.lines[matrix.space.modality].starts_s[windows[peaks.rows]]
    found = []
    for k, named in distinct(usual.surprises(shown), starts_s, name, limit=limit):
        row, concept = peaks.rows[k : k + 1], int(peaks.concepts[k])
        first, last = grow(along(rows, concept, usual, trust), np.cumsum(~follows), row, GROWTH)
        span = Span(float(matrix.start_s[windows[first[0]]]), float(matrix.end_s[windows[last[0]]]))
        there = [word for word, _ in encoder.words(shown[k], WORDS)]
        evidence = Evidence(
            modality=matrix.space.modality,
            span=span,
            similarity=float(shown[k, concept]),
            score=float(peaks.scores[k]),
            trust=float(trust[row[0]]),
            lag_s=0.0,
            words=tuple(dict.fromkeys([named, *there]))[:WORDS],
        )
        found.append(_moment(recordings[matrix.recording_ids[int(recording_of[row[0]])]], evidence))
    return found


def _moment(recording: Recording, evidence: Evidence) -> Moment:
    started, span = recording.recorded_at, evidence.span
    return Moment(
        recording_id=recording.recording_id,
        path=recording.path,
        span=span,
        recorded_at=started + timedelta(seconds=span.start_s) if started else None,
        score=evidence.score,
        confidence=confidence(evidence.score),
        evidence=(evidence,),
    )


def _rows(matrix: SpaceMatrix, windows: Rows) -> SparseRows:
    """Return the vectors of windows: of each run of them at once, which is several times as fast as one by one."""
    begins = np.flatnonzero(np.diff(windows, prepend=-2) != 1)
    runs = zip(windows[begins], windows[np.append(begins[1:], len(windows)) - 1] + 1, strict=True)
    if isinstance(matrix.rows, FetchedRows):
        found = matrix.rows.take(windows)
    else:
        found = concatenate([matrix.rows.between(int(first), int(last)) for first, last in runs], matrix.space.dim)
    if not isinstance(found, SparseRows):
        raise TypeError(f"{matrix.space.model} has no concepts")
    return found
