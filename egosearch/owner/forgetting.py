"""Forgetting for whoever wants it: looked up through the owner, and done where no other process has the library.

What is forgotten is to be gone from the disk at the end, and the catalogue's file is replaced for that: not while an
owner reads it for others. One that does nothing else is asked to let go; one that indexes or watches has to be stopped.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from egosearch.forgetting.types import ForgetPlan, ForgetReport, Forgotten
from egosearch.owner.connection import Connection
from egosearch.owner.insisting import insistently
from egosearch.types import Where
from indexers.facts import Span

if TYPE_CHECKING:
    from egosearch.library import Library

T = TypeVar("T")


class SharedForgetting(ABC):
    """The part of `SharedLibrary` that forgets."""

    _folder: Path

    @abstractmethod
    def close(self) -> None:
        """Hang up, or close the library; `SharedLibrary` does."""

    @abstractmethod
    def _do(self, here: "Callable[[Library], T]", there: Callable[[Connection], Any]) -> T:
        """Do one thing with the library, or have its owner do it; `SharedLibrary` does."""

    def to_forget(self, where: Where, within: Span | None = None) -> ForgetPlan:
        return self._do(
            lambda library: library.to_forget(where, within),
            lambda owner: owner.ask("to_forget", where=where, within=within),
        )

    def forgotten(self) -> list[Forgotten]:
        return self._do(lambda library: library.forgotten(), lambda owner: owner.ask("forgotten"))

    def forget(
        self, where: Where | None = None, within: Span | None = None, *, delete_files: bool = False
    ) -> ForgetReport:
        """Forget as `Library.forget` does, with the library open in this process alone.

        Raises:
            LibraryLockedError: Another process has it and does not let go.
        """
        self.close()
        with self._alone() as library:
            return library.forget(where, within, delete_files=delete_files)

    def unforget(self, recording_id: str) -> list[Forgotten]:
        """Take back as `Library.unforget` does.

        Raises:
            LibraryLockedError: Another process has the library and does not let go.
        """
        self.close()
        with self._alone() as library:
            return library.unforget(recording_id)

    def _alone(self) -> "Library":
        """Open the library here.

        Raises:
            LibraryLockedError: Somebody has it and does not let go.
        """
        from egosearch.library import Library

        return insistently(self._folder, lambda: Library.open(self._folder))
