"""`egosearch failures`: what could not be indexed, why, and what to do about it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from egosearch.cli import options
from egosearch.cli.options import JsonOption, LibraryOption
from egosearch.cli.output import count, iso, say, when, write_json, write_path, write_table
from egosearch.cli.printing import PathZeroOption, check_paths

if TYPE_CHECKING:
    from egosearch.indexing.types import FailedFile

EXAMPLES = """\b
Examples:
  egosearch failures
  egosearch failures --json ~/Videos/2026
  egosearch index --retry-failed
  egosearch failures --clear ~/Videos/old"""


def failures(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(metavar="PATH", show_default="all", help="Only these files, and those in these folders."),
    ] = None,
    *,
    library: LibraryOption = None,
    clear: Annotated[
        bool, typer.Option("--clear", help="Forget them: the next indexing tries them as if they were new.")
    ] = False,
    json: JsonOption = False,
    only_paths: Annotated[bool, typer.Option("--paths", help="Print the files' paths only, one a line.")] = False,
    print0: PathZeroOption = False,
) -> None:
    """List the files that could not be indexed, why, and what to do.

    A file that failed is left alone until it changes, or until `egosearch index --retry-failed`. Where only a part of a
    recording failed, the rest of it is indexed and found.
    """
    check_paths(json=json, paths=only_paths, print0=print0)
    wanted = None if not paths else [_absolute(path) for path in paths]
    # First for reading: a mistyped folder must not become a library.
    with options.open_library(library, read_only=True) as opened:
        from egosearch.failing import is_among

        found = [one for one in opened.failures() if wanted is None or is_among(one.path, wanted)]
        folder = opened.path
    if clear and found:
        with options.open_library(library) as writable:
            found = writable.clear_failures([one.path for one in found])
    if json:
        write_json([failure_as_json(one) for one in found])
    elif only_paths:
        for one in found:
            write_path(one.path, end="\0" if print0 else "\n")
    elif found and not clear:
        write_table(
            {"File": "left", "Why": "left", "What to do": "left", "When": "left"},
            [(str(one.path), one.reason, one.remedy, when(one.failed_at)) for one in found],
        )
    if not found:
        say("No file has failed there." if wanted else "No file has failed.")
    elif clear:
        say(f"Forgot {count(len(found), 'failure')}; the next `egosearch index` tries them again.")
    elif not (json or only_paths):
        say(
            f"{count(len(found), 'file')} could not be indexed, or not wholly; `egosearch index --retry-failed` tries"
            f" again. Where in the program each arose is in {folder / 'logs'}."
        )


def failure_as_json(failed: "FailedFile") -> dict[str, Any]:
    """Return a failure in the form that is promised to other programs."""
    return {
        "path": str(failed.path),
        "reason": failed.reason,
        "remedy": failed.remedy,
        "failed_at": iso(failed.failed_at),
    }


def _absolute(path: Path) -> Path:
    from egosearch.folders import absolute

    return absolute(path)
