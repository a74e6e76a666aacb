"""`egosearch models`: the models that are there, and getting more of them."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from egosearch.cli import options
from egosearch.cli.boundary import NOTHING_MATCHED
from egosearch.cli.options import JsonOption, LibraryOption
from egosearch.cli.output import count, say, size, write_json, write_line, write_path, write_table

if TYPE_CHECKING:
    from egosearch.models.listing import Entry

EXAMPLES = """\b
Examples:
  egosearch models
  egosearch models list --json
  egosearch models pull open-clip:ViT-B-32/laion2b_s34b_b79k
  egosearch models path whisper:tiny.en
  egosearch models export open-clip:ViT-B-32/laion2b_s34b_b79k"""
PULL_EXAMPLES = """\b
Examples:
  egosearch models pull open-clip:ViT-B-32/laion2b_s34b_b79k
  egosearch models pull laion-clap:630k-audioset-best"""
PATH_EXAMPLES = """\b
Examples:
  egosearch models path whisper:tiny.en
  du -sh "$(egosearch models path laion-clap:630k-audioset-best)\""""

EXPORT_EXAMPLES = """\b
Examples:
  egosearch models export open-clip:ViT-B-32/laion2b_s34b_b79k
  egosearch models export laion-clap:630k-audioset-best --precision int8 --to ~/clap-int8"""

NameArgument = Annotated[
    str, typer.Argument(metavar="NAME", show_default=False, help="As for --encoder: FAMILY:MODEL.")
]
AllOption = Annotated[bool, typer.Option("--all", help="Also every model that OpenCLIP knows.")]


class PrecisionChoice(StrEnum):
    """How weights are kept, as in `egosearch.models.exporting.Precision`."""

    FP16 = "fp16"
    INT8 = "int8"


app = typer.Typer(rich_markup_mode=None)


@app.callback(invoke_without_command=True)
def models(
    context: typer.Context, library: LibraryOption = None, has_all: AllOption = False, json: JsonOption = False
) -> None:
    """List the models, here and to be had; pull, find or export one.

    An encoder turns sounds or pictures into what can be searched. Nothing is ever downloaded but by `pull`, and never
    while indexing or searching.
    """
    if context.invoked_subcommand is None:
        list_(library, has_all, json)


@app.command("list")
def list_(library: LibraryOption = None, has_all: AllOption = False, json: JsonOption = False) -> None:
    """List the encoders: what is here, what could be, and what a library was made with."""
    from egosearch.models.listing import entries, shipped_bytes, used_by_library

    listed = entries(used_by_library(options.library_folder(library)), has_all=has_all)
    if json:
        write_json([_as_json(entry) for entry in listed])
        return
    write_table(
        {"Encoder": "left", "Sense": "left", "What": "left", "Licence": "left", "State": "left"},
        [(_marked(one), one.senses, one.about, one.licence, one.state) for one in listed if one.is_family],
    )
    write_line()
    write_table(
        {"Model": "left", "Licence": "left", "Size": "right", "Digest": "left", "State": "left"},
        [_row(one) for one in listed if not one.is_family],
    )
    write_line()
    if any(entry.used_by for entry in listed):
        write_line("* what the library was made with, and is searched with.")
    write_line(
        f"The weights of concepts are in the package: {size(shipped_bytes())}. Nothing is downloaded but by"
        " `egosearch models pull MODEL`."
    )


@app.command("pull", epilog=PULL_EXAMPLES)
def pull(name: NameArgument) -> None:
    """Fetch a model, to be used from then on without a network.

    Says how large it is and under which licence before it begins. Stopped, it goes on where it was when it is called
    again. What came is verified, and nothing is put in place before all of it is here.
    """
    from egosearch.cli.pull_progress import pull_progress
    from egosearch.models.pulling import order
    from egosearch.models.pulling import pull as fetch

    ordered = order(name)
    missing_bytes = sum(file.remote.size_bytes for file in ordered.missing)
    whole = sum(file.remote.size_bytes for file in ordered.files)
    licence = f"licence {ordered.licence}" if ordered.licence else "no licence stated; see its page at the hub"
    say(f"{ordered.name}: {size(whole)} in {count(len(ordered.files), 'file')} from {ordered.source}, {licence}")
    try:
        with pull_progress() as show:
            fetch(ordered, on_progress=show)
    except KeyboardInterrupt:
        say("What was fetched is kept; the same command goes on from there.")
        raise
    if missing_bytes:
        say(f"Fetched {size(missing_bytes)}, verified and ready.")
    else:
        say("It was here already; nothing was fetched.")


@app.command("path", epilog=PATH_EXAMPLES)
def path(name: NameArgument) -> None:
    """Print where a model lies: its file, or the folder of one that is several. Exit code 1 where it is not here."""
    from egosearch.models.shelf import find

    found = find(name)
    if found is None:
        say(f"{name} is not on this machine; `egosearch models list` shows what is, and how to get it.")
        raise typer.Exit(NOTHING_MATCHED)
    write_path(found.path)


@app.command("export", epilog=EXPORT_EXAMPLES)
def export(
    name: NameArgument,
    *,
    to: Annotated[
        Path | None,
        typer.Option("--to", metavar="FOLDER", show_default="the folder of models", help="The folder to make."),
    ] = None,
    precision: Annotated[
        PrecisionChoice,
        typer.Option(metavar="fp16|int8", help="How weights are kept: in half the bytes, or in a quarter."),
    ] = PrecisionChoice.FP16,
) -> None:
    """Turn a model into one that needs neither torch nor its package.

    Both towers become ONNX networks, in a folder that can be copied to another machine. They are compared with the
    source on samples, and only what is near enough is kept. Takes some minutes, the extra of the model and the extra
    `export`.
    """
    from egosearch.models.exporting import export as make

    made = make(name, precision=precision.value, to=to, on_step=say)
    say(
        f"{made.folder}: {size(made.size_bytes)}, {made.method}; the least cosine to the source on samples is"
        f" {made.least_cosine:.4f}. Use it as --encoder {made.name}"
    )
    write_path(made.folder)


def _marked(entry: "Entry") -> str:
    return f"{entry.name} *" if entry.used_by else entry.name


def _row(entry: "Entry") -> tuple[str, ...]:
    """Return a line for people: the command that is missing stands below the table once, not in every line."""
    about = f"~{size(entry.expected_bytes)}" if entry.expected_bytes else ""
    there = size(entry.size_bytes) if entry.size_bytes is not None else about
    return _marked(entry), entry.licence, there, entry.digest or "", entry.state.partition(";")[0]


def _as_json(entry: "Entry") -> dict[str, Any]:
    """Return an entry in the form that is promised to other programs; names may be added, none changed."""
    from egosearch.models.families import READY

    return {
        "name": entry.name,
        "modalities": entry.senses.split(", ") if entry.senses else [],
        "about": entry.about,
        "licence": entry.licence or None,
        "is_ready": entry.state == READY,
        "state": entry.state,
        "size_bytes": entry.size_bytes,
        "expected_bytes": entry.expected_bytes,
        "digest": entry.digest,
        "path": None if entry.path is None else str(entry.path),
        "is_family": entry.is_family,
        "used_by_library": list(entry.used_by),
    }
