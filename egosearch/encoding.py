"""Which encoders an indexing run works with, and when searches go over to another. Decides, changes nothing.

A library keeps a space for each encoder that was ever asked for, until it is dropped, and indexes new recordings into
all of them: none falls behind unnoticed. Searches use one of each sense, the default. `egosearch.toml` names the
encoders that searches are to use; the catalogue says which spaces they use now. The two differ while a library is
encoded anew, because a newer version of an encoder makes another space, or because somebody edited the file: the old
space stays the default until an indexing run has brought the new one as far.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from egosearch.config import USUAL
from egosearch.coverage import Coverage
from egosearch.errors import EncoderError
from egosearch.spaces import Kept
from indexers.slices import EncoderChoice, Plan
from indexers.types import EmbeddingSpace, Modality, Recording

Names = Mapping[Modality, str]
"""Encoders by sense."""


def configured_with(asked: Names, configured: Names, kept: Kept) -> dict[Modality, str]:
    """Return the encoders that searches are to use once a run has begun: a sense keeps its first one.

    Args:
        asked: For this run; may be empty.
        configured: What `egosearch.toml` says.
        kept: What the library has; nothing, where it is new.
    """
    if not kept.spaces:
        return dict(asked or configured or USUAL)
    searched = {space.modality: space.model for space in kept.encoded if space.id in kept.default_ids}
    first = {sense: name for sense, name in asked.items() if sense not in searched}
    return {**searched, **configured, **first}


def plan_for(asked: Names, configured: Names, kept: Kept) -> Plan:
    """Return the encoders of a run: those that searches are to use, those that are kept, and those asked for.

    Args:
        asked: As above.
        configured: What `configured_with` returned.
        kept: As above.

    Raises:
        EncoderError: One is unknown, or its package or weights are missing.
    """
    models = [(space.modality, space.model) for space in kept.encoded]
    names = dict.fromkeys([*configured.items(), *models, *asked.items()])
    spaces: dict[EmbeddingSpace, EncoderChoice] = {}
    for sense, name in names:
        choice = EncoderChoice(sense, name)
        try:
            space = choice.load().space
        except EncoderError as error:
            if (sense, name) not in models or asked.get(sense) == name:
                raise
            raise EncoderError(
                f"{error}; this library is indexed with {name} for {sense}, until"
                f" `egosearch spaces drop {sense}={name}` gives that up"
            ) from error
        spaces.setdefault(space, choice)  # two names may mean one space
    return Plan(tuple(sorted(spaces.values(), key=lambda choice: choice.modality)))


@dataclass(frozen=True)
class Settlement:
    """What an indexing run means for searches."""

    adopted: tuple[EmbeddingSpace, ...]
    """To be used from now on, each instead of another one of its sense."""
    behind: tuple[EmbeddingSpace, ...]
    """To be used once they have all that the ones in use have."""
    beside: tuple[EmbeddingSpace, ...]
    """Asked for, and not to be used."""


def settle(
    asked: Names, configured: Names, kept: Kept, coverage: Coverage, present: Collection[Recording]
) -> Settlement:
    """Say which spaces searches go over to after a run.

    Args:
        asked: For the run.
        configured: What searches are to use.
        kept: What the library has now.
        coverage: How much of it.
        present: The recordings whose files are there: no run can index the others with another encoder.
    """
    wanted = [space for space in _made_by(configured, kept) if space.id not in kept.default_ids]
    adopted = tuple(space for space in wanted if _has_caught_up(space, kept.default(space.modality), coverage, present))
    behind = tuple(space for space in wanted if space not in adopted)
    beside = [space for space in _made_by(asked, kept) if space.id not in kept.default_ids and space not in wanted]
    return Settlement(adopted, behind, tuple(beside))


def _made_by(names: Names, kept: Kept) -> list[EmbeddingSpace]:
    """Return the spaces that today's encoders of these names make, those that the library has."""
    made = (EncoderChoice(sense, name).load().space for sense, name in sorted(names.items()))
    return [space for space in made if space in kept.spaces]


def _has_caught_up(
    space: EmbeddingSpace, used: EmbeddingSpace | None, coverage: Coverage, present: Collection[Recording]
) -> bool:
    """Whether a space has every slice of the present recordings that the one in use has."""
    return used is None or all(
        coverage.of(one.recording_id, used).keys() <= coverage.of(one.recording_id, space).keys() for one in present
    )
