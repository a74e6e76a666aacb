"""What belongs to a place in a recording, read in the library's thread and handed to the widget that draws it.

Whatever a broken file does to a decoder, the browser goes on: a widget gets a sentence then.
"""

import logging
from collections.abc import Mapping

from egosearch.errors import EgosearchError
from egosearch.printable import plain
from egosearch.types import Curve, Query
from indexers.types import Span
from tui import wording
from tui.source import LibraryThread
from tui.widgets.preview import Preview
from tui.widgets.sound_strip import SoundStrip
from tui.widgets.spectrogram import Spectrogram

log = logging.getLogger(__name__)


async def read_picture(
    asking: LibraryThread, preview: Preview, recording_id: str, time_s: float, short_side_px: int
) -> None:
    """Show the picture at a time, or why there is none.

    Args:
        asking: Asks the library.
        preview: Shows it.
        recording_id: Of which recording.
        time_s: At which time.
        short_side_px: How large it has to be for half blocks; more is asked for where the terminal shows more.
    """
    side_px = preview.short_side_px(short_side_px)
    try:
        rgb = await asking.run(asking.library.picture, recording_id, time_s, short_side_px=side_px)
    except EgosearchError as error:
        preview.say(plain(str(error)))
    except Exception as error:
        log.warning("no preview of %s at %.2f s", recording_id, time_s, exc_info=True)
        preview.say(f"The picture here cannot be read ({type(error).__name__}).")
    else:
        if rgb is None or not rgb.size:
            preview.say("There is no picture here.")
        else:
            preview.show(rgb)


async def read_sound(asking: LibraryThread, strip: SoundStrip, recording_id: str, marked: Span, shown: Span) -> None:
    """Show how loud a part of a recording is, with the moment marked."""
    try:
        levels = await asking.run(asking.library.sound_levels, recording_id)
    except EgosearchError as error:
        strip.say(plain(str(error)))
        return
    if levels is None:
        strip.say("This recording has no sound.")
    else:
        strip.show(marked, shown, levels)


async def read_spectrum(
    asking: LibraryThread, strip: Spectrogram, recording_id: str, marked: Span, shown: Span
) -> None:
    """Show which frequencies sound in a part of a recording, with the moment marked."""
    try:
        spectrum = await asking.run(asking.library.spectrum, recording_id, shown)
    except EgosearchError as error:
        strip.say(plain(str(error)))
    except Exception as error:
        log.warning("no spectrum of %s from %.2f s on", recording_id, shown.start_s, exc_info=True)
        strip.say(f"The sound here cannot be read ({type(error).__name__}).")
    else:
        if spectrum is None:
            strip.say("There is no sound here.")
        else:
            strip.show(marked, shown, spectrum)


async def read_curves(asking: LibraryThread, query: Query, recording_id: str) -> Mapping[str, Curve]:
    """Return the scores along a recording; none where they cannot be read, which is said elsewhere then too."""
    try:
        return await asking.run(asking.library.curves, query, recording_id)
    except EgosearchError as error:
        log.warning("no scores along %s (%s)", recording_id, error)
        return {}


async def read_transcript(asking: LibraryThread, recording_id: str, within: Span) -> str:
    """Return what is said in a part of a recording, or that it is not known."""
    try:
        said = await asking.run(asking.library.transcript, recording_id, within)
    except EgosearchError as error:
        log.info("no transcript of %s (%s)", recording_id, error)
        return "there is no transcript of this recording"
    return " ".join(f"{wording.clock(one.span.start_s)} “{plain(one.text)}”" for one in said) or "Nobody speaks."
