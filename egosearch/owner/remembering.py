"""Days for whoever wants one: asked of the library's owner, or looked up here."""

from abc import abstractmethod
from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any, TypeVar

from egosearch.day.neighbours import Neighbouring
from egosearch.day.types import HIGHLIGHTS, Day
from egosearch.owner.connection import Connection

if TYPE_CHECKING:
    from egosearch.library import Library

T = TypeVar("T")


class SharedRemembering(Neighbouring):
    """The part of `SharedLibrary` that looks at days."""

    @abstractmethod
    def _do(self, here: "Callable[[Library], T]", there: Callable[[Connection], Any]) -> T:
        """Do one thing with the library, or have its owner do it; `SharedLibrary` does."""

    def day(self, date: date, *, limit: int = HIGHLIGHTS) -> Day:
        return self._do(
            lambda library: library.day(date, limit=limit), lambda owner: owner.ask("day", date=date, limit=limit)
        )
