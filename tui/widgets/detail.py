"""Everything about one moment: a frame, the sound around it, the evidence."""

import asyncio
import logging

from textual import work
from textual.app import ComposeResult
from textual.containers import Vertical

from egosearch.errors import EgosearchError
from egosearch.types import Moment, Query, RecordingSummary
from indexers.types import Modality
from tui import wording
from tui.source import LibraryThread
from tui.widgets.evidence import EvidencePanel
from tui.widgets.preview import Preview
from tui.widgets.sound_strip import SoundStrip
from tui.widgets.timeline import Timeline

log = logging.getLogger(__name__)

SETTLE_S = 0.05
"""A cursor that runs through the list asks for nothing on its way."""
SHORT_SIDE_PX = 180


class Detail(Vertical):
    """Reads what belongs to a moment and hands each part to the widget that draws it."""

    def __init__(self, asking: LibraryThread, *, id: str | None = None) -> None:  # noqa: A002  Textual's word
        super().__init__(id=id)
        self.asking = asking
        self._curves_of: tuple[Query, str] | None = None

    def compose(self) -> ComposeResult:
        """Lay out the parts."""
        yield Preview(id="preview")
        yield SoundStrip(id="sound")
        yield EvidencePanel(id="evidence")

    def show(self, query: Query, moment: Moment, recording: RecordingSummary | None, timeline: Timeline) -> None:
        """Show a moment: the words at once, the rest as it comes.

        Args:
            query: What found it.
            moment: The moment.
            recording: Its recording; None where the library's list has not come yet.
            timeline: Gets the scores along the recording.
        """
        self.query_one(EvidencePanel).show(moment)
        if self._curves_of != (query, moment.recording_id):
            timeline.show_curves(None)
        self.read(query, moment, recording, timeline)

    @work(exclusive=True, group="detail")
    async def read(self, query: Query, moment: Moment, recording: RecordingSummary | None, timeline: Timeline) -> None:
        """Read the frame, the sound levels and the scores; a newer moment cancels the rest."""
        await asyncio.sleep(SETTLE_S)
        await self._read_picture(moment)
        await self._read_sound(moment, recording.duration_s if recording else 0.0)
        if self._curves_of != (query, moment.recording_id):
            await self._read_curves(query, moment, timeline)

    async def _read_picture(self, moment: Moment) -> None:
        preview = self.query_one(Preview)
        seen = next((one.span for one in moment.evidence if one.modality is Modality.VISUAL), moment.span)
        middle_s = (seen.start_s + seen.end_s) / 2
        try:
            rgb = await self.asking.run(
                self.asking.library.picture, moment.recording_id, middle_s, short_side_px=SHORT_SIDE_PX
            )
        except EgosearchError as error:
            preview.say(wording.clean(str(error)))
        except Exception as error:  # whatever a broken file does to a decoder, the browser goes on
            log.warning("no preview of %s at %.2f s", moment.path, middle_s, exc_info=True)
            preview.say(f"The picture here cannot be read ({type(error).__name__}).")
        else:
            if rgb is None or not rgb.size:
                preview.say("There is no picture here.")
            else:
                preview.show(rgb)

    async def _read_sound(self, moment: Moment, duration_s: float) -> None:
        sound = self.query_one(SoundStrip)
        try:
            levels = await self.asking.run(self.asking.library.sound_levels, moment.recording_id)
        except EgosearchError as error:
            sound.say(wording.clean(str(error)))
            return
        if levels is None:
            sound.say("This recording has no sound.")
        else:
            sound.show(moment.span, duration_s, levels)

    async def _read_curves(self, query: Query, moment: Moment, timeline: Timeline) -> None:
        try:
            curves = await self.asking.run(self.asking.library.curves, query, moment.recording_id)
        except EgosearchError as error:
            self.notify(wording.clean(str(error)), severity="error", markup=False)
            curves = {}
        timeline.show_curves(curves)
        self._curves_of = (query, moment.recording_id)
