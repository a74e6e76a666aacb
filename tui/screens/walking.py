"""Walking from moment to moment: by how sure they are, by time, and on into the recordings before and after."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar

from textual import work
from textual.binding import Binding, BindingType

from egosearch.errors import EgosearchError
from egosearch.types import Moment, RecordingSummary
from tui import wording
from tui.screens.acting import ActingScreen


class WalkingScreen(ActingScreen):
    """A screen on one moment of an answer, or on a place beyond it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "walk(1)", "Next", tooltip="the next best moment", key_display="↓"),
        Binding("up,k", "walk(-1)", "Previous", tooltip="the moment before it in the list", show=False),
        Binding(
            "right_square_bracket",
            "neighbour(1)",
            "Next here",
            tooltip="the next moment in time in this recording",
            show=False,
        ),
        Binding(
            "left_square_bracket",
            "neighbour(-1)",
            "Previous here",
            tooltip="the moment before in time in this recording",
            show=False,
        ),
        Binding(
            "right_curly_bracket",
            "recording(1)",
            "Next recording",
            tooltip="go on in the recording that comes after this one on the clock",
            show=False,
        ),
        Binding(
            "left_curly_bracket",
            "recording(-1)",
            "Previous recording",
            tooltip="go back into the recording that comes before it",
            show=False,
        ),
    ]
    moments: tuple[Moment, ...]
    """The answer, best first."""
    moment: Moment
    """What is looked at."""
    left: Moment
    """The moment of the answer that was looked at last."""
    beyond: RecordingSummary | None = None
    """The recording that is looked at where the answer was left; None at a moment of the answer."""

    @abstractmethod
    def go_to(self, moment: Moment) -> None:
        """Show a moment of the answer."""

    @abstractmethod
    def arrive(self, recording: RecordingSummary, time_s: float) -> None:
        """Show a place in a recording that may have nothing of the answer."""

    @property
    def place(self) -> int:
        """Of the moment in the answer, or of the one that was left."""
        return self.moments.index(self.left)

    def back(self) -> None:
        """Go back to the moment of the answer."""
        self._return_to(self.left)

    def action_walk(self, places: int) -> None:
        """Go to another moment of the answer, by how sure they are."""
        self._walk(self.moments, self.place + places, "the last moment" if places > 0 else "the first moment")

    def action_neighbour(self, places: int) -> None:
        """Go to another moment in this recording, by time."""
        here = [one for one in self.moments if one.recording_id == self.moment.recording_id]
        here += [self.moment] if self.beyond else []
        here.sort(key=lambda one: one.span.start_s)
        place = here.index(self.moment) + places
        self._walk(here, place, "the last one here in time" if places > 0 else "the first one here in time")

    @work(exclusive=True, group="beyond")
    async def action_recording(self, step: int) -> None:
        """Go on at the start of the next recording, or at the end of the one before, and say which that is."""
        try:
            around = await self.asking.run(self.asking.library.neighbours, self.moment.recording_id)
        except EgosearchError as error:
            self.say(str(error), severity="warning")
            return
        there, which = (around.after, "next") if step > 0 else (around.before, "previous")
        if there is None:
            self.say(f"No recording of this library was begun {'later' if step > 0 else 'earlier'}.")
            return
        self.beyond = there.recording
        self.arrive(there.recording, 0.0 if step > 0 else there.recording.duration_s)
        self.say(f"Now in {wording.name(there.recording.path)}, the {which} recording: {wording.gap(there.gap_s)}.")

    def _walk(self, among: Sequence[Moment], place: int, end: str) -> None:
        if 0 <= place < len(among):
            self._return_to(among[place])
        else:
            self.say(f"This is {end}.")

    def _return_to(self, moment: Moment) -> None:
        self.left, self.beyond = moment, None
        self.go_to(moment)
