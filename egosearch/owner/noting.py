"""Notes for whoever wants them: kept by the owner, or here."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from egosearch.clips.types import Cut
from egosearch.notes.types import Note
from egosearch.owner.connection import Connection
from egosearch.owner.paths import from_anywhere
from egosearch.types import Moment, Place, Query, Where
from indexers.facts import Span

if TYPE_CHECKING:
    from egosearch.library import Library

T = TypeVar("T")


class SharedNoting(ABC):
    """The part of `SharedLibrary` that keeps notes."""

    @abstractmethod
    def _do(self, here: "Callable[[Library], T]", there: Callable[[Connection], Any]) -> T:
        """Do one thing with the library, or have its owner do it; `SharedLibrary` does."""

    def note(
        self, what: Moment | Cut | Place, text: str = "", tags: Iterable[str] = (), *, length_s: float | None = None
    ) -> Note:
        given = list(tags)
        return self._do(
            lambda library: library.note(what, text, given, length_s=length_s),
            lambda owner: owner.ask("note", what=what, text=text, tags=given, length_s=length_s),
        )

    def notes(self, where: Where | None = None, within: Span | None = None) -> list[Note]:
        asked = None if where is None else from_anywhere(Query(where=where)).where
        return self._do(
            lambda library: library.notes(where, within),
            lambda owner: owner.ask("notes", where=asked, within=within),
        )

    def unnote(self, note_ids: Sequence[str]) -> list[Note]:
        given = list(note_ids)
        return self._do(lambda library: library.unnote(given), lambda owner: owner.ask("unnote", note_ids=given))
