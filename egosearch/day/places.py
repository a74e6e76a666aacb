"""A place in a recording as a moment, for whoever looks at what no search has found: to play, cut or note it."""

from datetime import timedelta

from egosearch.marks import AROUND_S
from egosearch.types import Moment, RecordingSummary
from indexers.types import Span


def moment_at(recording: RecordingSummary, time_s: float) -> Moment:
    """Return what somebody means who points at a time: `AROUND_S` seconds around it, within the recording.

    Nothing was asked, so there is no evidence, and score and confidence are 0.
    """
    span = Span(max(0.0, time_s - AROUND_S / 2), min(recording.duration_s, time_s + AROUND_S / 2))
    started = recording.recorded_at
    at = None if started is None else started + timedelta(seconds=span.start_s)
    return Moment(recording.recording_id, recording.path, span, at, 0.0, 0.0, ())
