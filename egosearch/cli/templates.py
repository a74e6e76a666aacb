r"""`--format`: moments as lines of the user's own making, for pipes: `'{path}\t{start_s}'`."""

import re
from collections.abc import Iterator, Mapping
from string import Formatter
from typing import TYPE_CHECKING, Any

import typer

from egosearch.cli.output import clock, iso, write_data
from egosearch.printable import plain
from egosearch.telling import why

if TYPE_CHECKING:
    from egosearch.types import Answer, Moment

FIELDS = (
    "rank",
    "path",
    "name",
    "id",
    "start_s",
    "end_s",
    "length_s",
    "start",
    "end",
    "recorded_at",
    "confidence",
    "score",
    "why",
    "query",
)
_ESCAPES = {r"\n": "\n", r"\t": "\t", r"\0": "\0", r"\\": "\\"}
_OPTION = "--format"


class _Template(Formatter):
    """Fills in the fields above and nothing that hangs on them: a template can reach no attribute."""

    def get_field(self, field_name: str, args: Any, kwargs: Mapping[str, Any]) -> tuple[Any, str]:  # noqa: ARG002
        if field_name not in kwargs:
            raise ValueError(f"it knows no {{{field_name}}}, but {', '.join(FIELDS)}")
        return kwargs[field_name], field_name


def check_template(template: str) -> None:
    """Refuse a template before anything is searched.

    Raises:
        typer.BadParameter: It names something else than `FIELDS`, or does not read as a template.
    """
    empty: dict[str, Any] = dict.fromkeys(FIELDS, "")
    empty |= {"rank": 1, **dict.fromkeys(("start_s", "end_s", "length_s", "confidence", "score"), 0.5)}
    try:
        _Template().vformat(template, (), empty)
    except (ValueError, KeyError, IndexError) as error:
        raise typer.BadParameter(str(error), param_hint=_OPTION) from error


def write_formatted(answer: "Answer", template: str, *, end: str = "\n") -> None:
    """Print a line a moment, best first.

    Args:
        answer: What was found.
        template: Checked by `check_template`; of backslashes it knows those before n, t, 0 and themselves.
        end: What follows each.
    """
    read = re.sub(r"\\[nt0\\]", lambda found: _ESCAPES[found[0]], template)
    for line in _lines(answer, read):
        write_data(line + end)


def _lines(answer: "Answer", template: str) -> Iterator[str]:
    for rank, moment in enumerate(answer.moments, start=1):
        yield _Template().vformat(template, (), _fields(rank, moment, answer.query.text))


def _fields(rank: int, moment: "Moment", query: str) -> dict[str, Any]:
    """Return what a template can name, one line each but for the path, which is exact."""
    return {
        "rank": rank,
        "path": str(moment.path),
        "name": plain(moment.path.name),
        "id": moment.recording_id,
        "start_s": round(moment.span.start_s, 3),
        "end_s": round(moment.span.end_s, 3),
        "length_s": round(moment.span.duration_s, 3),
        "start": clock(moment.span.start_s),
        "end": clock(moment.span.end_s),
        "recorded_at": iso(moment.recorded_at) or "",
        "confidence": round(moment.confidence, 4),
        "score": round(moment.score, 4),
        "why": plain(why(moment)),
        "query": plain(query),
    }
