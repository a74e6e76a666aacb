"""Saved queries for whoever wants them: kept by the owner, or here."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from egosearch.owner.connection import Connection
from egosearch.saved.types import SavedQuery

if TYPE_CHECKING:
    from egosearch.library import Library

T = TypeVar("T")


class SharedSaving(ABC):
    """The part of `SharedLibrary` that keeps queries."""

    @abstractmethod
    def _do(self, here: "Callable[[Library], T]", there: Callable[[Connection], Any]) -> T:
        """Do one thing with the library, or have its owner do it; `SharedLibrary` does."""

    def save_query(self, name: str, line: str, *, replace: bool = False) -> SavedQuery:
        return self._do(
            lambda library: library.save_query(name, line, replace=replace),
            lambda owner: owner.ask("save_query", name=name, line=line, replace=replace),
        )

    def saved_queries(self) -> list[SavedQuery]:
        return self._do(lambda library: library.saved_queries(), lambda owner: owner.ask("saved_queries"))

    def unsave_query(self, name: str) -> SavedQuery | None:
        return self._do(lambda library: library.unsave_query(name), lambda owner: owner.ask("unsave_query", name=name))
