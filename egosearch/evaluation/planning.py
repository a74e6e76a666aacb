"""Which labelled queries a library can be asked, and where: annotated names meet the library's recordings."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from egosearch.evaluation.annotations import Annotations, LabelledQuery, Target
from egosearch.types import RecordingSummary, Where
from indexers.types import Span

Scope = Literal["recording", "library"]
"""Where to search for the answer of a query that names a recording: there, as benchmarks do, or everywhere."""

NOT_THERE = "queries about recordings that are not in the library"
ABSENT_FROM_ONE = "queries absent from one recording, which says nothing of the whole library"


@dataclass(frozen=True)
class Question:
    """A labelled query as a library is asked it."""

    labelled: LabelledQuery
    relevant: tuple[Target, ...]
    """The right spans that the library has."""
    names: Mapping[str, str]
    """What the query calls the recordings that it speaks of, by id; `relevant` calls them so."""
    where: Where = field(default_factory=Where)
    within: Span | None = None
    """Only moments with their middle in here count; None for all."""
    clip_id: str | None = None
    """The recording that is nothing but the annotated part: its time begins where it was cut out. None where the
    library has the whole recording."""


@dataclass(frozen=True)
class Plan:
    """What is asked and what is not."""

    questions: tuple[Question, ...]
    named: int
    """How many recordings the annotations name."""
    missing: tuple[str, ...]
    """Those of them that the library does not have, or has several of, in alphabetical order."""
    left_out: Mapping[str, int]
    """How many queries are not asked, by reason."""
    file_names: Mapping[str, str]
    """By recording id: what to call the recordings that a query does not speak of."""


def plan(annotations: Annotations, recordings: Sequence[RecordingSummary], scope: Scope) -> Plan:
    """Find the recordings that the queries are about.

    A query is asked where a recording is there that holds one of its right spans; right spans in other recordings are
    not looked for. A query that is absent from one recording may be present in another, so it is asked of its recording
    only.
    """
    directory = _Directory(recordings)
    left_out, questions = Counter(annotations.left_out), []
    for labelled in annotations.queries:
        question = _question(labelled, directory)
        if question is None:
            left_out[NOT_THERE] += 1
        elif scope == "recording" or labelled.recording is None:
            questions.append(question)
        elif not labelled.is_present:
            left_out[ABSENT_FROM_ONE] += 1
        else:
            questions.append(replace(question, where=Where(), within=None))
    named, missing = len(directory.named), directory.missing()
    return Plan(tuple(questions), named, missing, dict(left_out), directory.file_names)


def _question(labelled: LabelledQuery, directory: "_Directory") -> Question | None:
    """Return the question, asked of the recording it names; None where that is not there."""
    cut = labelled.cut
    if cut is not None and (clip_id := directory.find_part(cut.recording)) is not None:
        names = {clip_id: labelled.recording or cut.recording}
        return Question(labelled, labelled.relevant, names, _only(clip_id), clip_id=clip_id)
    spoken_of = ([labelled.recording] if labelled.recording else []) + [right.recording for right in labelled.relevant]
    ids = {name: directory.find(name) for name in spoken_of}
    names = {recording_id: name for name, recording_id in reversed(ids.items()) if recording_id is not None}
    relevant = tuple(
        Target(names[recording_id], right.span)
        for right in labelled.relevant
        if (recording_id := ids[right.recording]) is not None
    )
    if labelled.is_present and not relevant:
        return None
    if labelled.recording is None:
        return Question(labelled, relevant, names)
    recording_id = ids[labelled.recording]
    if recording_id is None:
        return None
    return Question(labelled, relevant, names, _only(recording_id), cut.span if cut is not None else None)


def _only(recording_id: str) -> Where:
    return Where(recording_ids=frozenset({recording_id}))


class _Directory:
    """Recordings by every name that annotations use: id, path, file name, and file name without its extension."""

    def __init__(self, recordings: Sequence[RecordingSummary]) -> None:
        self.file_names = {one.recording_id: one.path.name for one in recordings}
        self._by_name: dict[str, set[str]] = defaultdict(set)
        for one in recordings:
            for name in {one.recording_id, str(one.path), one.path.name, one.path.stem}:
                self._by_name[name].add(one.recording_id)
        self.named: dict[str, str | None] = {}
        """The id of every recording that was looked for, by name; None where there is none, or several."""

    def find(self, name: str) -> str | None:
        """Return the id of the one recording with a name; None without exactly one."""
        if name not in self.named:
            found = sorted(self._by_name.get(name, ()))
            self.named[name] = found[0] if len(found) == 1 else None
        return self.named[name]

    def find_part(self, name: str) -> str | None:
        """Return the id of a recording that may be there instead of another: without it, nothing is missing."""
        return self.find(name) if name in self._by_name else None

    def missing(self) -> tuple[str, ...]:
        return tuple(sorted(name for name, recording_id in self.named.items() if recording_id is None))
