"""The catalogue by itself: rows that belong to nothing, and slices that lack windows."""

from collections.abc import Iterator
from itertools import groupby

from egosearch.indexing.survey import is_present
from egosearch.integrity.problems import Checked, Problem, making_anew, sense_of
from egosearch.integrity.types import Finding, Kind
from egosearch.stores import VectorStore


def check_rows(library: Checked) -> Iterator[Problem]:
    """Yield what is wrong with the catalogue's rows."""
    strays = library.catalog.strays()

    def drop_strays(_: VectorStore) -> tuple[()]:
        library.catalog.drop_strays()
        return ()

    for table, count in strays.items():
        remedy = "`egosearch verify --repair` deletes them: what they belong to is gone"
        yield Problem(Finding(Kind.STRAY_ROWS, f"the table {table}", count, remedy), drop_strays)
    spaces = {space.id: space for space in library.catalog.spaces()}
    known = {one.recording.recording_id: one for one in library.catalog.recordings()}
    incomplete = [
        one
        for one in library.catalog.incomplete_slices()
        if one.recording_id in known and one.space_id in spaces  # else they are strays
    ]
    for (recording_id, space_id), group in groupby(incomplete, key=lambda one: (one.recording_id, one.space_id)):
        slices, recording = list(group), known[recording_id].recording
        is_there = is_present(known[recording_id])
        about, remedy = sense_of(recording, spaces[space_id]), making_anew(is_there=is_there)
        finding = Finding(Kind.INCOMPLETE_SLICES, about, len(slices), remedy)
        yield Problem(finding, library.dropping(slices) if is_there else None)
