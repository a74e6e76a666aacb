"""What checks share: the library in hand, and a problem, which is a finding with what mends it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from egosearch.catalog import Catalog
from egosearch.catalog.checks import SliceKey
from egosearch.config import Config, LibraryPaths
from egosearch.indexing.survey import is_present
from egosearch.integrity.types import Finding
from egosearch.stores import VectorStore
from indexers.lexical import MODEL as LEXICAL
from indexers.types import EmbeddingSpace, Recording

Mend = Callable[[VectorStore], Iterable[Path]]
"""Mends something, with the library's vectors at hand, and returns the files that are to be indexed again for it."""


@dataclass(frozen=True)
class Problem:
    """Something that is wrong."""

    finding: Finding
    mend: Mend | None = None
    """None where only a person can decide what is to be done."""


@dataclass(frozen=True)
class Checked:
    """The library that is checked, open, while nobody indexes into it."""

    paths: LibraryPaths
    config: Config
    catalog: Catalog
    deep: bool
    """Read every file's content, as far as it tells one recording from another."""

    def dropping(self, slices: Iterable[SliceKey]) -> Mend:
        """Return what forgets slices, so that they are made anew; see `_drop`."""
        doomed = list(slices)
        return lambda _: self._drop(doomed)

    def _drop(self, slices: Iterable[SliceKey]) -> list[Path]:
        """Forget slices whose files are there, so that they are made anew, and return these files.

        What is said is two spaces, its meaning and its words: one of them is never made without the other.
        """
        spaces = {space.id: space for space in self.catalog.spaces()}
        keys = set[SliceKey]()
        for one in slices:
            ids = _together(spaces, one.space_id)
            keys |= {SliceKey(one.recording_id, space_id, one.slice_index) for space_id in ids}
        known = self.catalog.recordings({one.recording_id for one in keys})
        there = {one.recording.recording_id: one.recording.path for one in known if is_present(one)}
        self.catalog.drop_slices(key for key in keys if key.recording_id in there)
        return sorted(there.values())


def sense_of(recording: Recording, space: EmbeddingSpace) -> str:
    """Name what an encoder has of a recording."""
    return f"{recording.path}: {space.modality} ({space.model})"


def making_anew(*, is_there: bool) -> str:
    """Say what to do about a part of a recording that is to be indexed again."""
    if is_there:
        return "`egosearch verify --repair` indexes that part of the recording again"
    return "bring the file back and repair, or give the recording up with `egosearch remove`"


def _together(spaces: dict[str, EmbeddingSpace], space_id: str) -> set[str]:
    space = spaces.get(space_id)
    meaning = space.weights_digest if space is not None and space.model == LEXICAL else space_id
    words = {one.id for one in spaces.values() if one.model == LEXICAL and one.weights_digest == meaning}
    return {space_id, meaning, *words} & spaces.keys()
