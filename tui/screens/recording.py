"""All that the library knows of one recording."""

from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from egosearch.errors import EgosearchError
from egosearch.printable import plain
from egosearch.types import RecordingSummary, SpaceSummary
from tui import wording
from tui.source import LibraryThread
from tui.widgets.preview import Preview

SHORT_SIDE_PX = 120


class RecordingScreen(ModalScreen[None]):
    """A picture of its middle, and a table."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter", "dismiss", "Close", show=False),
    ]

    def __init__(self, asking: LibraryThread, recording: RecordingSummary) -> None:
        super().__init__()
        self.asking = asking
        self.recording = recording

    def compose(self) -> ComposeResult:
        """Lay out picture and table."""
        with VerticalScroll(classes="panel") as panel:
            panel.border_title = Content(wording.name(self.recording.path))
            panel.border_subtitle = "Esc closes"
            yield Preview(id="frame")
            yield Static(table(self.recording, ()), markup=False, id="known")

    def on_mount(self) -> None:
        """Read what takes longer."""
        self.read()

    @work(exclusive=True)
    async def read(self) -> None:
        """Read the spaces and a picture."""
        from tui.reading import read_picture

        try:
            spaces = await self.asking.run(self.asking.library.spaces)
        except EgosearchError as error:
            self.notify(plain(str(error)), severity="error", markup=False)
        else:
            self.query_one("#known", Static).update(table(self.recording, spaces))
        middle_s = self.recording.duration_s / 2
        preview = self.query_one(Preview)
        await read_picture(self.asking, preview, self.recording.recording_id, middle_s, SHORT_SIDE_PX)


def table(one: RecordingSummary, spaces: "tuple[SpaceSummary, ...] | list[SpaceSummary]") -> Content:
    """Return what is known as lines."""
    streams = [word for word, is_there in (("sound", one.has_sound), ("pictures", one.has_pictures)) if is_there]
    rows = {
        "path": str(one.path),
        "file": "there" if one.is_present else "missing; index it again where it is now",
        "recorded": wording.wall_clock(one.recorded_at) or "unknown",
        "device": one.device or "unknown",
        "streams": " and ".join(streams) or "none",
        "length": wording.length(one.duration_s),
        "size": wording.size(one.size_bytes),
        "indexed": wording.length(one.indexed_s),
        "id": one.recording_id,
    }
    for space in spaces:
        used = "" if space.is_default else ", not used by searches"
        rows[f"{space.modality} space"] = f"{space.model} ({space.space_id}), {space.dim} {space.layout}{used}"
    lines = [Content.assemble((f"{key:<14}", "bold"), plain(value)) for key, value in rows.items()]
    return Content("\n").join(lines)
