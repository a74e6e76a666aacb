"""What can be done with a found moment, wherever it is shown."""

import asyncio
from abc import abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from textual import work
from textual.binding import Binding, BindingType
from textual.notifications import SeverityLevel
from textual.screen import Screen

from egosearch import playing as player
from egosearch.clips.naming import clip_name
from egosearch.clips.sheets import sheet_of_answer
from egosearch.clips.types import ClipOptions
from egosearch.errors import EgosearchError
from egosearch.notes.types import Note
from egosearch.printable import plain
from egosearch.types import Answer, Moment, Place, Query
from indexers.types import Modality
from tui import wording
from tui.marked import Verdicts, key
from tui.noting import read_notes
from tui.screens.asking import FileScreen, Saving
from tui.screens.noting import NoteScreen, Written
from tui.source import LibraryThread


@dataclass(frozen=True)
class Wish:
    """More moments like one, by one sense."""

    moment: Moment
    sense: Modality


class ActingScreen(Screen["Wish | None"]):
    """A screen with a moment on it, and the keys that act on it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("p", "play", "Play", tooltip="play from the moment on in the system's player"),
        Binding("s", "listen", "Sound", tooltip="play only the moment's sound; again to stop it"),
        Binding("r", "mark(True)", "Right", tooltip="mark the moment right, or take that back; refines what follows"),
        Binding("w", "mark(False)", "Wrong", tooltip="mark the moment wrong, or take that back"),
        Binding("e", "like('audio')", "Alike by ear", tooltip="find more that sounds like this", show=False),
        Binding("v", "like('visual')", "Alike by eye", tooltip="find more that looks like this", show=False),
        Binding("a", "note", "Note", tooltip="write a note about the moment, with #tags; see and delete its notes"),
        Binding("x", "clip", "Clip", tooltip="save the moment as a file, or all as a contact sheet", show=False),
        Binding("y,c", "copy", "Copy", tooltip="copy the moment's path@time"),
        Binding("question_mark,f1", "help", "Help", tooltip="show these keys; F1 also while typing"),
    ]

    def __init__(self, asking: LibraryThread, verdicts: Verdicts) -> None:
        """Act on the moments of a library.

        Args:
            asking: Asks it.
            verdicts: What was marked in this session, for all screens.
        """
        super().__init__()
        self.asking = asking
        self.verdicts = verdicts
        self._sounding: player.Started | None = None

    @property
    @abstractmethod
    def selected(self) -> Moment | None:
        """The moment that is acted on."""

    @property
    @abstractmethod
    def asked(self) -> Query | None:
        """What it is an answer to."""

    @property
    @abstractmethod
    def found(self) -> tuple[Moment, ...]:
        """All moments of the answer that are shown."""

    @abstractmethod
    def wish(self, wish: Wish) -> None:
        """Find more like a moment."""

    @abstractmethod
    def show_verdict(self, moment: Moment) -> None:
        """Draw anew what is known to be right or wrong."""

    @abstractmethod
    def show_notes(self, moment: Moment) -> None:
        """Read and show anew what is noted there."""

    def spot(self, moment: Moment) -> Moment | Place:
        """Return what a note is about: the moment, unless the screen shows another place."""
        return moment

    def means_s(self, moment: Moment) -> float:
        """Return the time that is meant: the moment's start, unless the screen shows another."""
        return moment.span.start_s

    def action_play(self) -> None:
        """Play from the selected moment on."""
        if moment := self.selected:
            start_s = self.means_s(moment)
            try:
                arguments = player.command(moment.path, start_s)
            except ValueError as error:
                self.say(f"{player.VARIABLE} is no command ({error}).", severity="error")
                return
            if self._start(moment, arguments):
                self.say(f"Playing {wording.name(moment.path)} from {wording.clock(start_s)}.")

    def action_listen(self) -> None:
        """Play the selected moment's sound, or stop what plays."""
        if self._sounding and self._sounding.poll() is None:
            self._sounding.terminate()
            self._sounding = None
        elif moment := self.selected:
            self._sounding = self._start(moment, player.listening(moment.path, moment.span))
            if self._sounding:
                self.say(f"Playing the sound of {wording.span(moment.span)}; s stops it.")

    def _start(self, moment: Moment, arguments: list[str] | None) -> player.Started | None:
        if arguments is None:
            self.say(f"There is no player to play it with; {player.REMEDY}.", severity="warning")
        elif not moment.path.exists():
            self.say(f"{moment.path} is gone; index it again where it is now.", severity="warning")
        else:
            try:
                started = player.start(arguments)
            except OSError as error:
                self.say(f"{arguments[0]} cannot be started: {error.strerror}.", severity="error")
                return None
            self.set_timer(1.5, lambda: self._check(started, arguments[0]))
            return started
        return None

    def _check(self, started: player.Started, program: str) -> None:
        if (code := started.poll()) and code > 0:  # below: it was stopped
            self.say(f"{program} gave up (exit code {code}); try the file in it by hand.", severity="warning")

    @work(exclusive=True, group="mark")
    async def action_mark(self, is_right: bool) -> None:
        """Mark the selected moment, or take the same mark back."""
        moment, query = self.selected, self.asked
        if moment is None or query is None:
            return
        if not query.text:
            which = "like another moment" if query.like else "there for its notes"
            self.say(f"Only an answer to words can be right or wrong; this one is {which}.")
            return
        known, session = key(query.text, moment), self.asking.ways.session
        is_taken_back = self.verdicts.get(known) is is_right
        try:
            if is_taken_back:
                await self.asking.change(lambda library: library.unmark(moment, query.text, session=session))
            else:
                await self.asking.change(
                    lambda library: library.mark(moment, query.text, is_right=is_right, session=session)
                )
        except EgosearchError as error:
            self.say(str(error), severity="error")
            return
        if is_taken_back:
            del self.verdicts[known]
        else:
            self.verdicts[known] = is_right
        word = "right" if is_right else "wrong"
        self.say("Taken back." if is_taken_back else f"Marked {word}; the next search goes by it.")
        self.show_verdict(moment)

    @work(exclusive=True, group="notes")
    async def action_note(self) -> None:
        """Ask for a note about what is shown, beside those that are there."""
        moment = self.selected
        if moment is None:
            return
        spot = self.spot(moment)
        notes = await read_notes(self.asking, spot)
        when = wording.span(spot.span) if isinstance(spot, Moment) else wording.clock(spot.time_s, tenths=True)

        def answered(answer: Written | Note | None) -> None:
            if answer is not None:
                self.change_notes(moment, spot, answer)

        self.app.push_screen(NoteScreen(f"{when} of {wording.name(moment.path)}", notes), answered)

    @work(group="note")
    async def change_notes(self, moment: Moment, spot: Moment | Place, answer: Written | Note) -> None:
        """Keep a note, or delete one."""
        try:
            if isinstance(answer, Note):
                await self.asking.change(lambda library: library.unnote([answer.note_id]))
            else:
                await self.asking.change(lambda library: library.note(spot, answer.text, answer.tags))
        except EgosearchError as error:
            self.say(str(error), severity="error")
            return
        self.say("The note is gone." if isinstance(answer, Note) else "Noted; searches find it by these words.")
        self.show_notes(moment)

    def action_clip(self) -> None:
        """Ask for a file, and save the moment in it."""
        if moment := self.selected:

            def answered(saving: Saving | None) -> None:
                if saving is not None:
                    self.save(moment, saving)

            self.app.push_screen(FileScreen(Path.cwd() / clip_name(moment.path, moment.span, ".mp4")), answered)

    @work(group="clip")
    async def save(self, moment: Moment, saving: Saving) -> None:
        """Save a moment as a file, or all of the answer as a contact sheet."""
        library, answer = self.asking.library, Answer(self.asked or Query(), self.found)
        what = wording.count(len(answer.moments), "moment") if saving.is_sheet else wording.span(moment.span)
        self.say(f"Saving {what}{'' if saving.is_sheet else f' of {wording.name(moment.path)}'}…")
        try:
            # Not in the library's thread: it takes seconds, and searches go on.
            if saving.is_sheet:
                await asyncio.to_thread(sheet_of_answer, library, answer, saving.file)
            else:
                options = ClipOptions(copy=saving.is_copied)
                await asyncio.to_thread(library.clip, moment, saving.file, options=options)
        except EgosearchError as error:
            self.say(str(error), severity="error")
            return
        self.say(f"Saved {saving.file}")

    def action_like(self, sense: str) -> None:
        """Find more like the selected moment."""
        if moment := self.selected:
            self.wish(Wish(moment, Modality(sense)))

    def action_copy(self) -> None:
        """Copy where the selected moment is."""
        if moment := self.selected:
            place = wording.place(moment.path, self.means_s(moment))
            self.app.copy_to_clipboard(place)
            self.say(f"Copied {place}")

    def action_help(self) -> None:
        """List the keys."""
        from tui.screens.help import HelpScreen

        self.app.push_screen(HelpScreen(self))

    def say(self, sentence: str, *, severity: SeverityLevel = "information") -> None:
        """Notify, as data."""
        self.notify(plain(sentence), severity=severity, markup=False)
