"""Notes in a search: as a filter, and as moments of their own.

As a filter they say where to look: around what has one of the tags and all of the words, up to `AROUND_S` before and
after, as `--said` does. As moments they are found by a query's words. A note that has a share of them scores

    share      = stems of the query that are in the note's text or tags  /  stems of the query
    confidence = share, where that is ENOUGH or more; else the note is not found

Stems are those of what is said (`indexers.lexical`), without stop words and without "the part where she mentions"; of
a query with words in quotation marks only those count. A note is somebody's own words about the very moment, which no
sense can outdo: with all of a query in it, it is first. Where words are missing, moments that a sense is surer of come
before it.

Worked example: "when we cut Anna's birthday cake" asks for cut, anna, birthday and cake. A note "Anna's birthday cake"
has three of the four: confidence 0.75. A note "cake" has a quarter and is not found by it.

Source of ENOUGH: of two words both, of three two. With a half, "red car" would find every note of something red.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from egosearch.errors import QueryError
from egosearch.notes.types import Note, tags_of
from egosearch.notes.writing import clean_tag
from egosearch.query.intervals import temporal_iou
from egosearch.query.said import AROUND_S
from egosearch.query.speaking import terms_of
from egosearch.query.stretches import merged, widened
from egosearch.query.visibility import SHARE
from egosearch.query.wanted import Wanted
from egosearch.query.wordhits import asked_stems, stems_in
from egosearch.types import Moment, Query, Where
from indexers.types import Span

ENOUGH = 2 / 3
"""Least share of a query's words by which a note is found."""
SAME_ABOVE_IOU = 0.3
"""From here on a note and a moment of the senses are one, as two moments are in `intervals.suppress`."""
MOST_NAMED = 10
"""Tags told to who has named another."""
_ROUNDING_S = 1e-6


def asks_notes(where: Where) -> bool:
    """Whether a filter has conditions about notes."""
    return where.tags is not None or where.noted is not None


def lists_notes(query: Query) -> bool:
    """Whether a query has conditions about notes and asks for nothing else, so that the notes are the answer."""
    has_example = query.image is not None or query.sound is not None or query.like is not None
    is_empty = not (query.text.strip() or has_example or query.then or query.without)
    return is_empty and asks_notes(query.where)


def matching(notes: Sequence[Note], where: Where) -> list[Note]:
    """Return the notes that have any of the tags that a filter names, and all of its words.

    Raises:
        QueryError: No note has one of the tags, a tag is none, or there is no word in what must be noted.
    """
    tags = None if where.tags is None else frozenset(map(clean_tag, where.tags))
    if tags is not None and (unknown := tags - set(tags_of(notes))):
        raise QueryError(_no_such(min(unknown), notes))
    wanted = None if where.noted is None else Wanted.of(where.noted, "noted")
    return [
        note
        for note in notes
        if (tags is None or not tags.isdisjoint(note.tags)) and (wanted is None or wanted.is_in(note.words))
    ]


def in_spans(notes: Iterable[Note], spans: Mapping[str, tuple[Span, ...]] | None) -> list[Note]:
    """Return the notes that may answer: half of each or more lies in visible spans, as of windows (`visibility`).

    Args:
        notes: Any.
        spans: By recording, ascending and disjoint, as `filtering.visible_spans` gives them; None for everywhere.
    """
    if spans is None:
        return list(notes)
    return [one for one in notes if _passes(one.span, spans.get(one.recording_id, ()))]


def around(notes: Iterable[Note], durations_s: Mapping[str, float]) -> dict[str, tuple[Span, ...]]:
    """Return where in which recordings the notes are, and `AROUND_S` around: ascending, disjoint spans.

    Args:
        notes: Any.
        durations_s: Of the recordings that are searched; others are left out.
    """
    noted: dict[str, list[tuple[float, float]]] = {}
    for note in notes:
        if note.recording_id in durations_s:
            noted.setdefault(note.recording_id, []).append((note.span.start_s, note.span.end_s))
    spans = {}
    for recording_id, found in noted.items():
        until_s = durations_s[recording_id]
        reached = merged(widened(np.array(found, np.float64), AROUND_S)).tolist()
        spans[recording_id] = tuple(Span(max(0.0, a), min(until_s, b)) for a, b in reached if a < until_s)
    return spans


def found_by(query: Query, notes: Iterable[Note]) -> list[tuple[Note, float]]:
    """Return the notes that a query's words find, each with its confidence, the surest first.

    Sequences, examples and searches with certain senses find none: a note says nothing of what follows, and is no
    sense. Nor is one found that has what must not be there.
    """
    if query.then or query.modalities is not None or not query.text.strip():
        return []
    asked = asked_stems(terms_of(query.text).numbers.tolist())
    unwanted = [stems for text in query.without if (stems := stems_in(text))]
    found = []
    for note in notes:
        has = stems_in(note.words)
        share = len(asked & has) / len(asked) if asked else 0.0
        if share >= ENOUGH and not any(stems <= has for stems in unwanted):
            found.append((note, share))
    return sorted(found, key=lambda one: -one[1])


def joined(found: Sequence[Moment], noted: Sequence[Moment]) -> list[Moment]:
    """Put noted moments among those that the senses found, by confidence.

    Where both are about the same, the surer one keeps its span, and has the other's notes or evidence too.

    Args:
        found: Best first, none surer than the one before it.
        noted: Without evidence, each with its notes.

    Returns:
        Best first; of equals the noted ones first, else in the order they had. A noted moment's score is no lower than
        that of any below it.
    """
    if not noted:
        return list(found)
    ranked = [*((one, True) for one in noted), *((one, False) for one in found)]
    kept: list[tuple[Moment, bool]] = []
    for one, is_noted in sorted(ranked, key=lambda pair: -pair[0].confidence):
        place = next((at for at, other in enumerate(kept) if _are_same((one, is_noted), other)), None)
        if place is None:
            kept.append((one, is_noted))
        else:
            better, was_noted = kept[place]
            notes = tuple(dict.fromkeys((*better.notes, *one.notes)))
            kept[place] = replace(better, notes=notes, evidence=better.evidence or one.evidence), was_noted
    least = 0.0
    moments: list[Moment] = []
    for one, is_noted in reversed(kept):
        least = max(least, one.score)
        moments.append(replace(one, score=least) if is_noted else one)
    return moments[::-1]


def _are_same(one: tuple[Moment, bool], other: tuple[Moment, bool]) -> bool:
    """Whether two moments are about the same, of which one is noted at least; those of the senses are apart."""
    (a, a_is_noted), (b, b_is_noted) = one, other
    if a.recording_id != b.recording_id or not (a_is_noted or b_is_noted):
        return False
    if temporal_iou(a.span.start_s, a.span.end_s, b.span.start_s, b.span.end_s) > SAME_ABOVE_IOU:
        return True
    inner, outer = (a.span, b.span) if a_is_noted else (b.span, a.span)
    return a_is_noted != b_is_noted and outer.start_s <= inner.start_s and inner.end_s <= outer.end_s


def _passes(span: Span, spans: Iterable[Span]) -> bool:
    common_s = sum(max(0.0, min(span.end_s, one.end_s) - max(span.start_s, one.start_s)) for one in spans)
    return common_s > 0 and common_s >= SHARE * span.duration_s - _ROUNDING_S


def _no_such(tag: str, notes: Iterable[Note]) -> str:
    tags = tags_of(notes)
    if not tags:
        return f"nothing has the tag {tag!r}, or any; `egosearch note RECORDING@TIME --tag {tag}` tags a moment"
    named = ", ".join(tags[:MOST_NAMED]) + (", ..." if len(tags) > MOST_NAMED else "")
    return f"nothing has the tag {tag!r}; the tags are {named}"
