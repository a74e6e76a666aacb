"""A small question over a screen: what to note about a moment, and which of its notes to delete."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from egosearch.errors import QueryError
from egosearch.notes.types import Note
from egosearch.notes.writing import MAX_TEXT, clean_tags, clean_text, read_note
from egosearch.printable import plain
from tui import wording


@dataclass(frozen=True)
class Written:
    """A note to be kept."""

    text: str
    tags: tuple[str, ...]


class NoteScreen(ModalScreen["Written | Note | None"]):
    """Asks for a note: answers with what is written, or with the note to delete."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", show=False),
        Binding("up,down", "to_notes", show=False),
        Binding("delete,backspace,d", "delete", show=False),
    ]

    def __init__(self, about: str, notes: Sequence[Note]) -> None:
        """Ask.

        Args:
            about: What the note will be about, in words.
            notes: What is noted there already.
        """
        super().__init__()
        self._about = about
        self._notes = tuple(notes)

    def compose(self) -> ComposeResult:
        """Lay out the question, and below it the notes that are there."""
        hint = "Enter keeps it · words with # are tags · Esc leaves it"
        with Vertical(classes="question"):
            yield Static(Content.styled(f"Note what about {self._about}?", "bold"))
            yield Input(placeholder="Anna's birthday cake #kitchen", max_length=MAX_TEXT, id="note")
            if self._notes:
                yield OptionList(
                    *(Option(Content(wording.noted(one))) for one in self._notes), id="notes", markup=False
                )
                hint += " · ↓ and Delete take a note away"
            yield Static(Content.styled(hint, "dim"), id="wrong")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take the note, if it can be kept."""
        text, tags = read_note(event.value)
        try:
            clean = clean_tags(tags)
            self.dismiss(Written(clean_text(text, has_tags=bool(clean)), clean))
        except QueryError as error:
            self.query_one("#wrong", Static).update(Content.styled(f"✗ {plain(str(error))}", "$text-error"))

    def action_to_notes(self) -> None:
        """Go from what is being written to the notes that are there."""
        for notes in self.query(OptionList):
            notes.focus()
            if notes.highlighted is None:
                notes.highlighted = 0

    def action_delete(self) -> None:
        """Delete the note under the cursor."""
        for notes in self.query(OptionList):
            if notes.has_focus and notes.highlighted is not None:
                self.dismiss(self._notes[notes.highlighted])
