"""The main screen: the query, the moments found, and everything known about the selected one."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Footer, Input

from egosearch.errors import EgosearchError, QueryError
from egosearch.notes.types import tags_of
from egosearch.typed import History, Known, more_like, query_of
from egosearch.typed.meaning import in_line
from egosearch.types import Answer, Moment, Query, RecordingSummary
from tui import notices, wording
from tui.indexing import Indexing
from tui.marked import verdicts_of
from tui.messages import MomentChosen, MomentSelected, MomentsWanted, Offered
from tui.screens.acting import Wish
from tui.screens.library import LibraryScreen
from tui.screens.moment import MomentScreen
from tui.screens.saving import SavingScreen
from tui.source import LibraryThread
from tui.widgets.detail import Detail
from tui.widgets.hint import Hint
from tui.widgets.moments_list import MomentsList
from tui.widgets.notice import Notice
from tui.widgets.query_bar import QueryBar
from tui.widgets.timeline import Marked, Timeline

LIMIT = 30
"""Moments to ask for: more than anyone walks through."""


class SearchScreen(SavingScreen):
    """Type on top, walk through the moments below."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "focus_query", "Query", tooltip="type another query"),
        Binding("escape", "back", "Back", tooltip="back to the query's own moments, then to the query", show=False),
        Binding("n", "near_misses", "Near misses", tooltip="show what fell below the threshold, and hide it again"),
        Binding("l", "library", "Library", tooltip="list the recordings of the library, index more"),
        Binding("q", "app.quit", "Quit", tooltip="leave; Ctrl+Q also while typing"),
    ]

    def __init__(self, asking: LibraryThread, indexing: Indexing, *, debounce_s: float) -> None:
        super().__init__(asking, {})
        self.indexing = indexing
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
        yield QueryBar(History(self.asking.library.path), id="query")
        yield Hint(id="hint")
        with Horizontal(id="main"):
            with Vertical(id="found"):
                yield Notice(id="notice")
                yield MomentsList(self.verdicts, id="moments")
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
        self.read_recordings()

    @property
    def query_bar(self) -> QueryBar:
        """Where the query is typed."""
        return self.query_one(QueryBar)

    @property
    def moments(self) -> MomentsList:
        """The moments on the screen."""
        return self.query_one(MomentsList)

    @property
    def selected(self) -> Moment | None:
        """The moment under the cursor."""
        return self.moments.selected

    @property
    def found(self) -> tuple[Moment, ...]:
        """The moments on the screen."""
        return self.moments.moments

    @property
    def asked(self) -> Query | None:
        """What the moments on the screen answer."""
        return self.answer.query if self.answer else None

    # Searching

    def on_input_changed(self, event: Input.Changed) -> None:
        """Search for what is typed so far."""
        self._is_searching = True
        self.search(event.value.strip())

    @work(exclusive=True, group="search")
    async def search(self, line: str) -> None:
        """Search and show the answer. A newer search cancels this one, so that stale answers never show."""
        if not line:
            self._show_answer(None)
            return
        await asyncio.sleep(self.debounce_s)
        await self._ask(lambda: query_of(self.asking.library, line, limit=LIMIT, session=self.asking.ways.session))

    def wish(self, wish: Wish) -> None:
        """Search for moments like one, and show them."""
        self.search_like(wish)

    @work(exclusive=True, group="search")
    async def search_like(self, wish: Wish) -> None:
        """Search as `search` does, for moments like one."""
        await self._ask(lambda: more_like(wish.moment, wish.sense, limit=LIMIT))
        self._focus_found()

    async def _ask(self, make: Callable[[], Query]) -> None:
        self.query_one("#found").border_title = "searching…"
        try:
            answer = await self.asking.run(lambda: self.asking.library.answer(make()))
        except QueryError as error:
            self._is_searching = False
            self.query_one(Hint).complain(in_line(str(error)), self.query_bar.offered)
            self._show_title()
        except EgosearchError as error:
            self._show_answer(None)
            self.say(str(error), severity="error")
            self.query_one(Notice).say("That did not work.", str(error))
        else:
            self._show_answer(answer)

    @work(exclusive=True, group="recordings")
    async def read_recordings(self) -> None:
        """Read the list of recordings and say how much there is."""
        try:
            recordings = await self.asking.run(self.asking.library.recordings)
            marks = await self.asking.run(self.asking.library.marks, self.asking.ways.session)
            notes = await self.asking.run(self.asking.library.notes)
            saved = await self.asking.run(self.asking.library.saved_queries)
        except EgosearchError as error:
            self.say(str(error), severity="error")
            return
        self.verdicts.update(verdicts_of(marks))
        self.recordings = {one.recording_id: one for one in recordings}
        self.query_bar.known = await asyncio.to_thread(Known.of, recordings, notes, saved)
        total = wording.length(sum(one.duration_s for one in recordings))
        self.query_bar.border_subtitle = f"{wording.count(len(recordings), 'recording')}, {total}" if recordings else ""
        self._show_notice()

    # Showing

    def on_offered(self, message: Offered) -> None:
        """Show how the query may go on."""
        hint = self.query_one(Hint)
        if message.completions:
            hint.offer(message.completions, message.chosen)
        else:
            hint.usual()

    def _show_answer(self, answer: Answer | None) -> None:
        self._is_searching = False
        self.query_one(Hint).forgive()
        self.answer, self.showing_near_misses = answer, False
        self._show_moments()
        if self._go_when_answered:
            self.post_message(MomentsWanted())

    @property
    def _shown(self) -> tuple[Moment, ...]:
        if self.answer is None:
            return ()
        return self.answer.near_misses if self.showing_near_misses else self.answer.moments

    def _show_title(self) -> None:
        title = wording.count(len(self._shown), "near miss" if self.showing_near_misses else "moment")
        if self.answer and self.answer.query.like:
            title += " like the one before"
        self.query_one("#found").border_title = title if self._shown else "moments"

    def _show_moments(self) -> None:
        shown = self._shown
        self._show_title()
        was_here = self.focused in (self.moments, self.query_one(Notice))
        self.set_class(bool(shown), "-found")
        self.moments.show(shown, self.asked)
        if not shown:
            self.query_one(Timeline).clear()
        self._show_notice()
        if was_here:
            self._focus_found()

    def _show_notice(self) -> None:
        notice = self.query_one(Notice)
        if self.recordings is not None and not self.recordings:
            notice.say(*notices.empty(self.asking.library.path))
        elif self.answer and not self.answer.matched:
            notice.say(*notices.nothing(self.answer))
        elif not self.query_bar.value.strip():
            notice.say(*notices.BEGIN)

    def _focus_found(self) -> None:
        (self.moments if self.has_class("-found") else self.query_one(Notice)).focus()

    def show_verdict(self, moment: Moment) -> None:
        """Draw the moment's lines anew."""
        self.moments.redraw(moment)

    def show_notes(self, moment: Moment) -> None:
        """Read the moment's notes anew, and which tags there are."""
        self.query_one(Detail).read_notes(moment)
        self.read_tags()

    @work(exclusive=True, group="tags")
    async def read_tags(self) -> None:
        """Read which tags the query may name."""
        with suppress(EgosearchError):  # then those that were known remain
            notes = await self.asking.run(self.asking.library.notes)
            self.query_bar.known = replace(self.query_bar.known, tags=tags_of(notes))

    def on_moment_selected(self, message: MomentSelected) -> None:
        """Show everything about the moment under the cursor."""
        if self.answer is None:
            return
        moment = message.moment
        recording = (self.recordings or {}).get(moment.recording_id)
        same = [m.span for m in self.moments.moments if m.recording_id == moment.recording_id and m is not moment]
        timeline = self.query_one(Timeline)
        timeline.border_title = Content(wording.name(moment.path))
        timeline.show(Marked(moment.span, same), recording.duration_s if recording else 0.0)
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

    def action_back(self) -> None:
        """Go back from moments that are like another to the query's, and from these to the query."""
        if self.answer and self.answer.query.like:
            self.search(self.query_bar.value.strip())
        else:
            self.query_bar.focus()

    def on_moment_chosen(self, message: MomentChosen) -> None:
        """Open what was chosen."""
        if self.answer is not None:
            recording = (self.recordings or {}).get(message.moment.recording_id)
            screen = MomentScreen(
                self.asking,
                self.verdicts,
                self.answer.query,
                moments=self.moments.moments,
                chosen=message.moment,
                recording=recording,
            )
            self.app.push_screen(screen, self._back_from_moment)

    def _back_from_moment(self, wish: Wish | None) -> None:
        for moment in self.moments.moments:
            self.moments.redraw(moment)
        if selected := self.selected:
            self.show_notes(selected)
        if wish:
            self.wish(wish)

    def action_near_misses(self) -> None:
        """Show what fell below the threshold, or hide it again."""
        if self.answer is None or self.answer.matched or not self.answer.near_misses:
            self.say("There are no near misses to show.")
            return
        self.showing_near_misses = not self.showing_near_misses
        self._show_moments()

    def action_library(self) -> None:
        """List the recordings; there may be others afterwards."""
        self.app.push_screen(LibraryScreen(self.asking, self.indexing), lambda _: self._read_again())

    def _read_again(self) -> None:
        self.read_recordings()
