"""What is in the library: its recordings, and the files that could not be indexed."""

from typing import ClassVar

from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import Screen
from textual.widgets import DataTable, Footer, Static

from egosearch.errors import EgosearchError
from egosearch.types import FailedFile, RecordingSummary
from tui import wording
from tui.source import LibraryThread

COLUMNS = ("name", "when", "length", "indexed", "file")
FAILURES_SHOWN = 5


class LibraryScreen(Screen[None]):
    """A table of recordings in wall-clock order."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,l,q", "dismiss", "Back", key_display="Esc"),
        Binding("r", "read", "Read again"),
    ]

    def __init__(self, asking: LibraryThread) -> None:
        super().__init__()
        self.asking = asking

    def compose(self) -> ComposeResult:
        """Lay out the table and the line below it."""
        table: DataTable[Text] = DataTable(cursor_type="row", zebra_stripes=True, id="recordings")
        table.border_title = "library"
        yield table
        yield Static("", markup=False, id="library-notice")
        yield Footer()

    def on_mount(self) -> None:
        """Fill the table."""
        self.table.add_columns(*COLUMNS)
        self.action_read()

    @property
    def table(self) -> DataTable[Text]:
        """The table of recordings."""
        table: DataTable[Text] = self.query_one("#recordings", DataTable)
        return table

    def action_read(self) -> None:
        """Read the library again."""
        self.read()

    @work(exclusive=True, group="library")
    async def read(self) -> None:
        """Read recordings and failures, and show them."""
        library = self.asking.library
        try:
            recordings = await self.asking.run(library.recordings)
            failures = await self.asking.run(library.failures)
        except EgosearchError as error:
            self.app.notify(wording.clean(str(error)), severity="error", markup=False)
            return
        self.table.clear()
        for recording in recordings:
            # Text and not str: a str would be read as markup.
            self.table.add_row(*map(Text, row(recording)))
        self.query_one("#library-notice", Static).update(_notice(recordings, failures))


def row(recording: RecordingSummary) -> tuple[str, ...]:
    """Return a recording's cells, in the order of `COLUMNS`."""
    share = recording.indexed_s / recording.duration_s if recording.duration_s > 0 else 1.0
    return (
        wording.name(recording.path),
        wording.wall_clock(recording.recorded_at) or "unknown",
        wording.length(recording.duration_s),
        "all" if share > 0.995 else wording.percent(share).strip(),
        "there" if recording.is_present else "missing",
    )


def _notice(recordings: list[RecordingSummary], failures: list[FailedFile]) -> Content:
    total = wording.length(sum(one.duration_s for one in recordings))
    lines = [f"{wording.count(len(recordings), 'recording')}, {total}"]
    if not recordings:
        lines = ["This library is empty. Fill it: egosearch index FOLDER"]
    if failures:
        lines.append(f"{wording.count(len(failures), 'file')} could not be indexed:")
        lines += [
            f"  {wording.name(one.path)}: {wording.clean(one.reason)}; {wording.clean(one.remedy)}"
            for one in failures[:FAILURES_SHOWN]
        ]
        if len(failures) > FAILURES_SHOWN:
            lines.append(f"  and {len(failures) - FAILURES_SHOWN} more")
    return Content("\n".join(lines))
