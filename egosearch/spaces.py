"""The spaces that a library keeps, and what a person means who names one. Which it is to have: `egosearch.encoding`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from egosearch.coverage import Coverage
from egosearch.errors import LibraryError
from egosearch.types import SpaceSummary
from indexers.lexical import MODEL as LEXICAL
from indexers.types import EmbeddingSpace, Modality

SHORTEST_ID_PREFIX = 4
"""Fewer digits of a space's id are not taken for one."""


@dataclass(frozen=True)
class Kept:
    """The spaces of a library, oldest first, and which of them searches use."""

    spaces: tuple[EmbeddingSpace, ...]
    default_ids: frozenset[str]

    @property
    def encoded(self) -> tuple[EmbeddingSpace, ...]:
        """Those that an encoder of their name makes: all but the words of what is said."""
        return tuple(space for space in self.spaces if space.model != LEXICAL)

    def default(self, sense: Modality) -> EmbeddingSpace | None:
        """Return the space that searches use for a sense."""
        found = (space for space in self.encoded if space.modality is sense and space.id in self.default_ids)
        return next(found, None)

    def together(self, space: EmbeddingSpace) -> frozenset[str]:
        """Return the ids of a space and of what goes with it: with what is said, its words."""
        words = {one.id for one in self.spaces if one.model == LEXICAL and one.weights_digest == space.id}
        return frozenset({space.id, *words})

    def named(self, text: str) -> EmbeddingSpace:
        """Return the space that a person means: by the first digits of its id, MODEL, or SENSE=MODEL.

        Of the words of what is said, it is the space that they go with.

        Raises:
            LibraryError: None is called so, or several are.
        """
        sense, has_sense, model = text.partition("=")
        if has_sense and sense in set(Modality):
            called = [space for space in self.spaces if space.modality == sense and _is_called(space, model)]
        else:
            called = [space for space in self.spaces if _is_called(space, text)]
        meant = {space.weights_digest if space.model == LEXICAL else space.id for space in called}
        found = [space for space in self.encoded if space.id in meant]
        if not found:
            raise LibraryError(f"no space of this library is called {text!r}; `egosearch spaces` lists them")
        if len(found) > 1:
            names = ", ".join(f"{space.id} for {space.modality}" for space in found)
            raise LibraryError(f"{text!r} are {len(found)} spaces of this library ({names}); name one by its id")
        return found[0]

    def others(self, space: EmbeddingSpace) -> list[EmbeddingSpace]:
        """Return the other spaces of a space's sense."""
        return [one for one in self.encoded if one.modality is space.modality and one != space]


def summaries(kept: Kept, coverage: Coverage, bytes_of: Mapping[str, int] | None) -> list[SpaceSummary]:
    """Return the spaces as the library lists them: by sense, and the default first.

    Args:
        kept: The spaces.
        coverage: What is committed.
        bytes_of: What the vectors of each take on the disk, by id; None where they are on a server.
    """
    found = []
    for space in kept.spaces:
        by_recording = [
            pieces.values() for (_, space_id), pieces in coverage.committed.items() if space_id == space.id and pieces
        ]
        pieces = [piece for of_one in by_recording for piece in of_one]
        found.append(
            SpaceSummary(
                space_id=space.id,
                modality=space.modality,
                model=space.model,
                dim=space.dim,
                layout=space.layout,
                recordings=len(by_recording),
                indexed_s=sum(piece.duration_s for piece in pieces),
                windows=sum(piece.windows for piece in pieces),
                size_bytes=None if bytes_of is None else bytes_of.get(space.id, 0),
                is_default=space.id in kept.default_ids,
            )
        )
    return sorted(found, key=lambda one: (one.modality, not one.is_default, one.model == LEXICAL))


def named_models(spaces: Sequence[EmbeddingSpace]) -> str:
    """Return the models of spaces for a sentence; versions of one model are told apart by their ids."""
    models = [space.model for space in spaces]
    return ", ".join(
        f"{space.model} ({space.id})" if models.count(space.model) > 1 else space.model for space in spaces
    )


def _is_called(space: EmbeddingSpace, text: str) -> bool:
    return space.model == text or (len(text) >= SHORTEST_ID_PREFIX and space.id.startswith(text.lower()))
