"""`egosearch verify`: whether the library is sound, and what mends it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from egosearch.cli import options
from egosearch.cli.boundary import LIBRARY
from egosearch.cli.options import JsonOption, LibraryOption
from egosearch.cli.output import count, say, write_json, write_line
from egosearch.cli.progress import progress_view

if TYPE_CHECKING:
    from egosearch.integrity import Finding, IntegrityReport

EXAMPLES = """\b
Examples:
  egosearch verify
  egosearch verify --repair
  egosearch verify --json"""


def verify(
    library: LibraryOption = None,
    repair: Annotated[
        bool, typer.Option("--repair", help="Mend what can be mended without a decision of yours.")
    ] = False,
    deep: Annotated[
        bool, typer.Option("--deep", help="Also read the files: has one become another, of the same size and time?")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Check that the library is sound, or mend it.

    Catalogue, vectors, search cache and files have to say the same. Every vector is read back, and compared with what
    it was when it was indexed. Recordings are only read.

    With --repair, what is lost of a recording whose file is there is indexed again, what belongs to nothing is deleted,
    and the search cache is made anew. Of a file that is gone everything stays: bring it back, or take it out with
    `egosearch remove`.

    The exit code is 0 where nothing is wrong any more, and 4 where something is.
    """
    report = _repaired(library, deep=deep) if repair else _verified(library, deep=deep)
    if json:
        write_json(report_as_json(report))
    else:
        for finding in report.findings:
            for line in lines(finding):
                write_line(line)
    say(summary(report))
    if not report.is_sound:
        raise typer.Exit(LIBRARY)


def _verified(library: Path | None, *, deep: bool) -> "IntegrityReport":
    with options.open_library(library, read_only=True) as opened:
        return opened.verify(deep=deep)


def _repaired(library: Path | None, *, deep: bool) -> "IntegrityReport":
    # First for reading: a mistyped folder must not become a library.
    with options.open_library(library, read_only=True):
        pass
    with options.own_library(library) as opened, progress_view(is_quiet=False) as view:
        return opened.repair(deep=deep, on_progress=view.show)


def lines(finding: "Finding") -> list[str]:
    """Say what is wrong, and what to do."""
    what = f"{finding.kind} ({finding.count:,}): {finding.about}"
    return [f"mended: {what}"] if finding.is_mended else [what, f"  {finding.remedy}"]


def summary(report: "IntegrityReport") -> str:
    """Say in a sentence or two what was looked at, and how it is."""
    speed = f", {report.windows / report.elapsed_s:,.0f} a second" if report.elapsed_s > 0 else ""
    looked = f"Checked {count(report.recordings, 'recording')} and {count(report.windows, 'vector')}{speed}"
    mended = sum(finding.is_mended for finding in report.findings)
    left = len(report.findings) - mended
    if not report.findings:
        return f"{looked}: nothing is wrong."
    done = f" {count(mended, 'problem')} mended." if mended else ""
    return f"{looked}.{done}" + (f" {count(left, 'problem')} left; what to do is above." if left else "")


def report_as_json(report: "IntegrityReport") -> dict[str, Any]:
    """Return a report in the form that is promised to other programs."""
    return {
        "is_sound": report.is_sound,
        "recordings": report.recordings,
        "vectors": report.windows,
        "elapsed_s": round(report.elapsed_s, 3),
        "findings": [
            {
                "kind": finding.kind.value,
                "about": finding.about,
                "count": finding.count,
                "remedy": finding.remedy,
                "is_mended": finding.is_mended,
            }
            for finding in report.findings
        ],
    }
