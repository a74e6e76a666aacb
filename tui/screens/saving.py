"""Queries under names: asking for a name, and the part of the search screen that saves and asks them again."""

from abc import abstractmethod
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import ClassVar

from textual import work
from textual.app import ComposeResult, SystemCommand
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from egosearch.errors import EgosearchError, QueryError
from egosearch.printable import plain
from egosearch.saved.names import MAX_NAME, clean_name, folded
from egosearch.saved.types import SavedQuery
from tui.screens.acting import ActingScreen
from tui.widgets.query_bar import QueryBar


@dataclass(frozen=True)
class Named:
    """What a query is to be called."""

    name: str
    replaces: bool
    """Whether another query may have had that name."""


class NameScreen(ModalScreen["Named | None"]):
    """Asks for a query's name."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", show=False)]

    def __init__(self, line: str, saved: Iterable[SavedQuery]) -> None:
        """Ask what to call a line, where some are saved already."""
        super().__init__()
        self._line = line
        self._saved = {folded(one.name): one for one in saved}
        self._warned = ""
        """The name that was said to be another query's: given once more, it is meant."""

    def compose(self) -> ComposeResult:
        """Lay out the question; the line itself is the proposal."""
        with Vertical(classes="question"):
            yield Static(Content.styled("Save the query under which name?", "bold"))
            yield Static(Content(plain(self._line)))
            yield Input(self._line[:MAX_NAME], max_length=MAX_NAME, id="name")
            yield Static(Content.styled("Enter saves · Esc leaves it", "dim"), id="wrong")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take the name, where it can be one; one that is taken only when it is given twice."""
        try:
            name = clean_name(event.value)
        except QueryError as error:
            self._complain(str(error))
            return
        other = self._saved.get(folded(name))
        is_taken = other is not None and other.line != self._line
        if other is not None and is_taken and self._warned != folded(name):
            self._warned = folded(name)
            self._complain(f"“{other.name}” is {other.line} already; Enter replaces that.")
            return
        self.dismiss(Named(name, is_taken))

    def _complain(self, sentence: str) -> None:
        self.query_one("#wrong", Static).update(Content.styled(f"✗ {plain(sentence)}", "$text-error"))


class SavingScreen(ActingScreen):
    """The part of the search screen about saved queries."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "ctrl+s", "save_query", "Save query", tooltip="save the query under a name, to ask it again", show=False
        )
    ]

    @property
    @abstractmethod
    def query_bar(self) -> QueryBar:
        """Where the query is typed."""

    def action_save_query(self) -> None:
        """Ask for a name, and save what is typed."""
        line = " ".join(self.query_bar.value.split())
        if not line:
            self.say("There is no query to save; type one first.")
            return

        def answered(named: Named | None) -> None:
            if named is not None:
                self.save_query(named, line)

        self.app.push_screen(NameScreen(line, self.query_bar.known.saved), answered)

    @work(group="save")
    async def save_query(self, named: Named, line: str) -> None:
        """Save a query, and offer it from now on."""
        try:
            saved = await self.asking.change(
                lambda library: library.save_query(named.name, line, replace=named.replaces)
            )
        except EgosearchError as error:
            self.say(str(error), severity="error")
            return
        self.say(f"Saved “{saved.name}”; its name in the query and Tab bring it back, and so does Ctrl+P.")
        with suppress(EgosearchError):  # then those that were known remain
            found = await self.asking.run(self.asking.library.saved_queries)
            self.query_bar.known = replace(self.query_bar.known, saved=tuple(found))

    def commands(self) -> Iterator[SystemCommand]:
        """Yield what the command palette offers here: each saved query."""
        for one in self.query_bar.known.saved:
            yield SystemCommand(f"Saved: {plain(one.name)}", plain(one.line), partial(self.ask_again, one))

    def ask_again(self, saved: SavedQuery) -> None:
        """Ask a saved query, and go to its moments."""
        self.query_bar.ask(saved.line)
