"""Searching: the verbs of `Library` that put a `Query` together from what a caller has at hand, and ask it."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from egosearch.errors import QueryError
from egosearch.types import ALL_PARTS, Answer, Fusion, Moment, Parts, Place, Query, Where
from indexers.facts import Modality


class Searching(ABC):
    """The part of `Library` that searches."""

    @abstractmethod
    def answer(self, query: Query, *, parts: Parts = ALL_PARTS) -> Answer:
        """Return what matches; `Library` does."""

    def search(
        self,
        text: str = "",
        *,
        image: Path | str | None = None,
        sound: Path | str | None = None,
        without: Sequence[str] | str = (),
        then: Sequence[str] | str = (),
        within_s: float | None = None,
        where: Where | None = None,
        limit: int = 10,
        min_confidence: float | None = None,
        modalities: Iterable[Modality | str] | None = None,
        weights: Mapping[Modality | str, float] | None = None,
        fusion: Fusion = "calibrated",
        session: str | None = None,
        encoders: Mapping[Modality | str, str] | None = None,
    ) -> list[Moment]:
        """Return the moments that match a text, an example, or both, best first; empty where nothing does.

        `Query` says what each of these means; `answer` takes one, and also says what came near.

        Raises:
            QueryError: Nothing is asked, a text is empty or too long, a number is out of range, a sense or a recording
                is not in the library, or an example cannot be read.
        """
        query = Query(
            text,
            limit=limit,
            min_confidence=min_confidence,
            modalities=_senses(modalities),
            fusion=fusion,
            image=None if image is None else Path(image),
            sound=None if sound is None else Path(sound),
            without=_texts(without),
            then=_texts(then),
            within_s=within_s,
            weights={_sense(sense): weight for sense, weight in (weights or {}).items()},
            where=where or Where(),
            session=session,
            encoders={_sense(sense): name for sense, name in (encoders or {}).items()},
        )
        return list(self.answer(query).moments)

    def similar(
        self,
        place: Moment | Place,
        *,
        modalities: Iterable[Modality | str] | None = None,
        where: Where | None = None,
        limit: int = 10,
        min_confidence: float | None = None,
    ) -> list[Moment]:
        """Return the moments that are like one of the library, best first; it is not among them itself.

        Args:
            place: The moment, or a place in it; of a moment its leading evidence is what the others are to be like.
            modalities: By which senses; None for all that have something there.
            where: Which parts of the library may answer.
            limit: At most so many.
            min_confidence: None for the library's threshold.

        Raises:
            QueryError: There is no such place, or nothing of what is searched is indexed there.
        """
        query = Query(
            like=_middle(place) if isinstance(place, Moment) else place,
            modalities=_senses(modalities),
            where=where or Where(),
            limit=limit,
            min_confidence=min_confidence,
        )
        return list(self.answer(query).moments)


def _middle(moment: Moment) -> Place:
    span = moment.evidence[0].span if moment.evidence else moment.span
    return Place(moment.recording_id, (span.start_s + span.end_s) / 2)


def _texts(texts: Sequence[str] | str) -> tuple[str, ...]:
    return (texts,) if isinstance(texts, str) else tuple(texts)


def _senses(names: Iterable[Modality | str] | None) -> frozenset[Modality] | None:
    return None if names is None else frozenset(_sense(name) for name in names)


def _sense(name: Modality | str) -> Modality:
    try:
        return Modality(name)
    except ValueError as error:
        raise QueryError(f"{error}; the senses are {', '.join(Modality)}") from error
