"""Options that several commands share, and the way from `--library` to an open library."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from egosearch.library import Library

LibraryOption = Annotated[
    Path | None,
    typer.Option(
        "--library",
        metavar="DIR",
        envvar="EGOSEARCH_LIBRARY",
        show_default="a folder of your own, see `egosearch doctor`",
        help="The folder that holds the index.",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, for other programs.")]


class Sense(StrEnum):
    """The modalities by name. `indexers.types.Modality` has the same, but importing it would load NumPy."""

    AUDIO = "audio"
    VISUAL = "visual"
    SPEECH = "speech"


class FusionChoice(StrEnum):
    """The ways to fuse the senses, as in `egosearch.types.Fusion`."""

    CALIBRATED = "calibrated"
    RRF = "rrf"


def library_folder(named: Path | None) -> Path:
    """Return the folder that `--library` means."""
    from egosearch.config import default_folder

    return named.expanduser() if named is not None else default_folder()


def open_library(named: Path | None, *, read_only: bool = False) -> "Library":
    """Open the library that `--library` means; for use in a `with`."""
    from egosearch.library import Library

    return Library.open(named.expanduser() if named is not None else None, read_only=read_only)
