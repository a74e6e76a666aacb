"""A table of recordings, of which only the rows on the screen are drawn: ten thousand cost what ten do."""

from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from egosearch.types import RecordingSummary
from tui import wording

COLUMNS = ("day", "time", "length", "size", "indexed", "file", "name")
HEAD = 1
"""Lines above the rows."""


class RecordingsList(ScrollView, can_focus=True):
    """One line a recording, a cursor on one of them."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"recordings--cursor", "recordings--head"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", show=False),
        Binding("down,j", "move(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("home", "move(-1000000)", show=False),
        Binding("end", "move(1000000)", show=False),
        Binding("enter", "choose", "Details"),
    ]
    place: reactive[int] = reactive(0)
    """Of the cursor."""

    class Chosen(Message):
        """The user pressed Enter on a recording, or clicked it again."""

        def __init__(self, recording: RecordingSummary) -> None:
            super().__init__()
            self.recording = recording

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  Textual's word
        super().__init__(id=id)
        self.recordings: tuple[RecordingSummary, ...] = ()

    @property
    def selected(self) -> RecordingSummary | None:
        """The recording under the cursor."""
        return self.recordings[self.place] if self.recordings else None

    def show(self, recordings: Sequence[RecordingSummary]) -> None:
        """Replace the recordings; the cursor stays on the one it was on, if that is still there."""
        was = self.selected.recording_id if self.selected else None
        self.recordings = tuple(recordings)
        places = (place for place, one in enumerate(self.recordings) if one.recording_id == was)
        self.place = next(places, min(self.place, max(len(recordings) - 1, 0)))
        self.virtual_size = Size(self.size.width, len(self.recordings) + HEAD)
        self.refresh()

    def action_move(self, rows: int) -> None:
        """Move the cursor."""
        self.place = min(max(self.place + rows, 0), max(len(self.recordings) - 1, 0))

    def action_page(self, pages: int) -> None:
        """Move the cursor by what is on the screen."""
        self.action_move(pages * max(self.size.height - HEAD - 1, 1))

    def action_choose(self) -> None:
        """Say which recording was chosen."""
        if self.selected:
            self.post_message(self.Chosen(self.selected))

    def watch_place(self) -> None:
        """Keep the cursor on the screen."""
        row = Region(0, self.place, 1, 1 + HEAD)  # what is under the head is not seen
        self.scroll_to_region(row, animate=False)
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        """Put the cursor where it was clicked; on the cursor itself, choose."""
        line = event.get_content_offset_capture(self).y
        place = line - HEAD + round(self.scroll_y)
        if line < HEAD or place >= len(self.recordings):
            return
        if place == self.place:
            self.action_choose()
        self.place = place

    def render_line(self, y: int) -> Strip:
        """Return the head, or a row."""
        width = self.size.width
        if y < HEAD:
            return _strip(_cells(COLUMNS), width, self._head)
        place = y - HEAD + round(self.scroll_y)
        if place >= len(self.recordings):
            return Strip.blank(width, self.rich_style)
        style = self._cursor if place == self.place else self.rich_style
        before = self.recordings[place - 1] if place else None
        return _strip(row(self.recordings[place], before, is_first=y == HEAD), width, style)

    @property
    def _head(self) -> Style:
        return self.get_component_rich_style("recordings--head")

    @property
    def _cursor(self) -> Style:
        return self.get_component_rich_style("recordings--cursor")


def row(recording: RecordingSummary, before: RecordingSummary | None, *, is_first: bool = False) -> str:
    """Return a recording's line; its day only where it is another than the one before's, or the line is the first."""
    when, last = recording.recorded_at, before.recorded_at if before else None
    is_new = is_first or last is None or when is None or when.date() != last.date()
    share = recording.indexed_s / recording.duration_s if recording.duration_s > 0 else 1.0
    cells = (
        ("unknown" if when is None else f"{when:%Y-%m-%d}") if is_new else "",
        "" if when is None else f"{when:%H:%M}",
        wording.length(recording.duration_s),
        wording.size(recording.size_bytes),
        "all" if share > 0.995 else wording.percent(share).strip(),
        "there" if recording.is_present else "missing",
        wording.name(recording.path),
    )
    return _cells(cells)


def _cells(cells: tuple[str, str, str, str, str, str, str]) -> str:
    day, time, length, size, indexed, file, name = cells
    return f" {day:<10}  {time:<5}  {length:>12}  {size:>8}  {indexed:>7}  {file:<7}  {name}"


def _strip(text: str, width: int, style: Style) -> Strip:
    return Strip([Segment(text, style)]).adjust_cell_length(width, style)
