"""`egosearch spaces`: what each of a library's encoders has indexed, which one searches use, and giving one up."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from egosearch.cli import options
from egosearch.cli.boundary import USAGE
from egosearch.cli.options import JsonOption, LibraryOption
from egosearch.cli.output import clock, complain, count, plain, say, size, write_json, write_table
from indexers.facts import Modality

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from egosearch.owner.owned import OwnedLibrary
    from egosearch.types import SpaceSummary

EXAMPLES = """\b
Examples:
  egosearch spaces
  egosearch index --encoder visual=open-clip:ViT-B-32/laion2b_s34b_b79k
  egosearch eval labels.csv --compare
  egosearch spaces use open-clip:ViT-B-32/laion2b_s34b_b79k
  egosearch spaces drop visual=concepts"""
USE_EXAMPLES = """\b
Examples:
  egosearch spaces use open-clip:ViT-B-32/laion2b_s34b_b79k
  egosearch spaces use visual=concepts"""
DROP_EXAMPLES = """\b
Examples:
  egosearch spaces drop visual=concepts
  egosearch spaces drop 3f9a --yes"""

WORDS = "bm25"
"""The encoder of what is said word by word, which goes with the encoder of speech; `indexers.lexical.MODEL`."""

SpaceArgument = Annotated[
    str,
    typer.Argument(
        metavar="SPACE",
        show_default=False,
        help="Its encoder, as MODEL or MODALITY=MODEL, or the beginning of its id.",
    ),
]

app = typer.Typer(rich_markup_mode=None)


@app.callback(invoke_without_command=True)
def spaces(context: typer.Context, library: LibraryOption = None, json: JsonOption = False) -> None:
    """List what each encoder has indexed, and choose among them.

    A library may be indexed with several encoders for one sense, each into a space of its own. New recordings are
    indexed into all of them; searches use one. `use` says which, and `drop` gives one up.
    """
    if context.invoked_subcommand is None:
        list_(library, json)


@app.command("list")
def list_(library: LibraryOption = None, json: JsonOption = False) -> None:
    """List the spaces: with what they were made, how much is in them, and which ones searches use."""
    with options.open_library(library, read_only=True) as opened:
        listed = opened.spaces()
    if json:
        write_json([space_as_json(one) for one in listed])
    elif listed:
        write_table(
            {
                "Sense": "left",
                "Encoder": "left",
                "Id": "left",
                "Numbers": "right",
                "Recordings": "right",
                "Length": "right",
                "Windows": "right",
                "Size": "right",
                "Searched": "left",
            },
            [_row(one) for one in listed],
        )
    else:
        say("This library is empty; `egosearch index PATH` fills it.")


@app.command("use", epilog=USE_EXAMPLES)
def use(space: SpaceArgument, library: LibraryOption = None) -> None:
    """Let searches use a space, instead of the other one of its sense, which is kept."""
    with _own(library) as opened:
        used = opened.use_space(space)
        recordings = opened.stats().recordings
    say(f"Searches use {used.model} for {used.modality} from now on.")
    if used.recordings < recordings:
        say(
            f"It has {used.recordings:,} of {count(recordings, 'recording')}; `egosearch index` indexes with it what is"
            " missing."
        )


@app.command("drop", epilog=DROP_EXAMPLES)
def drop(
    space: SpaceArgument,
    library: LibraryOption = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Give up what an encoder has indexed. The one that searches use can go only where it is the last of its sense."""
    if not yes and not sys.stdin.isatty():
        complain(f"nobody is there to confirm that {space} is dropped; add --yes")
        raise typer.Exit(USAGE)
    with _own(library) as opened:
        meant = opened.find_space(space)
        held = f"{count(meant.windows, 'window')} of {count(meant.recordings, 'recording')}"
        question = f"Drop what {meant.model} has indexed for {meant.modality} ({held})? The files stay."
        if not (yes or typer.confirm(plain(question), err=True)):
            say("Nothing was dropped.")
            return
        opened.drop_space(meant.space_id)
    say(f"Dropped what {meant.model} had indexed for {meant.modality}.")
    if meant.is_default:
        say(f"There is nothing left for {meant.modality} to search; `egosearch index --encoder` makes it anew.")


def space_as_json(space: "SpaceSummary") -> dict[str, Any]:
    """Return a space in the form that is promised to other programs."""
    return {
        "space_id": space.space_id,
        "modality": str(space.modality),
        "model": space.model,
        "dim": space.dim,
        "layout": space.layout,
        "recordings": space.recordings,
        "indexed_s": round(space.indexed_s, 3),
        "windows": space.windows,
        "size_bytes": space.size_bytes,
        "is_default": space.is_default,
    }


def _row(space: "SpaceSummary") -> tuple[str, ...]:
    return (
        str(space.modality),
        space.model,
        space.space_id,
        f"{space.dim:,} {space.layout}",
        f"{space.recordings:,}",
        clock(space.indexed_s),
        f"{space.windows:,}",
        "on a server" if space.size_bytes is None else size(space.size_bytes),
        "yes" if space.is_default else "no",
    )


def encoders_named(choices: list[str]) -> dict[Modality, str]:
    """Read `--encoder MODALITY=NAME`, given any number of times."""
    chosen: dict[Modality, str] = {}
    for choice in choices:
        sense, _, name = choice.partition("=")
        if sense not in set(Modality) or not name:
            raise typer.BadParameter(
                f"{choice!r} is not MODALITY=NAME, such as audio=concepts; modalities are {', '.join(Modality)}",
                param_hint="--encoder",
            )
        if Modality(sense) in chosen:
            raise typer.BadParameter(f"{sense} has two encoders there; name one at a time", param_hint="--encoder")
        chosen[Modality(sense)] = name
    return chosen


def _own(library: Path | None) -> "AbstractContextManager[OwnedLibrary]":
    """Open a library for writing that is there: a mistyped folder must not become one."""
    with options.open_library(library, read_only=True):
        pass
    return options.own_library(library)
