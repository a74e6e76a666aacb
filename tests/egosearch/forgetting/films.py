"""Two films, one of which is mostly forgotten, and what is asked of a library that has them."""

from egosearch.indexing.types import IndexOptions
from egosearch.library import Library
from egosearch.types import Where
from indexers.types import Modality, Span
from tests.media import BLUE, GREEN, RED, RecordingOptions, Tone

BEGAN = "2026-11-20T18:00:00Z"
KITCHEN = RecordingOptions(
    seconds=12,
    colours=(*[RED] * 4, *[BLUE] * 4, *[GREEN] * 4),
    tones=(Tone(1, 2, 200), Tone(5, 6, 1200), Tone(9, 10, 400)),
    metadata={"creation_time": BEGAN},
)
HALL = RecordingOptions(seconds=6, colours=(RED,), tones=(Tone(2, 3, 200),))
TOY = IndexOptions(encoders={Modality.VISUAL: "toy", Modality.SPEECH: "toy"}, jobs=1)
MIDDLE = Span(4.0, 8.0)


def id_of(library: Library, name: str) -> str:
    return library.find(name).recording_id


def only(library: Library, name: str) -> Where:
    return Where(recording_ids=frozenset({id_of(library, name)}))


def found(library: Library, text: str) -> list[tuple[str, float]]:
    seen = library.search(text, limit=50, min_confidence=0, modalities=["visual"])
    return [(one.path.name, one.span.start_s) for one in seen]


def windows(library: Library) -> list[tuple[str, str, float, float]]:
    """Return the recording, space, start and end of all of them."""
    with library._catalog._cursor() as cursor:
        return cursor.execute("SELECT recording_id, space_id, start_s, end_s FROM windows ORDER BY ALL").fetchall()
