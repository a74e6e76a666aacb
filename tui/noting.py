"""What is noted about a moment, or about a place in a recording."""

import logging

from egosearch.errors import EgosearchError
from egosearch.notes.types import Note
from egosearch.notes.verbs import LENGTH_S
from egosearch.types import Moment, Place, Where
from indexers.types import Span
from tui.source import LibraryThread

log = logging.getLogger(__name__)


async def read_notes(asking: LibraryThread, spot: Moment | Place) -> tuple[Note, ...]:
    """Return the notes that overlap a moment, or what a note at a place would be about; none where none can be read."""
    span = spot.span if isinstance(spot, Moment) else Span(spot.time_s, spot.time_s + LENGTH_S)
    where = Where(recording_ids=frozenset({spot.recording_id}))
    try:
        return tuple(await asking.run(asking.library.notes, where, span))
    except EgosearchError as error:
        log.warning("no notes of %s (%s)", spot.recording_id, error)
        return ()
