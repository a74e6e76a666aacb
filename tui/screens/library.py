"""What is in the library: its recordings by day, and the files that could not be indexed."""

import asyncio
from datetime import date
from pathlib import Path
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.notifications import SeverityLevel
from textual.screen import Screen
from textual.widgets import Footer, Static

from egosearch.cli.index import summary
from egosearch.cli.progress import describe
from egosearch.day.types import query_for
from egosearch.errors import EgosearchError
from egosearch.indexing.types import FailedFile
from egosearch.printable import plain
from egosearch.types import RecordingSummary
from tui import wording
from tui.indexing import Indexing
from tui.screens.acting import ActingScreen, Wish
from tui.screens.asking import ConfirmScreen, FolderScreen
from tui.screens.moment import MomentScreen
from tui.screens.recording import RecordingScreen
from tui.source import LibraryThread
from tui.widgets.calendar_strip import CalendarStrip
from tui.widgets.day_strip import DayStrip
from tui.widgets.recordings_list import RecordingsList

FAILURES_SHOWN = 5
SETTLE_S = 0.15
"""A cursor that runs through the list asks for no day on its way."""
REDRAWN_S = 0.25
"""Between two looks at a run."""


class LibraryScreen(Screen[None]):
    """A table of recordings in wall-clock order, under a calendar of them."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,l,q", "dismiss", "Back", tooltip="back to the search", key_display="Esc"),
        Binding("i", "index", "Index", tooltip="index the recordings of a folder"),
        Binding("x", "stop", "Stop", tooltip="stop indexing; what is indexed stays"),
        Binding("d,delete", "remove", "Remove", tooltip="take the recording out of the library; its file stays"),
        Binding("g", "glance", "Day", tooltip="go to the day at a glance, and back to the list"),
        Binding("a", "read", "Read again", tooltip="read the library again"),
        Binding("question_mark,f1", "help", "Help", tooltip="show these keys"),
    ]

    def __init__(self, asking: LibraryThread, indexing: Indexing) -> None:
        super().__init__()
        self.asking = asking
        self.indexing = indexing
        self._was_indexing = False
        self._told = ""
        self._day: date | None = None
        """The one that is shown, or being read."""
        self._is_on_a_server: bool | None = None
        """Whether the vectors are; None before anybody has asked."""

    def compose(self) -> ComposeResult:
        """Lay out calendar, table, and what is said below."""
        yield CalendarStrip(id="calendar")
        table = RecordingsList(id="recordings")
        table.border_title = "library"
        yield table
        yield DayStrip(id="day")
        yield Static("", markup=False, id="library-notice")
        yield Static("", markup=False, id="progress")
        yield Footer()

    def on_mount(self) -> None:
        """Fill the table, and look at the run now and then."""
        self.table.focus()
        self.watch(self.table, "place", self._show_day, init=False)
        self.action_read()
        self._show_progress()
        self.set_interval(REDRAWN_S, self._show_progress)

    @property
    def table(self) -> RecordingsList:
        """The table of recordings."""
        return self.query_one(RecordingsList)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Offer to stop only what runs, and to begin only where nothing does."""
        return {"stop": self.indexing.folder is not None, "index": self.indexing.folder is None}.get(action, True)

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
            self.tell(error)
            return
        self.table.show(recordings)
        self.query_one(CalendarStrip).show(recordings)
        self.query_one("#library-notice", Static).update(_notice(recordings, failures))
        self._day = None  # it may have changed with what was indexed or removed
        self._show_day()

    # The day of the selected recording

    def _show_day(self) -> None:
        """Show the day of the recording under the cursor, where that is another than before."""
        chosen = self.table.selected
        when = chosen.recorded_at if chosen else None
        day = None if when is None else when.date()
        if day is None:
            self._day = None
            self.workers.cancel_group(self, "day")
            self.query_one(DayStrip).say("Nobody knows on which day this was recorded." if chosen else "")
        elif day != self._day:
            self._day = day
            self.read_day(day)

    @work(exclusive=True, group="day")
    async def read_day(self, day: date) -> None:
        """Read what a day was like; a cursor that goes on to another day cancels that."""
        await asyncio.sleep(SETTLE_S)
        strip, library = self.query_one(DayStrip), self.asking.library
        try:
            if self._is_on_a_server is None:
                spaces = await self.asking.run(library.spaces)
                self._is_on_a_server = any(one.size_bytes is None for one in spaces)
            if self._is_on_a_server:  # fetching a day takes seconds, and searches would wait for it
                strip.say(f"The vectors are on a server; `egosearch day {day}` fetches those of this day.")
            else:
                strip.show(await self.asking.run(library.day, day))
        except EgosearchError as error:
            strip.say(str(error))

    def action_glance(self) -> None:
        """Go to the strip of the day, or back to the table."""
        strip = self.query_one(DayStrip)
        (self.table if strip.has_focus else strip).focus()

    def on_day_strip_chosen(self, message: DayStrip.Chosen) -> None:
        """Look at a sound or sight of the day, as the answer to a search for it by that sense."""
        moment, search = message.moment, self._search
        recording = next((one for one in self.table.recordings if one.recording_id == moment.recording_id), None)
        screen = MomentScreen(
            self.asking,
            search.verdicts if search else {},
            query_for(moment),
            moments=(moment,),
            chosen=moment,
            recording=recording,
        )
        self.app.push_screen(screen, self._look_for_more)

    @property
    def _search(self) -> ActingScreen | None:
        """The screen below, which searches."""
        return next((one for one in self.app.screen_stack if isinstance(one, ActingScreen)), None)

    def _look_for_more(self, wish: Wish | None) -> None:
        """Go back to the search with what is wanted, as soon as the moment's screen is gone."""
        if wish:
            self.call_later(self._leave_for, wish)

    def _leave_for(self, wish: Wish) -> None:
        if search := self._search:
            self.dismiss()
            search.call_later(search.wish, wish)

    # Indexing

    def action_index(self) -> None:
        """Ask for a folder, and index it."""
        self.app.push_screen(FolderScreen(), self._begin)

    def _begin(self, folder: Path | None) -> None:
        if folder is not None:
            # The app's, so that the run goes on when this screen is left.
            self.app.run_worker(self._index(folder), group="indexing")

    async def _index(self, folder: Path) -> None:
        app = self.app  # this screen may be gone at the end
        try:
            report = await self.indexing.run(folder)
        except EgosearchError as error:
            app.notify(plain(str(error)), severity="error", markup=False)
            return
        told = "Stopped; the next run goes on from there. " if report.interrupted else ""
        failed = f" First: {report.failed[0].path.name}: {report.failed[0].reason}." if report.failed else ""
        severity: SeverityLevel = "warning" if report.failed or report.interrupted else "information"
        app.notify(plain(told + summary(report) + failed), severity=severity, markup=False, timeout=10)

    def action_stop(self) -> None:
        """Stop the run."""
        self.indexing.stop()

    def _show_progress(self) -> None:
        is_indexing = self.indexing.folder is not None
        if is_indexing != self._was_indexing:
            self._was_indexing = is_indexing
            self.refresh_bindings()
            if not is_indexing:
                self.action_read()
        told = progress(self.indexing)
        if told != self._told:  # drawing the same again would keep a connection busy
            self._told = told
            self.query_one("#progress", Static).update(Content(told))

    # One recording

    def on_recordings_list_chosen(self, message: RecordingsList.Chosen) -> None:
        """Show all that is known of it."""
        self.app.push_screen(RecordingScreen(self.asking, message.recording))

    def action_remove(self) -> None:
        """Ask, and take the selected recording out of the library."""
        if one := self.table.selected:
            question = f"Take {wording.name(one.path)} ({wording.length(one.duration_s)}) out of the library?"
            screen = ConfirmScreen(question, "Its file stays where it is.", "Remove")

            def answered(agreed: bool | None) -> None:
                if agreed:
                    self.remove_recording(one)

            self.app.push_screen(screen, answered)

    @work(group="remove")
    async def remove_recording(self, one: RecordingSummary) -> None:
        """Take a recording out of the library."""
        try:
            await self.asking.change(lambda library: library.remove(one.recording_id))
        except EgosearchError as error:
            self.tell(error)
            return
        self.notify(f"Removed {wording.name(one.path)}; its file is still where it was.", markup=False)
        self.action_read()

    def action_help(self) -> None:
        """List the keys."""
        from tui.screens.help import HelpScreen

        self.app.push_screen(HelpScreen(self))

    def tell(self, error: EgosearchError) -> None:
        """Say what did not work."""
        self.notify(plain(str(error)), severity="error", markup=False)


def progress(indexing: Indexing) -> str:
    """Return where a run is, in a line; empty where there is none."""
    if indexing.folder is None:
        return ""
    begun = f"indexing {wording.name(indexing.folder)}"
    if indexing.is_stopping:
        return f"{begun}: stopping after what is being read…"
    step = indexing.step
    if step is None:
        return f"{begun}: reading the recordings…"
    done = f"{step.recordings_done}/{step.recordings_total} recordings"
    return f"{begun}: {done}, {describe(step)} ({wording.name(step.path)})"


def _notice(recordings: list[RecordingSummary], failures: list[FailedFile]) -> Content:
    total = wording.length(sum(one.duration_s for one in recordings))
    lines = [f"{wording.count(len(recordings), 'recording')}, {total}"]
    if not recordings:
        lines = ["This library is empty. Fill it: press i and name a folder of recordings."]
    if failures:
        lines.append(f"{wording.count(len(failures), 'file')} could not be indexed:")
        lines += [
            f"  {wording.name(one.path)}: {plain(one.reason)}; {plain(one.remedy)}" for one in failures[:FAILURES_SHOWN]
        ]
        if len(failures) > FAILURES_SHOWN:
            lines.append(f"  and {len(failures) - FAILURES_SHOWN} more")
    return Content("\n".join(lines))
