"""A day at a glance: what was heard and seen on it that other days do not have, each with its time of day."""

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from egosearch.day import Day
from egosearch.printable import plain
from egosearch.types import Moment
from indexers.types import Modality
from tui import wording

GUTTER = 7
"""Columns for the name of a sense."""
BETWEEN = "  "
SENSES = (Modality.AUDIO, Modality.VISUAL)


class DayStrip(Widget, can_focus=True):
    """One line a sense under a line for the day; a cursor on one of the entries while it has the focus."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "move(-1)", "Earlier", tooltip="of the day: the sound or sight before", show=False),
        Binding("right", "move(1)", "Later", tooltip="of the day: the next sound or sight", show=False),
        Binding("enter", "choose", "Open", tooltip="of the day: look at the sound or sight"),
    ]
    place: reactive[int] = reactive(0)
    """Of the cursor, among the moments that are shown."""

    class Chosen(Message):
        """The user pressed Enter on a sound or sight, or clicked it."""

        def __init__(self, moment: Moment) -> None:
            super().__init__()
            self.moment = moment

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  Textual's word
        super().__init__(id=id)
        self._day: Day | None = None
        self._said = ""

    def show(self, day: Day) -> None:
        """Show a day, the cursor on its first moment."""
        self._day, self.place = day, 0
        self.refresh()

    def say(self, sentence: str) -> None:
        """Show a sentence instead of a day."""
        self._day, self._said = None, plain(sentence)
        self.refresh()

    @property
    def shown(self) -> tuple[Moment, ...]:
        """The moments that there is room for, in the order of time."""
        if self._day is None:
            return ()
        fitting = [one for sense in SENSES for one in fit(_of(self._day, sense), self.size.width - GUTTER)]
        return tuple(one for one in self._day.moments if one in fitting)

    @property
    def selected(self) -> Moment | None:
        """The moment under the cursor."""
        shown = self.shown
        return shown[min(self.place, len(shown) - 1)] if shown else None

    def action_move(self, places: int) -> None:
        """Move the cursor along the day."""
        self.place = min(max(self.place + places, 0), max(len(self.shown) - 1, 0))

    def action_choose(self) -> None:
        """Say which moment was chosen."""
        if self.selected is not None:
            self.post_message(self.Chosen(self.selected))

    def on_click(self, event: events.Click) -> None:
        """Choose what was clicked."""
        at = event.get_content_offset_capture(self)
        shown = self.shown
        if not 1 <= at.y <= len(SENSES):
            return
        column = GUTTER
        for one in (one for one in shown if one.evidence[0].modality is SENSES[at.y - 1]):
            width = len(entry(one))
            if column <= at.x < column + width:
                self.place = shown.index(one)
                self.action_choose()
            column += width + len(BETWEEN)

    def on_focus(self) -> None:
        """Draw the cursor."""
        self.refresh()

    def on_blur(self) -> None:
        """Take it away."""
        self.refresh()

    def render(self) -> Content:
        """Return the lines."""
        day = self._day
        if day is None:
            return Content.styled(self._said, "dim")
        lines = [Content.styled(head(day), "dim")]
        chosen = self.selected if self.has_focus else None
        for sense in SENSES:
            entries = [self._entry(one, chosen) for one in self.shown if one.evidence[0].modality is sense]
            told = Content(BETWEEN).join(entries) if entries else Content.styled(_none(day, sense), "dim")
            lines.append(Content.assemble((f"{wording.SENSES[sense]:<{GUTTER}}", "bold"), told))
        return Content("\n").join(lines)

    def _entry(self, one: Moment, chosen: Moment | None) -> Content:
        text = entry(one)
        if one is chosen:  # told by the mark, and not by colour alone
            return Content.styled(f"▸{text[1:]}", "bold reverse")
        return Content.assemble((text[:6], "dim"), text[6:])


def head(day: Day) -> str:
    """Return what the day was, in a line."""
    total = wording.length(sum(part.span.duration_s for part in day.parts))
    return f"{day.date:%A} {day.date}: {wording.count(len(day.parts), 'recording')}, {total}; what stands out:"


def entry(moment: Moment) -> str:
    """Return a moment's time and name, with room for the cursor's mark before it."""
    when = f"{moment.recorded_at:%H:%M}" if moment.recorded_at else "--:--"
    return f" {when} {wording.concept(moment.evidence[0].words[0])}"


def fit(moments: Sequence[Moment], width: int) -> list[Moment]:
    """Return the moments whose entries fit into a line, those that stand out least left out first; in their order."""
    kept = list(moments)
    while kept and sum(len(entry(one)) for one in kept) + len(BETWEEN) * (len(kept) - 1) > width:
        kept.remove(min(kept, key=lambda one: one.score))
    return kept


def _of(day: Day, sense: Modality) -> list[Moment]:
    return [one for one in day.moments if one.evidence[0].modality is sense]


def _none(day: Day, sense: Modality) -> str:
    return "indexed without names" if sense in day.nameless else "nothing that other days do not have"
