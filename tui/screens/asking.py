"""Small questions over a screen."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.suggester import Suggester
from textual.widgets import Button, Checkbox, Input, Static

from egosearch.printable import plain


class ConfirmScreen(ModalScreen[bool]):
    """A question that is answered with yes or no."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", show=False),
        Binding("n,escape,q", "answer(False)", show=False),
        Binding("left,right", "app.focus_next", show=False),
    ]

    def __init__(self, question: str, more: str, verb: str) -> None:
        """Ask.

        Args:
            question: What.
            more: What that means.
            verb: What "yes" does.
        """
        super().__init__()
        self._question = question
        self._more = more
        self._verb = verb

    def compose(self) -> ComposeResult:
        """Lay out the question and both answers; the harmless one has the focus."""
        with Vertical(classes="question"):
            yield Static(Content.styled(self._question, "bold"))
            yield Static(Content(self._more))
            with Horizontal():
                yield Button(f"{self._verb} (y)", id="yes")
                yield Button("Leave it (n)", id="no")

    def on_mount(self) -> None:
        """Let Enter do no harm."""
        self.query_one("#no").focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Answer."""
        self.dismiss(event.button.id == "yes")

    def action_answer(self, agreed: bool) -> None:
        """Answer."""
        self.dismiss(agreed)


class FolderScreen(ModalScreen["Path | None"]):
    """Asks for a folder or a file."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", show=False),
        Binding("tab", "complete", show=False, priority=True),
    ]

    def compose(self) -> ComposeResult:
        """Lay out the question."""
        with Vertical(classes="question"):
            yield Static(Content.styled("Index the recordings of which folder?", "bold"))
            yield Input(placeholder="~/Videos", suggester=FolderSuggester(), id="folder")
            yield Static(Content.styled("Tab completes · Enter begins · Esc leaves it", "dim"), id="wrong")

    def action_complete(self) -> None:
        """Take what is suggested."""
        self.query_one(Input).action_cursor_right()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take the folder, if it is there."""
        folder = Path(event.value.strip()).expanduser()
        if event.value.strip() and folder.exists():
            self.dismiss(folder.absolute())
        else:
            said = f"There is no {event.value.strip()}." if event.value.strip() else "Type the path of a folder."
            self.query_one("#wrong", Static).update(Content.styled(f"✗ {plain(said)}", "$text-error"))


ENCODED = "copy what was recorded? no: encode it, exact to the frame"
COPIED = "copy what was recorded? yes, from the key frame before on"


@dataclass(frozen=True)
class Saving:
    """How a moment is to be saved."""

    file: Path
    is_copied: bool = False
    """Not encoded again."""

    @property
    def is_sheet(self) -> bool:
        """Whether it is a picture of all moments."""
        return self.file.suffix.lower() == ".png"


class FileScreen(ModalScreen["Saving | None"]):
    """Asks where to save a moment."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", show=False)]

    def __init__(self, file: Path) -> None:
        """Ask, with a proposal."""
        super().__init__()
        self._file = file

    def compose(self) -> ComposeResult:
        """Lay out the question."""
        with Vertical(classes="question"):
            yield Static(Content.styled("Save the moment in which file?", "bold"))
            yield Input(str(self._file), select_on_focus=False, id="file")
            yield Checkbox(ENCODED, id="copied", compact=True)
            yield Static(Content.styled(".mp4, or .wav for its sound, or .png for a sheet of all moments", "dim"))
            yield Static(Content.styled("Enter saves · Tab and Space choose · Esc leaves it", "dim"))

    def on_checkbox_changed(self, event: Checkbox.Changed) -> None:
        """Say in words what the box shows by its colour."""
        event.checkbox.label = COPIED if event.value else ENCODED

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take the file."""
        if name := event.value.strip():
            self.dismiss(Saving(Path(name).expanduser().absolute(), self.query_one(Checkbox).value))


class FolderSuggester(Suggester):
    """Goes on with the first folder that begins as typed."""

    def __init__(self) -> None:
        super().__init__(use_cache=False, case_sensitive=True)

    async def get_suggestion(self, value: str) -> str | None:
        """Return the path with its last part completed; hidden folders only where they are asked for."""
        parent, slash, begun = value.rpartition("/")
        if not value:
            return None
        try:
            folder = Path(f"{parent}{slash}" or ".").expanduser()
            found = sorted(
                one.name
                for one in folder.iterdir()
                if one.name.startswith(begun) and one.name.startswith(".") == begun.startswith(".") and one.is_dir()
            )
        except (OSError, RuntimeError):
            return None
        fitting = [name for name in found if name.isprintable()]
        return f"{parent}{slash}{fitting[0]}/" if fitting else None
