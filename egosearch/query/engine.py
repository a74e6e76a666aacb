"""Runs a query through its stages; see the package's docstring for their order."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime
from itertools import accumulate
from math import isfinite

import numpy as np

from egosearch.catalog import Catalog
from egosearch.errors import QueryError
from egosearch.notes.moments import moment_of
from egosearch.notes.types import Note
from egosearch.query import filtering, noted, said
from egosearch.query.asking import Asked, sources
from egosearch.query.candidates import KEPT
from egosearch.query.completion import complete
from egosearch.query.confidence import THRESHOLD
from egosearch.query.curves import whitened
from egosearch.query.explanation import Explainer
from egosearch.query.feedback import fresh, judge
from egosearch.query.intervals import suppress
from egosearch.query.likeness import EVENT_S, is_itself
from egosearch.query.partial import Asking
from egosearch.query.sequence import Chain, chained, single
from egosearch.query.steps import Scope, Step, asks, curves_of, find
from egosearch.query.visibility import visible_windows
from egosearch.scan import Scan, ScanCache, SpaceMatrix
from egosearch.stores import VectorStore
from egosearch.types import ALL_PARTS, Answer, Curve, Mark, Moment, Parts, Query, Where
from indexers.types import Modality, Span

MAX_TEXT = 2_000
"""Characters of a query; the sentence encoder reads the first 128 tokens."""
NEAR_MISSES = 5


class Engine:
    """Answers queries over one library. Keeps the search cache and the encoders open between calls."""

    def __init__(
        self,
        catalog: Catalog,
        scan: ScanCache,
        vectors: Callable[[], AbstractContextManager[VectorStore]] | None = None,
    ) -> None:
        """Search what is cached; `vectors` opens the store of a library on a server, for what is not."""
        self.catalog = catalog
        self.cache = scan
        self.vectors = vectors

    def answer(self, query: Query, *, parts: Parts = ALL_PARTS) -> Answer:
        """Find the moments that a query asks for.

        Args:
            query: What is asked.
            parts: Parts of the engine to do without, to see what they are worth.

        Raises:
            QueryError: The query is empty, too long or out of range, or asks a sense that the library lacks, for an
                example that cannot be read, or of a recording that is not there.
            LibraryError: The search cache cannot be read.
        """
        check(query)
        scan = self.cache.load(self.catalog)
        if noted.lists_notes(query):
            return Answer(query, self._listed(query, scan))
        scope = self._completed(self._scope(query, scan, parts), places=self._examples(query))
        asked = [(one, asks(one, scope, self._marks(one))) for one in _in_order(query)]
        scope = self._completed(scope, [of_senses for _, of_senses in asked])
        steps = [find(one, of_senses, scope) for one, of_senses in asked]
        marks = self._marks(query)
        if query.then:  # a step that was right says nothing of what follows it
            marks = [mark for mark in marks if not mark.is_right]
        explainer = Explainer(self.catalog, scope.scan, steps, [one.text for one in _in_order(query)])
        best = suppress(_chains(query, scope, steps), limit=query.limit + len(marks))
        moments = _never_surer_below(explainer.moments(best))
        if parts.notes:
            moments = noted.joined(moments, self._noted(query, scan))
        moments = judge(moments, marks)[: query.limit]
        threshold = THRESHOLD if query.min_confidence is None else query.min_confidence
        sure = tuple(moment for moment in moments if moment.confidence >= threshold)
        return Answer(query, sure, () if sure else tuple(moments[:NEAR_MISSES]))

    def curves(self, query: Query, recording_id: str) -> dict[str, Curve]:
        """Return each sense's score along one recording, and under `fused` their weighted maximum each second.

        Of a sequence, the first step's. Where the notes are the answer, none.
        """
        check(query)
        if noted.lists_notes(query):
            return {}
        scan = self.cache.load(self.catalog)
        whole = Span(0.0, scan.durations_s.get(recording_id, 0.0))
        examples = [*self._examples(query), (recording_id, whole)]
        scope = self._completed(self._scope(query, scan, ALL_PARTS), places=examples)
        curves = curves_of(asks(query, scope, self._marks(query)), scope)
        drawn: dict[str, Curve] = {}
        seconds = np.arange(0.5, max(1.0, scan.durations_s.get(recording_id, 0.0)))
        fused = np.zeros(len(seconds))
        for curve, weight in zip(curves, scope.says(curves), strict=True):
            if recording_id not in curve.matrix.recording_ids:
                continue
            j = curve.matrix.recording_ids.index(recording_id)
            span = slice(int(curve.matrix.offsets[j]), int(curve.matrix.offsets[j + 1]))
            starts_s, ends_s = curve.matrix.start_s[span], curve.matrix.end_s[span]
            times_s, scores = (starts_s + ends_s) / 2, np.maximum(curve.scores[span], 0)
            if curve.modality is Modality.SPEECH:  # nothing is said between utterances, however near they are
                at = np.searchsorted(starts_s, seconds, side="right") - 1
                is_said = (at >= 0) & (seconds < np.append(ends_s, 0.0)[at])
                times_s, scores = seconds, np.where(is_said, np.append(scores, np.float32(0))[at], np.float32(0))
            drawn[curve.modality.value] = Curve(tuple(times_s.tolist()), tuple(scores.tolist()))
            if len(times_s):
                fused = np.maximum(fused, weight * np.interp(seconds, times_s, scores))
        drawn["fused"] = Curve(tuple(seconds.tolist()), tuple(fused.tolist()))
        return drawn

    def _scope(self, query: Query, scan: Scan, parts: Parts) -> Scope:
        matrices = _chosen(query, scan)
        highest = max((query.weights.get(one.space.modality, 1.0) for one in matrices), default=1.0)
        weights = {one.space.modality: query.weights.get(one.space.modality, 1.0) / highest for one in matrices}
        spans = None if query.where == Where() else self._visible_spans(query.where, scan)
        visible = None if spans is None else {one.space.modality: visible_windows(one, spans) for one in matrices}
        return Scope(scan, tuple(matrices), visible, weights, parts)

    def _completed(
        self, scope: Scope, asked: Sequence[Mapping[Modality, Asked]] = (), places: Iterable[tuple[str, Span]] = ()
    ) -> Scope:
        """Return where a search goes on, with the vectors that it needs: those of a server library are fetched."""
        matrices = {matrix.space.modality: matrix for matrix in scope.matrices}
        searched = scope.scan.with_matrices(matrices)
        if self.vectors is None or searched.is_whole:
            return scope
        askings = [
            Asking(sense, whitened(matrices[sense], one.weights), one.terms)
            for step in asked
            for sense, one in step.items()
        ]
        with self.vectors() as store:
            scan = complete(searched, store, askings, places=places, visible=scope.visible)
        return replace(scope, scan=scan, matrices=tuple(scan.matrices[sense] for sense in matrices))

    def _examples(self, query: Query) -> list[tuple[str, Span]]:
        """Return the parts of recordings that say what is asked for: a place, and what was marked."""
        places = [(mark.recording_id, mark.span) for one in _in_order(query) for mark in self._marks(one)]
        if query.like is not None:
            time_s = query.like.time_s
            places.append((query.like.recording_id, Span(time_s - EVENT_S, time_s + EVENT_S)))
        return places

    def _visible_spans(self, where: Where, scan: Scan) -> Mapping[str, tuple[Span, ...]] | None:
        recordings = [known.recording for known in self.catalog.recordings()]
        if unknown := (where.recording_ids or frozenset()) - {one.recording_id for one in recordings}:
            raise QueryError(f"no recording has the id {min(unknown)!r}; `egosearch recordings` lists them")
        spans = filtering.visible_spans(where, recordings)
        if spans is not None and noted.asks_notes(where):
            durations_s = {one.recording_id: one.duration_s for one in recordings}
            spans = said.common(spans, noted.around(noted.matching(self.catalog.notes(), where), durations_s))
        if spans is not None and where.said is not None:
            spans = said.common(spans, said.around(where.said, scan, self.catalog, self.vectors))
        return spans

    def _noted(self, query: Query, scan: Scan) -> list[Moment]:
        """Return the moments that a query's words find by their notes, the surest first."""
        found = noted.found_by(query, self.catalog.notes())
        if not found:
            return []
        spans = None if query.where == Where() else self._visible_spans(query.where, scan)
        seen = {note.note_id for note in noted.in_spans((note for note, _ in found), spans)}
        return self._as_moments([one for one in found if one[0].note_id in seen][:KEPT])

    def _listed(self, query: Query, scan: Scan) -> tuple[Moment, ...]:
        """Return what is noted as a query's conditions ask, the latest first."""
        where = replace(query.where, tags=None, noted=None)
        spans = None if where == Where() else self._visible_spans(where, scan)
        notes = noted.in_spans(noted.matching(self.catalog.notes(), query.where), spans)
        moments = self._as_moments((note, 1.0) for note in reversed(notes))
        timed_first = sorted(moments, key=lambda moment: moment.recorded_at is None)
        return tuple(noted.joined((), timed_first[: query.limit + KEPT])[: query.limit])

    def _as_moments(self, notes: Iterable[tuple[Note, float]]) -> list[Moment]:
        listed = list(notes)
        ids = {note.recording_id for note, _ in listed}
        known = {one.recording.recording_id: one.recording for one in self.catalog.recordings(ids)}
        return [
            moment_of(note, recording.path, recording.recorded_at, sure)
            for note, sure in listed
            if (recording := known.get(note.recording_id)) is not None
        ]

    def _marks(self, query: Query) -> list[Mark]:
        """Return what was marked for a query's text in its session, and is not too old to count."""
        if query.session is None or not query.text.strip():
            return []
        return fresh(self.catalog.marks(query=query.text, session=query.session), datetime.now(UTC))


def _in_order(query: Query) -> list[Query]:
    """Return a query's steps. What must not be there must not be there in any of them."""
    steps = [replace(query, text=text, image=None, sound=None, like=None) for text in query.then]
    return [query, *steps]


def _chains(query: Query, scope: Scope, steps: Sequence[Step]) -> list[Chain]:
    """Join the steps, without the example that more are wanted of."""
    ranked = [step.ranked for step in steps]
    if query.like is not None and scope.matrices:
        place_s = scope.scan.origins_s[query.like.recording_id] + query.like.time_s
        there = list(sources(query.like, scope.scan, scope.matrices).values())
        ranked[0] = [one for one in ranked[0] if not is_itself(one, place_s, there)]
    if query.within_s is None:
        return single(ranked[0])
    ranked = [found[:KEPT] for found in ranked]
    recordings = [step.recordings(found, scope.scan) for step, found in zip(steps, ranked, strict=True)]
    return chained(ranked, recordings, query.within_s)


def check(query: Query) -> None:
    """Refuse what cannot be answered.

    Raises:
        QueryError: Says what is wrong and what to do.
    """
    has_example = query.image is not None or query.sound is not None or query.like is not None
    if query.text.strip() or not (has_example or noted.lists_notes(query)):
        _check_text(query.text, "the query", "say what you heard or saw, for example: the timer went off")
    for text in query.without:
        _check_text(text, "what must not be there (--not)", "say what it is, or leave the option out")
    for text in query.then:
        _check_text(text, "what follows (--then)", "say what it is, or leave the option out")
    if query.then and query.within_s is None:
        raise QueryError("what follows (--then) needs a time; say within how many seconds: --within 30")
    if query.within_s is not None and not query.then:
        raise QueryError("a time (--within) needs something that follows; say what: --then TEXT")
    if query.within_s is not None and not (isfinite(query.within_s) and query.within_s > 0):
        raise QueryError(f"nothing follows within {query.within_s:g} s; name a number of seconds above 0: --within 30")
    if query.modalities is not None and not query.modalities:
        raise QueryError("no sense is named to search with; name one, or leave it to the library")
    if query.limit < 1:
        raise QueryError(f"the limit is {query.limit}; ask for at least 1 moment")
    if query.min_confidence is not None and not 0 <= query.min_confidence <= 1:
        raise QueryError(f"the minimum confidence is {query.min_confidence}; it lies between 0 and 1")
    if query.like is not None and not isfinite(query.like.time_s):
        raise QueryError(f"{query.like.time_s} is not a time; name seconds from the recording's start")
    for sense, weight in query.weights.items():
        if not (isfinite(weight) and weight >= 0):
            raise QueryError(f"the weight of {sense} is {weight:g}; name a number from 0, 1 being usual")
    filtering.check(query.where)


def _check_text(text: str, name: str, remedy: str) -> None:
    if not text.strip():
        raise QueryError(f"{name} is empty; {remedy}")
    if any(0xD800 <= ord(char) <= 0xDFFF for char in text):  # what Python makes of bytes that are no UTF-8
        raise QueryError(f"{name} holds bytes that are no text; type it again, in UTF-8")
    if len(text) > MAX_TEXT:
        raise QueryError(f"{name} has {len(text)} characters, {MAX_TEXT} are the most; ask for one moment")


def _chosen(query: Query, scan: Scan) -> list[SpaceMatrix]:
    """Return the senses to search: those asked for, or all, without those of no weight."""
    wanted = frozenset(scan.matrices) if query.modalities is None else query.modalities
    has = ", ".join(sorted(scan.matrices)) or "nothing yet"
    if missing := sorted(wanted - scan.matrices.keys()):
        raise QueryError(f"this library has no {missing[0]} to search, it has {has}; leave out --modality {missing[0]}")
    if scan.matrices and (missing := sorted(query.weights.keys() - scan.matrices.keys())):
        raise QueryError(f"this library has no {missing[0]} to weigh, it has {has}; leave out its weight")
    chosen = [scan.matrices[sense] for sense in _sorted(wanted, scan) if query.weights.get(sense, 1.0) > 0]
    if wanted and not chosen:
        raise QueryError("no sense that is searched has any weight; give one of them a weight above 0")
    return chosen


def _sorted(senses: frozenset[Modality], scan: Scan) -> list[Modality]:
    return [sense for sense in scan.matrices if sense in senses]


def _never_surer_below(moments: list[Moment]) -> list[Moment]:
    """Keep a moment from being surer than one that is ranked above it.

    Rank counts both senses and confidence the leading one. Without this, ten moments are ten chances for a false alarm:
    on the bench 15 % of absent things were answered instead of 5 %.
    """
    lowest = accumulate((moment.confidence for moment in moments), min)
    return [replace(moment, confidence=sure) for moment, sure in zip(moments, lowest, strict=True)]
