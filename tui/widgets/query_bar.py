"""Where the query is typed."""

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widgets import Input

from tui.messages import MomentsWanted


class QueryBar(Input):
    """One line of text; Enter and Down lead to the moments."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter,down", "to_moments", "Moments", key_display="↵")]

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  Textual's word
        super().__init__(placeholder="what you remember: when the timer went off", id=id, max_length=500)

    def action_to_moments(self) -> None:
        """Ask for the moments."""
        self.post_message(MomentsWanted())
