"""One moment on the whole screen, and the recording around it."""

import asyncio
from collections.abc import Sequence
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Footer, Static

from egosearch.day.places import moment_at
from egosearch.types import Moment, Place, Query, RecordingSummary
from indexers.types import Span
from tui import drawing, viewport, wording
from tui.marked import Verdicts, told
from tui.messages import Jumped
from tui.noting import read_notes
from tui.reading import read_curves, read_picture, read_sound, read_spectrum, read_transcript
from tui.screens.acting import Wish
from tui.screens.walking import WalkingScreen
from tui.source import LibraryThread
from tui.widgets.detail import seen_at_s
from tui.widgets.evidence import EvidencePanel
from tui.widgets.filmstrip import Filmstrip
from tui.widgets.preview import Preview
from tui.widgets.sound_strip import AROUND_S, SoundStrip, around
from tui.widgets.spectrogram import Spectrogram
from tui.widgets.timeline import Marked, Timeline

SETTLE_S = 0.1
"""A key that is held down asks for nothing on its way."""
SHORT_SIDE_PX = 240
STEPS = 40
"""Presses of an arrow across what the timeline shows."""
ZOOM = 0.5


class MomentScreen(WalkingScreen):
    """Frames, sound and speech at one time of a recording, over its timeline, which can be walked and zoomed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "dismiss", "Back", tooltip="back to the moments", key_display="Esc"),
        Binding("left", "step(-1)", "Earlier", tooltip="go back a little in the recording", show=False),
        Binding("right", "step(1)", "Later", tooltip="go on a little in the recording", show=False),
        Binding("shift+left", "step(-20)", "Far back", tooltip="go back half of what the timeline shows", show=False),
        Binding("shift+right", "step(20)", "Far on", tooltip="go on half of what the timeline shows", show=False),
        Binding("plus,equals_sign", "zoom(1)", "Zoom", tooltip="zoom the timeline in", key_display="+"),
        Binding("minus", "zoom(-1)", "Zoom out", tooltip="zoom the timeline out", show=False),
        Binding("0", "whole", "Whole", tooltip="show the whole recording", show=False),
        Binding("m,home", "home", "Moment", tooltip="back to the moment's picture", show=False),
        Binding("f", "frequencies", "Frequencies", tooltip="show the sound's frequencies, or its loudness", show=False),
        Binding("pagedown", "reasons(1)", "More reasons", tooltip="read on in why it was found", show=False),
        Binding("pageup", "reasons(-1)", "Reasons before", tooltip="and back", show=False),
    ]

    def __init__(
        self,
        asking: LibraryThread,
        verdicts: Verdicts,
        query: Query,
        *,
        moments: Sequence[Moment],
        chosen: Moment,
        recording: RecordingSummary | None,
    ) -> None:
        """Look at one moment of an answer.

        Args:
            asking: Asks the library.
            verdicts: What was marked in this session.
            query: What was asked.
            moments: The answer, best first.
            chosen: One of them.
            recording: Its recording; None where the library's list has not come yet.
        """
        super().__init__(asking, verdicts)
        self.query_asked = query
        self.moments = tuple(moments)
        self.moment = self.left = chosen
        self.durations_s = {} if recording is None else {recording.recording_id: recording.duration_s}
        self.at_s = seen_at_s(chosen)
        """The time that is looked at."""
        self.view = self.whole
        """What the timeline shows."""
        self._drawn: str | None = None
        """The recording whose curves are drawn."""

    def compose(self) -> ComposeResult:
        """Lay out the parts."""
        yield Static(markup=False, id="about")
        with Horizontal(id="look"):
            yield Preview(id="frame")
            with VerticalScroll(id="reasons", can_focus=False):
                yield EvidencePanel(explains=True, id="why")
        yield Filmstrip(id="film")
        yield SoundStrip(id="sound")
        yield Spectrogram(id="spectrum")
        yield Static(markup=False, id="said")
        yield Timeline(id="timeline")
        yield Footer()

    def on_mount(self) -> None:
        """Show the moment."""
        self._show_moment()

    @property
    def whole(self) -> Span:
        """All of the recording."""
        return Span(0.0, max(self.durations_s.get(self.moment.recording_id, 0.0), self.moment.span.end_s))

    @property
    def selected(self) -> Moment | None:
        """The moment on the screen."""
        return self.moment

    @property
    def asked(self) -> Query | None:
        """What it is an answer to."""
        return self.query_asked

    @property
    def found(self) -> tuple[Moment, ...]:
        """All moments of the answer."""
        return self.moments

    def means_s(self, moment: Moment) -> float:
        """Return the time looked at, once that is another than the moment."""
        return moment.span.start_s if self._is_at_moment else self.at_s

    def wish(self, wish: Wish) -> None:
        """Have the search screen find more like this."""
        self.dismiss(wish)

    def show_verdict(self, moment: Moment) -> None:  # noqa: ARG002  it is on the screen
        """Write the first line anew."""
        self._show_about()

    def spot(self, moment: Moment) -> Moment | Place:
        """Return what a note is about: the moment, or the place looked at."""
        return moment if self._is_at_moment else Place(moment.recording_id, self.at_s)

    def show_notes(self, moment: Moment) -> None:
        """Read anew what is noted at what is looked at."""
        self.read_noted(self.spot(moment))

    @work(exclusive=True, group="noted")
    async def read_noted(self, spot: Moment | Place) -> None:
        """Show what is noted there."""
        self.query_one(EvidencePanel).show_notes(await read_notes(self.asking, spot))

    # Showing

    def _show_moment(self) -> None:
        self.query_one(EvidencePanel).show(self.moment)
        self.query_one("#reasons").scroll_home(animate=False)
        timeline = self.query_one(Timeline)
        timeline.border_title = Content(wording.name(self.moment.path))
        timeline.show(Marked(self.moment.span, self._others, self.moment.evidence), self.whole.end_s)
        if self._drawn != self.moment.recording_id:
            timeline.show_curves(None)
            self.read_scores()
        self._look(self.at_s)

    @property
    def _others(self) -> list[Span]:
        """The spans of the answer's other moments in this recording."""
        here = [one.span for one in self.moments if one.recording_id == self.moment.recording_id]
        return [span for span in here if span != self.moment.span]

    def _look(self, at_s: float) -> None:
        """Go to a time of the recording."""
        self.at_s = min(max(at_s, 0.0), self.whole.end_s)
        if self.beyond is not None:
            self.moment = moment_at(self.beyond, self.at_s)
            self.query_one(Timeline).show(Marked(self.moment.span, self._others), self.whole.end_s)
        self.view = viewport.holding(self.view, self.at_s, self.whole)
        self.query_one(Timeline).look(self.view, self.at_s)
        self._show_about()
        self.read()

    def _show_about(self) -> None:
        moment, is_beyond = self.moment, self.beyond is not None
        sure = f"{drawing.meter(moment.confidence, 6)} {wording.percent(moment.confidence).strip()}"
        parts = [
            "" if is_beyond else sure,
            wording.span(moment.span),
            wording.wall_clock(moment.recorded_at),
            "beyond the answer; m leads back" if is_beyond else f"{self.place + 1} of {len(self.moments)}",
            "" if is_beyond or self._is_at_moment else f"looking at {wording.clock(self.at_s, tenths=True)}",
        ]
        verdict = told(self.verdicts, self.query_asked, moment)
        about = Content.assemble(
            (wording.name(moment.path), "bold"),
            "  " + " · ".join(part for part in parts if part),
            (f"  {verdict}", "bold"),
        )
        self.query_one("#about", Static).update(about)

    @property
    def _is_at_moment(self) -> bool:
        span = self.moment.span
        is_in_it = span.start_s <= self.at_s <= span.end_s or self.at_s == seen_at_s(self.moment)
        return is_in_it and self.beyond is None

    @work(exclusive=True, group="place")
    async def read(self) -> None:
        """Read what is at the time looked at; going on to another time cancels the rest."""
        await asyncio.sleep(SETTLE_S)
        recording_id, span = self.moment.recording_id, self.moment.span
        shown = around(span, self.whole.end_s)
        if not self._is_at_moment:
            shown = viewport.within(self.at_s - AROUND_S / 2, AROUND_S, self.whole)
        self.query_one(EvidencePanel).show_notes(await read_notes(self.asking, self.spot(self.moment)))
        await read_picture(self.asking, self.query_one("#frame", Preview), recording_id, self.at_s, SHORT_SIDE_PX)
        if self.has_class("-frequencies"):
            await read_spectrum(self.asking, self.query_one(Spectrogram), recording_id, span, shown)
        else:
            await read_sound(self.asking, self.query_one(SoundStrip), recording_id, span, shown)
        said = await read_transcript(self.asking, recording_id, shown)
        self.query_one("#said", Static).update(Content.assemble(("said  ", "bold"), said))
        await self.query_one(Filmstrip).read(self.asking, recording_id, shown)

    @work(exclusive=True, group="scores")
    async def read_scores(self) -> None:
        """Read the scores along the recording."""
        recording_id = self.moment.recording_id
        self.query_one(Timeline).show_curves(await read_curves(self.asking, self.query_asked, recording_id))
        self._drawn = recording_id

    # Keys

    def on_jumped(self, message: Jumped) -> None:
        """Go to where the timeline was clicked."""
        self._look(message.time_s)

    def action_step(self, steps: int) -> None:
        """Go on, or back, by parts of what the timeline shows."""
        was_s = self.at_s
        self._look(was_s + steps * self.view.duration_s / STEPS)
        if self.at_s != was_s and self.at_s in (0.0, self.whole.end_s):
            where, key = ("end", "} goes on in the next") if steps > 0 else ("start", "{ goes back into the previous")
            self.say(f"This is the {where} of {wording.name(self.moment.path)}; {key} recording.")

    def action_zoom(self, times: int) -> None:
        """Zoom in around the time looked at, or out."""
        self.view = viewport.zoomed(self.view, self.at_s, ZOOM**times, self.whole)
        self.query_one(Timeline).look(self.view, self.at_s)

    def action_whole(self) -> None:
        """Show the whole recording."""
        self.view = self.whole
        self.query_one(Timeline).look(self.view, self.at_s)

    def action_frequencies(self) -> None:
        """Change between the sound's loudness and its frequencies."""
        self.toggle_class("-frequencies")
        self.read()

    def action_reasons(self, pages: int) -> None:
        """Scroll through why the moment was found."""
        reasons = self.query_one("#reasons", VerticalScroll)
        reasons.scroll_relative(y=pages * max(reasons.size.height - 1, 1), animate=False)

    def action_home(self) -> None:
        """Go back to the moment."""
        self.back()

    def arrive(self, recording: RecordingSummary, time_s: float) -> None:
        """Go on beyond the answer; `m` leads back."""
        self.durations_s[recording.recording_id] = recording.duration_s
        self.moment, self.at_s = moment_at(recording, time_s), time_s
        self.view = self.whole
        self._show_moment()

    def go_to(self, moment: Moment) -> None:
        """Show a moment of the answer."""
        is_here = moment.recording_id == self.moment.recording_id
        self.moment = moment
        if not is_here:
            self.read_length()
            return
        self.at_s = seen_at_s(self.moment)
        self._show_moment()

    @work(exclusive=True, group="length")
    async def read_length(self) -> None:
        """Read how long the moment's recording is, then show the moment."""
        if self.moment.recording_id not in self.durations_s:
            recordings = await self.asking.run(self.asking.library.recordings)
            self.durations_s = {one.recording_id: one.duration_s for one in recordings}
        self.at_s, self.view = seen_at_s(self.moment), self.whole
        self._show_moment()
