"""Where the query is typed."""

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widgets import Input

from egosearch.typed import Completion, History, Known, complete
from tui.messages import MomentsWanted, Offered


class QueryBar(Input):
    """One line of text. Enter and Down lead to the moments, Up to what was typed before, Tab completes."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "to_moments", "Moments", key_display="↵"),
        Binding("up", "older", "Earlier queries"),
        Binding("down", "newer", show=False),
        Binding("tab", "complete", "Complete"),
    ]

    def __init__(self, history: History, *, id: str | None = None) -> None:  # noqa: A002  Textual's word
        super().__init__(placeholder="what you remember: when the timer went off", id=id, max_length=500)
        self.history = history
        self.known = Known()
        """What conditions may name; set once it is read."""
        self._put: str | None = None
        """The line that this put in, not the user."""
        self._offered: list[Completion] = []
        self._chosen: int | None = None
        """Which of the offered is put in; None while none is."""

    def on_input_changed(self, event: Input.Changed) -> None:
        """Leave the history and offer anew once the user types."""
        if event.value != self._put:
            self._put = None
            self.history.leave()
            self._offer()

    def on_blur(self) -> None:
        """Remember what was asked, whichever way the user goes on."""
        self.history.remember(self.value)

    def action_to_moments(self) -> None:
        """Ask for the moments."""
        self.history.remember(self.value)
        self.post_message(MomentsWanted())

    def ask(self, line: str) -> None:
        """Put a line in as if it was typed, and go to its moments."""
        self.value = line
        self.cursor_position = len(line)
        self.action_to_moments()

    def action_older(self) -> None:
        """Show the query before."""
        self._recall(self.history.older(self.value))

    def action_newer(self) -> None:
        """Show the query after; from the one being typed go on to the moments."""
        if self.history.is_walking:
            self._recall(self.history.newer())
        else:
            self.action_to_moments()

    def action_complete(self) -> None:
        """Put in what is offered, with every press the next of it; where nothing is, go on as Tab does."""
        if not self._offered:
            self._offer()  # what there is to offer may have been read since
        if not self._offered:
            self.screen.focus_next()
            return
        self._chosen = 0 if self._chosen is None else (self._chosen + 1) % len(self._offered)
        one = self._offered[self._chosen]
        self._show(one.line)
        self.cursor_position = one.cursor
        if len(self._offered) == 1:
            self._offer()  # of a key that is put in, the values
        else:
            self.post_message(Offered(tuple(self._offered), self._chosen))

    @property
    def offered(self) -> tuple[Completion, ...]:
        """How the line may go on."""
        return tuple(self._offered)

    def _offer(self) -> None:
        self._offered, self._chosen = complete(self.value, self.cursor_position, self.known), None
        self.post_message(Offered(tuple(self._offered)))

    def _recall(self, line: str) -> None:
        self._show(line)
        self._offer()

    def _show(self, line: str) -> None:
        self._put = line
        self.value = line
        self.cursor_position = len(line)
