"""The moments of an answer, best first, one of them under the cursor."""

from collections.abc import Sequence

from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from egosearch.types import Moment, Query
from tui import drawing, wording
from tui.marked import Verdicts, told
from tui.messages import MomentChosen, MomentSelected

METER_WIDTH = 6


class MomentsList(OptionList):
    """Three lines a moment: how sure and in which recording; where and when; what was heard and seen."""

    def __init__(self, verdicts: Verdicts, *, id: str | None = None) -> None:  # noqa: A002  Textual's word
        super().__init__(id=id, markup=False)
        self.moments: tuple[Moment, ...] = ()
        self._verdicts = verdicts
        self._query: Query | None = None

    @property
    def selected(self) -> Moment | None:
        """The moment under the cursor."""
        return None if self.highlighted is None else self.moments[self.highlighted]

    def show(self, moments: Sequence[Moment], query: Query | None) -> None:
        """Replace the moments, which answer a query, and put the cursor on the first."""
        # The cursor first: a list that is emptied under its cursor would ask for a moment that is gone.
        self.highlighted = None
        self.clear_options()
        self.moments = tuple(moments)
        self._query = query
        self.add_options([Option(self._describe(moment)) for moment in self.moments])
        self.highlighted = 0 if self.moments else None

    def redraw(self, moment: Moment) -> None:
        """Describe a moment anew."""
        if moment in self.moments:
            self.replace_option_prompt_at_index(self.moments.index(moment), self._describe(moment))

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Say which moment it is; an event that arrives after its list was replaced says nothing."""
        event.stop()
        if event.option_index == self.highlighted and self.selected:
            self.post_message(MomentSelected(self.selected))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Say which moment was chosen."""
        event.stop()
        self.post_message(MomentChosen(self.moments[event.option_index]))

    def _describe(self, moment: Moment) -> Content:
        return describe(moment, told(self._verdicts, self._query, moment))


def describe(moment: Moment, verdict: str = "") -> Content:
    """Return a moment's three lines, with what it was marked as."""
    where = [wording.span(moment.span), wording.wall_clock(moment.recorded_at)]
    return Content("\n").join(
        (
            Content.assemble(
                drawing.meter(moment.confidence, METER_WIDTH),
                f" {wording.percent(moment.confidence)}  ",
                (f"{verdict}  " if verdict else "", "bold"),
                (wording.name(moment.path), "bold"),
            ),
            Content(f"  {' · '.join(filter(None, where))}"),
            Content.styled(f"  {_found(moment) or 'no words for it'}", "dim"),
        )
    )


def _found(moment: Moment) -> str:
    notes = (f"noted {wording.noted(note)}" for note in moment.notes)
    return "; ".join(filter(None, (*notes, wording.words(moment.evidence))))
