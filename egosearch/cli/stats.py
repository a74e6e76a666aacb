"""`egosearch stats`: how much a library holds, and where the bytes are."""

from typing import TYPE_CHECKING, Any

from egosearch.cli import options
from egosearch.cli.options import JsonOption, LibraryOption
from egosearch.cli.output import clock, size, write_json, write_line

if TYPE_CHECKING:
    from egosearch.types import LibraryStats

EXAMPLES = """\b
Examples:
  egosearch stats
  egosearch stats --json"""


def stats(library: LibraryOption = None, json: JsonOption = False) -> None:
    """Show what the library holds and how large it is."""
    with options.open_library(library, read_only=True) as opened:
        held, folder = opened.stats(), opened.path
    if json:
        write_json(stats_as_json(held) | {"library": str(folder)})
        return
    facts = {"library": str(folder), "recordings": f"{held.recordings:,}", "length": clock(held.duration_s)}
    facts |= {f"{sense} windows": f"{number:,}" for sense, number in held.windows.items()}
    facts |= {"failed files": f"{held.failures:,}", "size": size(held.size_bytes)}
    facts |= {f"  {part}": size(size_bytes) for part, size_bytes in held.bytes_by_part.items()}
    if held.duration_s > 0:
        facts["size an hour"] = size(round(held.size_bytes / held.duration_s * 3600))
        if held.fixed_bytes:
            facts["  fixed"] = f"{size(held.fixed_bytes)}, however long the recordings are"
            facts["  growth an hour"] = size(round(held.growth_bytes))
    if held.bytes_by_space:
        facts["vectors and scan, by space"] = ""
        facts |= {f"  {name}": size(size_bytes) for name, size_bytes in held.bytes_by_space.items()}
    width = max(16, *(len(name) for name, fact in facts.items() if fact))
    for name, fact in facts.items():
        write_line(f"{name:<{width}} {fact}".rstrip())


def stats_as_json(held: "LibraryStats") -> dict[str, Any]:
    """Return the numbers in the form that is promised to other programs."""
    return {
        "recordings": held.recordings,
        "duration_s": round(held.duration_s, 3),
        "windows": {str(sense): number for sense, number in held.windows.items()},
        "failures": held.failures,
        "size_bytes": held.size_bytes,
        "bytes_by_part": dict(held.bytes_by_part),
        "bytes_by_space": dict(held.bytes_by_space),
        "fixed_bytes": held.fixed_bytes,
        "growth_bytes_an_hour": round(held.growth_bytes),
    }
