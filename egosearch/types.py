"""What a library takes and gives: frozen values, the same for the command line, the browser and Python."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from pathlib import Path
from typing import Literal

from egosearch.notes.types import Note
from indexers.facts import Modality, Span, Word

Fusion = Literal["calibrated", "rrf"]


@dataclass(frozen=True)
class Where:
    """Which parts of the library may answer. Every condition that is set must hold; None asks nothing.

    A time without a zone is wall-clock time at the place of the recording, as people remember it; a time with one is an
    instant.
    """

    recording_ids: frozenset[str] | None = None
    folder: Path | None = None
    """Only recordings in this folder or below it."""
    since: datetime | None = None
    until: datetime | None = None
    """Up to, not including."""
    between: tuple[time, time] | None = None
    """A time of day, from and to (not included); over midnight where the second is the earlier one."""
    said: str | None = None
    """Only around where these words are said: all of them in one utterance, in any order and form; words in quotation
    marks exactly so. `egosearch.query.said` says how far around."""
    tags: frozenset[str] | None = None
    """Only around what is noted with any of these tags."""
    noted: str | None = None
    """Only around what is noted with all of these words, in its text or tags; words as in `said`."""


@dataclass(frozen=True)
class Place:
    """A point in a recording."""

    recording_id: str
    time_s: float


@dataclass(frozen=True)
class Query:
    """What is asked: in words, by example, or both.

    Raises:
        QueryError: (when searched) nothing is asked, a text is empty or too long, or a number is out of range.
    """

    text: str = ""
    limit: int = 10
    """At most this many moments."""
    min_confidence: float | None = None
    """Moments below it are left out; None for the library's threshold, which keeps absent things unanswered."""
    modalities: frozenset[Modality] | None = None
    """Senses to search; None for all that the library has."""
    fusion: Fusion = "calibrated"
    """`rrf` is plain reciprocal rank fusion: the baseline to compare with."""
    image: Path | None = None
    """A picture that shows what is looked for."""
    sound: Path | None = None
    """A file that sounds like what is listened for."""
    like: Place | None = None
    """A moment of the library that more are wanted of; it is not among the answers itself."""
    without: tuple[str, ...] = ()
    """What must not be there in any of the steps, each in words."""
    then: tuple[str, ...] = ()
    """What follows, in order, each in words; `within_s` says how soon."""
    within_s: float | None = None
    """At most so many seconds from the end of one step to the start of the next."""
    weights: Mapping[Modality, float] = field(default_factory=dict)
    """How much a sense counts besides what is measured: 1 where it is not named, 0 for not at all."""
    where: Where = Where()
    session: str | None = None
    """Moments marked right or wrong under this name refine the search; None for none."""
    encoders: Mapping[Modality, str] = field(default_factory=dict)
    """Another of the library's encoders for a sense than the one that searches use, by name or by its space's id."""


@dataclass(frozen=True)
class Parts:
    """Parts of the query engine, to be switched off one by one: what makes no difference has no place in it."""

    calibration: bool = True
    """Scores are measured against the library's background; off, they are raw similarities."""
    trust: bool = True
    """The signal's quality, and how well a sense can express the query, weigh the evidence."""
    lag: bool = True
    """Evidence of the other sense counts from seconds away; off, only where the two overlap."""
    support: bool = True
    """Evidence of the other sense counts at all; off, every candidate stands for itself."""
    grouping: bool = True
    """Windows that belong together are one moment; off, every window is one."""
    edges: bool = True
    """Sounds begin and end where the level says; off, where windows do."""
    meaning: bool = True
    """What is said counts by its meaning; off, by its very words only."""
    words: bool = True
    """What is said counts by its very words; off, by its meaning only."""
    notes: bool = True
    """Moments are also found by what somebody noted of them; off, by the senses alone."""


ALL_PARTS = Parts()


@dataclass(frozen=True)
class Mark:
    """A moment that somebody judged to be what a query asked for, or not."""

    query: str
    """The query's text."""
    recording_id: str
    span: Span
    is_right: bool
    session: str
    """The search session it was made in; empty for none."""
    marked_at: datetime


@dataclass(frozen=True)
class Evidence:
    """Why a moment was found: what one sense has to say."""

    modality: Modality
    span: Span
    """Where the sense has it; may lie seconds beside the moment's other sense."""
    similarity: float
    """How strongly what was asked is there, in [0, 1] for concepts: raw, comparable within one space and query."""
    score: float
    """How far that stands out from the rest of this library, trust in the signal included: below 1 is little, 2 is
    clear. `egosearch.query.curves` has the formula."""
    trust: float
    """In [0, 1]: how clear the sound or picture is there, times how well the sense can express the query at all."""
    lag_s: float
    """Seconds from the moment's leading evidence to this one; negative if it came before, 0 for the leading one."""
    words: tuple[str, ...]
    """The concepts heard or seen, strongest first; of speech one text, what is said, shortened around `hits`."""
    step: int = 0
    """What of a sequence it is evidence of: 0 for the query itself, 1 for what follows first, and so on; `lag_s` counts
    from the leading evidence of the same step."""
    hits: tuple[Word, ...] = ()
    """Of speech, the words said there that were asked for, in time order; times count from the recording's start."""


@dataclass(frozen=True)
class Moment:
    """An answer: where, from when to when, how sure, and why."""

    recording_id: str
    path: Path
    span: Span
    recorded_at: datetime | None
    """Wall-clock time of the moment's start; None where the recording has none."""
    score: float
    """Orders the moments of one answer; not comparable between queries."""
    confidence: float
    """Probability that this is what was asked for, in [0, 1]; comparable between queries."""
    evidence: tuple[Evidence, ...]
    """Leading evidence first; empty where only a note tells of it."""
    notes: tuple[Note, ...] = ()
    """What is noted there and made it an answer."""


@dataclass(frozen=True)
class Curve:
    """One sense's score along a recording, for drawing: `scores[i]` belongs to `times_s[i]`."""

    times_s: tuple[float, ...]
    scores: tuple[float, ...]


@dataclass(frozen=True)
class Answer:
    """What a search returns."""

    query: Query
    moments: tuple[Moment, ...]
    """Best first; empty where nothing matches."""
    near_misses: tuple[Moment, ...] = ()
    """Where nothing matches: the best that fell below the threshold."""

    @property
    def matched(self) -> bool:
        """Whether anything in the library matches."""
        return bool(self.moments)


@dataclass(frozen=True)
class RecordingSummary:
    """A recording as the library lists it."""

    recording_id: str
    path: Path
    duration_s: float
    size_bytes: int
    recorded_at: datetime | None
    device: str | None
    has_sound: bool
    has_pictures: bool
    indexed_s: float
    """Seconds covered by committed slices; less than the duration where indexing was interrupted."""
    is_present: bool
    """Whether the file is still where it was."""


@dataclass(frozen=True)
class SpaceSummary:
    """What one encoder has indexed, as the library lists it."""

    space_id: str
    modality: Modality
    model: str
    """The encoder's name; `bm25` for what is said word by word, which goes with the encoder of speech."""
    dim: int
    layout: Literal["dense", "sparse"]
    recordings: int
    """Recordings of which anything is indexed."""
    indexed_s: float
    """Seconds of them that are indexed."""
    windows: int
    size_bytes: int | None
    """Of the vectors on the disk; None where they are on a server."""
    is_default: bool
    """Whether searches use it."""


@dataclass(frozen=True)
class LibraryStats:
    """How much a library holds, and where the bytes are."""

    recordings: int
    duration_s: float
    windows: Mapping[Modality, int]
    failures: int
    bytes_by_part: Mapping[str, int]
    """Bytes on disk: `catalogue`, `vectors`, `scan`, `other`."""
    bytes_by_space: Mapping[str, int] = field(default_factory=dict)
    """Of these, vectors and search cache of each space, by its sense and encoder: "audio concepts"."""
    fixed_bytes: int = 0
    """Of all bytes, about what was there from the first recording on and does not grow."""

    @property
    def size_bytes(self) -> int:
        """All parts together."""
        return sum(self.bytes_by_part.values())

    @property
    def growth_bytes(self) -> float:
        """By how much the library grows with each hour of recording; 0 for an empty one."""
        grown = max(0, self.size_bytes - self.fixed_bytes)
        return grown / self.duration_s * 3600 if self.duration_s > 0 else 0.0
