"""Frames side by side, at equal distances in time."""

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Static

from indexers.types import Span
from tui import wording
from tui.reading import read_picture
from tui.source import LibraryThread
from tui.widgets.preview import Preview

FRAMES = 7
SHORT_SIDE_PX = 48
"""Of a frame: more than its half blocks can show on any terminal under 400 columns."""


class Filmstrip(Horizontal):
    """A few frames of a part of a recording, each where its time lies on the sound strip below."""

    def compose(self) -> ComposeResult:
        """Lay out the frames, each over its time."""
        for _ in range(FRAMES):
            with Vertical():
                yield Preview()
                yield Static("", markup=False, classes="time")

    def times_s(self, shown: Span) -> list[float]:
        """Return the time of each frame: the middle of its share of what is shown."""
        return [shown.start_s + (frame + 0.5) * shown.duration_s / FRAMES for frame in range(FRAMES)]

    async def read(self, asking: LibraryThread, recording_id: str, shown: Span) -> None:
        """Read the frames of a part, one by one: searches wait for one frame, not for all."""
        times_s = self.times_s(shown)
        for caption, time_s in zip(self.query(".time").results(Static), times_s, strict=True):
            caption.update(wording.clock(time_s, tenths=shown.duration_s < 4 * FRAMES))
        for preview, time_s in zip(self.query(Preview), times_s, strict=True):
            await read_picture(asking, preview, recording_id, time_s, SHORT_SIDE_PX)
