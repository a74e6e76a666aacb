"""`egosearch clip`: moments as files of their own."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from egosearch.cli import asking, options
from egosearch.cli.answers import nothing_matches
from egosearch.cli.boundary import NOTHING_MATCHED, SOME_FAILED
from egosearch.cli.completion import complete_recording
from egosearch.cli.grouping import Filters, grouped
from egosearch.cli.options import LibraryOption
from egosearch.cli.output import complain, count, length, say, write_path
from egosearch.cli.spans import SPAN, are_spans, find_span
from egosearch.cli.writing_bar import writing_bar
from egosearch.errors import MediaError

if TYPE_CHECKING:
    from egosearch.clips.planning import Wish
    from egosearch.clips.types import ClipOptions, Cut
    from egosearch.owner.verbs import LibraryVerbs
    from egosearch.types import Moment

EXAMPLES = """\b
Examples:
  egosearch clip "when the timer went off"
  egosearch clip kitchen.mp4@12:34-12:50 --output timer.mp4
  egosearch clip "a dog barking" --top 5 --reel
  egosearch clip "the doorbell" --sound --when "last week"
  mpv "$(egosearch clip "washing my hands" --output /tmp --force)\""""

AROUND_S = 2.0
"""Added around what a query finds: its edges are where the sound or the sight begins, which is abrupt to watch."""
IN_REEL = 5

ForceOption = Annotated[bool, typer.Option("--force", help="Replace files that are there already.")]


@grouped
def clip(
    what: Annotated[
        list[str],
        typer.Argument(
            metavar=f"TEXT|{SPAN}",
            show_default=False,
            help="What you remember; or a span, such as kitchen.mp4@12:34-12:50, or several.",
            autocompletion=complete_recording,
        ),
    ],
    *,
    top: Annotated[
        int | None,
        typer.Option(
            metavar="N", min=1, show_default=f"1, with --reel {IN_REEL}", help="Cut out this many of the moments found."
        ),
    ] = None,
    pad_s: Annotated[
        float | None,
        typer.Option(
            "--pad",
            metavar="SECONDS",
            min=0.0,
            show_default=f"{AROUND_S:g} around what a query finds, none around a span",
            help="Add so much before and after.",
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE|DIR",
            show_default="the current folder",
            help="Where to; .mp4, .mov and .mkv hold pictures and sound, .wav, .flac and .m4a sound alone.",
        ),
    ] = None,
    reel: Annotated[
        bool,
        typer.Option("--reel", help="Join them in one file, with captions and chapters; what overlaps is there once."),
    ] = False,
    sound: Annotated[bool, typer.Option("--sound", help="Only the sound, as WAV.")] = False,
    copy: Annotated[
        bool,
        typer.Option(
            "--copy", help="Do not encode again: fast and lossless, but it begins with the key frame before the moment."
        ),
    ] = False,
    force: ForceOption = False,
    min_confidence: asking.MinConfidenceOption = None,
    modality: asking.ModalityOption = None,
    filters: Filters,
    library: LibraryOption = None,
) -> None:
    """Cut moments out into files of their own.

    Cuts are exact to the frame and to the sample. Files are called after the recording and the span, and printed to
    standard output, one path a line. A file that is there already is left alone, and the exit code is 2; where nothing
    matches, it is 1; where some of several could not be cut out, it is 3.
    """
    from egosearch.clips.planning import Wish
    from egosearch.clips.types import ClipOptions

    if copy and (reel or sound):
        raise typer.BadParameter("a copy can neither be joined nor be sound alone", param_hint="--copy")
    text = " ".join(what)
    with options.open_library(library, read_only=True) as opened:
        wanted: Sequence[Moment | Cut]
        if are_spans(what):
            wanted, around_s = [find_span(opened, one) for one in what], 0.0
        else:
            asked = asking.Options(
                limit=top or (IN_REEL if reel else 1), min_confidence=min_confidence, modality=modality
            )
            answer = opened.answer(asking.query_of(text, asked, filters.where(opened)))
            if not answer.matched:
                say(nothing_matches(answer))
                raise typer.Exit(NOTHING_MATCHED)
            wanted, around_s = answer.moments, AROUND_S
        how = ClipOptions(pad_s=around_s if pad_s is None else pad_s, copy=copy, replace=force)
        named_after = "" if are_spans(what) else text
        wish = Wish(output, sound_only=sound, joins=reel, named_after=named_after)
        if not write_clips(opened, wanted, wish, how):
            raise typer.Exit(SOME_FAILED)


def write_clips(library: "LibraryVerbs", wanted: "Sequence[Moment | Cut]", wish: "Wish", how: "ClipOptions") -> bool:
    """Cut out what is wanted, show progress, and print the paths of the files.

    Returns:
        Whether all of it could be written: of several files, those that could not are named, and the others are there.

    Raises:
        QueryError: A file is there already, or what is asked does not go together.
        MediaError: No file could be written, or a recording not be read.
    """
    from egosearch.clips.planning import planned

    recordings = {one.recording_id: one for one in library.recordings()}
    files = planned(wanted, recordings, wish, how)
    failed = []
    for number, file in enumerate(files, start=1):
        title = file.path.name if len(files) == 1 else f"{number}/{len(files)} {file.path.name}"
        try:
            with writing_bar(title) as show:
                written = library.clip(file.parts, file.path, options=how, on_progress=show)
        except MediaError as error:
            failed.append(error)
            if len(failed) == len(files):
                raise
            complain(str(error))
            continue
        early_s = file.parts[0].span.start_s - how.pad_s - written.spans[0].start_s
        if how.copy and early_s >= 0.05:
            say(f"{written.path.name} begins {length(early_s)} early, with the key frame before.")
        if len(file.parts) > 1:
            say(f"{count(len(file.parts), 'moment')} in {length(sum(one.duration_s for one in written.spans))}.")
        write_path(written.path)
    return not failed
