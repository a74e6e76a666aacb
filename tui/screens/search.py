"""The main screen: the query, the moments found, and everything known about the selected one."""

import asyncio
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.notifications import SeverityLevel
from textual.screen import Screen
from textual.widgets import Footer, Input

from egosearch.errors import EgosearchError
from egosearch.types import Answer, Moment, Query, RecordingSummary
from tui import player, wording
from tui.messages import MomentChosen, MomentSelected, MomentsWanted
from tui.screens.help import HelpScreen
from tui.screens.library import LibraryScreen
from tui.source import LibraryThread
from tui.widgets.detail import Detail
from tui.widgets.moments_list import MomentsList
from tui.widgets.notice import Notice
from tui.widgets.query_bar import QueryBar
from tui.widgets.timeline import Timeline

LIMIT = 30
"""Moments to ask for: more than anyone walks through."""


class SearchScreen(Screen[None]):
    """Type on top, walk through the moments below."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "focus_query", "Query", tooltip="type another query"),
        Binding("p", "play", "Play", tooltip="play the moment in the system's player"),
        Binding("y,c", "copy", "Copy", tooltip="copy the moment's path@time"),
        Binding("n", "near_misses", "Near misses", tooltip="show what fell below the threshold, and hide it again"),
        Binding("l", "library", "Library", tooltip="list the recordings of the library"),
        Binding("question_mark,f1", "help", "Help", tooltip="show these keys; F1 also while typing"),
        Binding("q", "app.quit", "Quit", tooltip="leave; Ctrl+Q also while typing"),
    ]

    def __init__(self, asking: LibraryThread, *, debounce_s: float) -> None:
        super().__init__()
        self.asking = asking
        self.debounce_s = debounce_s
        self.answer: Answer | None = None
        """What is shown; None before the first search and after an empty query."""
        self.showing_near_misses = False
        self.recordings: dict[str, RecordingSummary] | None = None
        """By id; None while they are being read."""
        self._is_searching = False
        self._go_when_answered = False

    def compose(self) -> ComposeResult:
        """Lay out the parts."""
        yield QueryBar(id="query")
        with Horizontal(id="main"):
            with Vertical(id="found"):
                yield Notice(id="notice")
                yield MomentsList(id="moments")
            yield Detail(self.asking, id="detail")
        yield Timeline(id="timeline")
        yield Footer()

    def on_mount(self) -> None:
        """Begin with the cursor in the query."""
        self.query_bar.border_title = "egosearch"
        self.query_one("#found").border_title = "moments"
        self.query_one(Timeline).border_title = "recording"
        self._show_notice()
        self.query_bar.focus()

    def on_screen_resume(self) -> None:
        """Read the recordings: at first, and again after another screen, since indexing may go on elsewhere."""
        self.read_recordings()

    @property
    def query_bar(self) -> QueryBar:
        """Where the query is typed."""
        return self.query_one(QueryBar)

    @property
    def moments(self) -> MomentsList:
        """The moments on the screen."""
        return self.query_one(MomentsList)

    # Searching

    def on_input_changed(self, event: Input.Changed) -> None:
        """Search for what is typed so far."""
        self._is_searching = True
        self.search(event.value.strip())

    @work(exclusive=True, group="search")
    async def search(self, text: str) -> None:
        """Search and show the answer. A newer search cancels this one, so that stale answers never show."""
        answer = None
        if text:
            await asyncio.sleep(self.debounce_s)
            self.query_one("#found").border_title = "searching…"
            try:
                answer = await self.asking.run(self.asking.library.answer, Query(text, limit=LIMIT))
            except EgosearchError as error:
                self._tell(error)
        self._is_searching = False
        self.answer, self.showing_near_misses = answer, False
        self._show_moments()
        if self._go_when_answered:
            self.post_message(MomentsWanted())

    @work(exclusive=True, group="recordings")
    async def read_recordings(self) -> None:
        """Read the list of recordings and say how much there is."""
        try:
            recordings = await self.asking.run(self.asking.library.recordings)
        except EgosearchError as error:
            self._tell(error)
            return
        self.recordings = {one.recording_id: one for one in recordings}
        total = wording.length(sum(one.duration_s for one in recordings))
        self.query_bar.border_subtitle = f"{wording.count(len(recordings), 'recording')}, {total}" if recordings else ""
        self._show_notice()

    # Showing

    def _show_moments(self) -> None:
        shown: tuple[Moment, ...] = ()
        if self.answer:
            shown = self.answer.near_misses if self.showing_near_misses else self.answer.moments
        title = wording.count(len(shown), "near miss" if self.showing_near_misses else "moment")
        self.query_one("#found").border_title = title if shown else "moments"
        was_here = self.focused in (self.moments, self.query_one(Notice))
        self.set_class(bool(shown), "-found")
        self.moments.show(shown)
        if not shown:
            self.query_one(Timeline).clear()
        self._show_notice()
        if was_here:
            self._focus_found()

    def _show_notice(self) -> None:
        notice = self.query_one(Notice)
        if self.recordings is not None and not self.recordings:
            notice.say(
                "This library is empty.",
                "Fill it with the recordings of a folder, then come back:",
                "    egosearch index FOLDER",
                f"The library is {self.asking.library.path}.",
            )
        elif self.answer and not self.answer.matched:
            misses = len(self.answer.near_misses)
            more = f"{wording.count(misses, 'near miss')} below the threshold: press Enter, or n outside the query."
            notice.say(
                f"Nothing in this library matches “{self.answer.query.text}”.",
                more if misses else "Nothing comes near it either. Try other words for it.",
            )
        elif not self.query_bar.value.strip():
            notice.say(
                "Type what you remember, in your own words.",
                "What you heard, what you saw, or both: “a dog barking”, “the kettle boiling on the stove”.",
            )

    def _focus_found(self) -> None:
        (self.moments if self.has_class("-found") else self.query_one(Notice)).focus()

    def on_moment_selected(self, message: MomentSelected) -> None:
        """Show everything about the moment under the cursor."""
        if self.answer is None:
            return
        moment = message.moment
        recording = (self.recordings or {}).get(moment.recording_id)
        same = [m.span for m in self.moments.moments if m.recording_id == moment.recording_id and m is not moment]
        timeline = self.query_one(Timeline)
        timeline.border_title = Content(wording.name(moment.path))
        timeline.show(moment.span, recording.duration_s if recording else 0.0, same)
        self.query_one(Detail).show(self.answer.query, moment, recording, timeline)

    # Keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Offer the way to the query only elsewhere."""
        return action != "focus_query" or self.focused is not self.query_bar

    def on_moments_wanted(self) -> None:
        """Go from the query to the moments; where nothing matches, to the near misses."""
        if self._is_searching:
            self._go_when_answered = True
            return
        self._go_when_answered = False
        if self.answer and not self.answer.matched and self.answer.near_misses and not self.showing_near_misses:
            self.action_near_misses()
        self._focus_found()

    def action_focus_query(self) -> None:
        """Type again."""
        self.query_bar.focus()

    def on_moment_chosen(self, message: MomentChosen) -> None:
        """Play what was chosen."""
        self._play(message.moment)

    def action_play(self) -> None:
        """Play the selected moment."""
        if selected := self.moments.selected:
            self._play(selected)

    def _play(self, moment: Moment) -> None:
        arguments = player.command(moment.path, moment.span.start_s)
        if arguments is None:
            self._say(f"There is no player to play it with; {player.REMEDY}.", severity="warning")
        elif not moment.path.exists():
            self._say(f"{moment.path} is gone; index it again where it is now.", severity="warning")
        else:
            try:
                started = player.start(arguments)
            except OSError as error:
                self._say(f"{arguments[0]} cannot be started: {error.strerror}.", severity="error")
                return
            self._say(f"Playing {wording.name(moment.path)} from {wording.clock(moment.span.start_s)}.")
            self.set_timer(1.5, lambda: self._check(started, arguments[0]))

    def _check(self, started: player.Started, program: str) -> None:
        if started.poll():
            self._say(
                f"{program} gave up (exit code {started.poll()}); try the file in it by hand.", severity="warning"
            )

    def action_copy(self) -> None:
        """Copy where the selected moment is."""
        if selected := self.moments.selected:
            self.app.copy_to_clipboard(wording.place(selected))
            self._say(f"Copied {wording.place(selected)}")

    def action_near_misses(self) -> None:
        """Show what fell below the threshold, or hide it again."""
        if self.answer is None or self.answer.matched or not self.answer.near_misses:
            self._say("There are no near misses to show.")
            return
        self.showing_near_misses = not self.showing_near_misses
        self._show_moments()

    def action_library(self) -> None:
        """List the recordings."""
        self.app.push_screen(LibraryScreen(self.asking))

    def action_help(self) -> None:
        """List the keys."""
        self.app.push_screen(HelpScreen(self._bindings))

    # Talking

    def _tell(self, error: EgosearchError) -> None:
        self._say(str(error), severity="error")
        self.query_one(Notice).say("That did not work.", str(error))

    def _say(self, sentence: str, *, severity: SeverityLevel = "information") -> None:
        self.notify(wording.clean(sentence), severity=severity, markup=False)
