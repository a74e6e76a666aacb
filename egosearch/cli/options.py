"""Options that several commands share, and the way from `--library` to an open library."""

from contextlib import AbstractContextManager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from egosearch.owner.owned import OwnedLibrary
    from egosearch.owner.shared import SharedLibrary

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


class FusionChoice(StrEnum):
    """The ways to fuse the senses, as in `egosearch.types.Fusion`."""

    CALIBRATED = "calibrated"
    RRF = "rrf"


def library_folder(named: Path | None) -> Path:
    """Return the folder that `--library` means."""
    if named is not None:
        return named.expanduser()
    from egosearch.folders import default_folder

    return default_folder()


def open_library(named: Path | None, *, read_only: bool = False, idle_s: float | None = None) -> "SharedLibrary":
    """Open the library that `--library` means, or reach the process that owns it; for use in a `with`.

    Args:
        named: As given, None for the user's own.
        read_only: Whether to open it for reading only where it has no owner.
        idle_s: Let it go after so many seconds without a request, so that others can write to it; None for never.
    """
    from egosearch.owner.opening import open_library

    return open_library(library_folder(named), read_only=read_only, idle_s=idle_s)


def own_library(named: Path | None) -> "AbstractContextManager[OwnedLibrary]":
    """Open the library that `--library` means for writing, and answer for it meanwhile; for use in a `with`."""
    from egosearch.owner.opening import own_library

    return own_library(None if named is None else named.expanduser())
