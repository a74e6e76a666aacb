"""Everything about one moment: a frame, the sound around it, the evidence."""

import asyncio

from textual import work
from textual.app import ComposeResult
from textual.containers import Vertical

from egosearch.types import Moment, Query, RecordingSummary
from indexers.types import Modality
from tui.noting import read_notes
from tui.reading import read_curves, read_picture, read_sound
from tui.source import LibraryThread
from tui.widgets.evidence import EvidencePanel
from tui.widgets.preview import Preview
from tui.widgets.sound_strip import SoundStrip, around
from tui.widgets.timeline import Timeline

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
        preview, sound, recording_id = self.query_one(Preview), self.query_one(SoundStrip), moment.recording_id
        self.query_one(EvidencePanel).show_notes(await read_notes(self.asking, moment))
        await read_picture(self.asking, preview, recording_id, seen_at_s(moment), SHORT_SIDE_PX)
        duration_s = max(recording.duration_s if recording else 0.0, moment.span.end_s)
        await read_sound(self.asking, sound, recording_id, moment.span, around(moment.span, duration_s))
        if self._curves_of != (query, recording_id):
            timeline.show_curves(await read_curves(self.asking, query, recording_id))
            self._curves_of = (query, recording_id)

    @work(exclusive=True, group="notes")
    async def read_notes(self, moment: Moment) -> None:
        """Show anew what is noted at the moment that is shown."""
        self.query_one(EvidencePanel).show_notes(await read_notes(self.asking, moment))


def seen_at_s(moment: Moment) -> float:
    """Return the time of the picture that shows a moment best: the middle of where it was seen."""
    seen = next((one.span for one in moment.evidence if one.modality is Modality.VISUAL), moment.span)
    return (seen.start_s + seen.end_s) / 2
