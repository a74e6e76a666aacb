"""What a day was like: the verb of `Library` that says it."""

from abc import abstractmethod
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from egosearch.access import Access
from egosearch.day.neighbours import Neighbouring
from egosearch.day.types import HIGHLIGHTS, Day, DayPart
from egosearch.errors import QueryError
from egosearch.spaces import Kept
from egosearch.types import Moment, Where
from indexers.types import Modality, Recording, Span

if TYPE_CHECKING:
    from egosearch.query.engine import Engine
    from egosearch.scan import Scan

NAMED = (Modality.AUDIO, Modality.VISUAL)
"""Senses whose concepts have names. What is said has words: `Library.transcript`."""


class Remembering(Neighbouring):
    """The part of `Library` that looks at days."""

    _access: Access

    @abstractmethod
    def _kept(self) -> Kept:
        """Return the spaces; `Library` does."""

    @abstractmethod
    def _searched(self, encoders: Mapping[Modality, str]) -> frozenset[str] | None:
        """Return the spaces that answer; `Library` does."""

    def day(self, date: date, *, limit: int = HIGHLIGHTS) -> Day:
        """Return what was recorded on a day, and what of it other days do not have.

        A day lasts from 0:00 to 24:00 on the clock of the recordings' places; recordings of which nobody knows when
        they were made are on none. `egosearch.day.surprise` says what stands out. In a library of one day that is what
        is heard and seen most clearly. Of a library whose vectors are on a server, those of the day are fetched.

        Where searches use an encoder without names, and the library has the concepts of the same sense as well, these
        are used.

        Args:
            date: Which day.
            limit: At most so many sounds, and as many sights.

        Raises:
            QueryError: The limit is below 1.
            LibraryError: The search cache cannot be read.
            SpaceMismatchError: Its windows were made by another version of the encoder.
        """
        if limit < 1:
            raise QueryError(f"the limit is {limit}; ask for at least 1 sound and sight")
        from egosearch.query.filtering import visible_spans

        engine = self._naming_engine()
        since = datetime.combine(date, time())
        until = since + timedelta(days=1) if date < date.max else None  # the calendar ends with 9999
        recordings = {one.recording.recording_id: one.recording for one in engine.catalog.recordings()}
        visible = visible_spans(Where(since=since, until=until), list(recordings.values())) or {}
        spans = {one: found[0] for one, found in visible.items()}
        parts = sorted((_part(recordings[one], span) for one, span in spans.items()), key=_order)
        scan = engine.cache.load(engine.catalog)
        moments = _moments(engine, scan, spans, recordings, limit) if spans else []
        moments.sort(key=_began)
        nameless = (sense for sense in NAMED if sense in scan.matrices and not _has_names(scan, sense))
        return Day(date, tuple(parts), tuple(moments), tuple(nameless))

    def _naming_engine(self) -> "Engine":
        """Return an engine on spaces with names, as far as the library has such."""
        engine = self._access.engine()
        scan = engine.cache.load(engine.catalog)
        nameless = [sense for sense in NAMED if sense in scan.matrices and not _has_names(scan, sense)]
        if not nameless:
            return engine
        kept = self._kept()
        named = {
            sense: other.id
            for sense in nameless
            for other in kept.others(scan.matrices[sense].space)
            if other.layout == "sparse"
        }
        chosen = self._searched(named)
        return engine if chosen is None else self._access.engine_of(chosen)


def _has_names(scan: "Scan", sense: Modality) -> bool:
    return scan.matrices[sense].space.layout == "sparse"


def _moments(
    engine: "Engine", scan: "Scan", spans: Mapping[str, Span], recordings: Mapping[str, Recording], limit: int
) -> list[Moment]:
    import numpy as np

    from egosearch.day.highlights import highlights, windows_of
    from egosearch.scan.fetched import FetchedRows
    from egosearch.scan.sample import fetch

    found = []
    for sense in NAMED:
        if sense not in scan.matrices or not _has_names(scan, sense):
            continue
        matrix = scan.matrices[sense]
        windows = windows_of(matrix, spans)
        if isinstance(matrix.rows, FetchedRows) and engine.vectors is not None:
            with engine.vectors() as store:
                missing = np.setdiff1d(windows, matrix.rows.windows)
                matrix = matrix.with_rows(fetch(matrix, store, missing, matrix.rows), matrix.sample)
        found += highlights(scan, matrix, windows, recordings, limit=limit)
    return found


def _part(recording: Recording, span: Span) -> DayPart:
    if recording.recorded_at is None:
        raise ValueError(f"{recording.path} is on no day")
    started_at, ended_at = (recording.recorded_at + timedelta(seconds=at) for at in (span.start_s, span.end_s))
    return DayPart(recording.recording_id, recording.path, span, started_at, ended_at)


def _began(moment: Moment) -> tuple[float, str]:
    return moment.recorded_at.timestamp() if moment.recorded_at else 0.0, moment.evidence[0].modality


def _order(part: DayPart) -> tuple[datetime, str]:
    return part.started_at, str(part.path)
