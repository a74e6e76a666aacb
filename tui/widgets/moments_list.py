"""The moments of an answer, best first, one of them under the cursor."""

from collections.abc import Sequence

from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from egosearch.types import Moment
from tui import drawing, wording
from tui.messages import MomentChosen, MomentSelected

METER_WIDTH = 6


class MomentsList(OptionList):
    """Three lines a moment: how sure and in which recording; where and when; what was heard and seen."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  Textual's word
        super().__init__(id=id, markup=False)
        self.moments: tuple[Moment, ...] = ()

    @property
    def selected(self) -> Moment | None:
        """The moment under the cursor."""
        return None if self.highlighted is None else self.moments[self.highlighted]

    def show(self, moments: Sequence[Moment]) -> None:
        """Replace the moments and put the cursor on the first."""
        # The cursor first: a list that is emptied under its cursor would ask for a moment that is gone.
        self.highlighted = None
        self.clear_options()
        self.moments = tuple(moments)
        self.add_options([Option(describe(moment)) for moment in self.moments])
        self.highlighted = 0 if self.moments else None

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Say which moment it is; an event that arrives after its list was replaced says nothing."""
        event.stop()
        if event.option_index == self.highlighted and self.selected:
            self.post_message(MomentSelected(self.selected))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Say which moment was chosen."""
        event.stop()
        self.post_message(MomentChosen(self.moments[event.option_index]))


def describe(moment: Moment) -> Content:
    """Return a moment's three lines."""
    where = [wording.clock(moment.span.start_s), wording.length(moment.span.duration_s)]
    if moment.recorded_at:
        where.append(wording.wall_clock(moment.recorded_at))
    return Content("\n").join(
        (
            Content.assemble(
                drawing.meter(moment.confidence, METER_WIDTH),
                f" {wording.percent(moment.confidence)}  ",
                (wording.name(moment.path), "bold"),
            ),
            Content(f"  {' · '.join(where)}"),
            Content.styled(f"  {wording.words(moment.evidence) or 'no words for it'}", "dim"),
        )
    )
