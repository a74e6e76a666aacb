"""The formats of annotations, each in a module of its own, told apart by what a file holds."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from egosearch.evaluation.annotations import AnnotationError, Annotations
from egosearch.evaluation.formats import ego4d, epic_sounds, questions, qvhighlights, spreadsheet
from egosearch.evaluation.formats.source import Source, read_source

READERS: Mapping[str, Callable[[Source], Annotations]] = {
    "ego4d-nlq": ego4d.read,
    "qvhighlights": qvhighlights.read,
    "epic-sounds": epic_sounds.read,
    "epic-sounds-descriptions": epic_sounds.read_descriptions,
    "questions": questions.read,
    "csv": spreadsheet.read,
}
"""By the name that `--format` takes. Clotho-Moment, CASTELLA and TUT come in the format of QVHighlights."""


def read_annotations(path: Path, format_name: str | None = None) -> Annotations:
    """Read labelled queries.

    Args:
        path: The file.
        format_name: A key of `READERS`; None to tell by what the file holds.

    Raises:
        AnnotationError: The file cannot be read, is in no known format, or something in it makes no sense.
    """
    source = read_source(path)
    name = format_name or detect(source)
    annotations = replace(READERS[name](source), format=name)
    if not annotations.queries:
        reasons = ", ".join(f"{n} {reason}" for reason, n in annotations.left_out.items())
        raise AnnotationError(
            path, "", f"no labelled query is left{f' ({reasons})' if reasons else ''}", "name a file with labels"
        )
    return annotations


def detect(source: Source) -> str:
    """Return the name of a file's format.

    Raises:
        AnnotationError: It is none of the known ones.
    """
    if source.is_json:
        keys = source.first_keys()
        if "videos" in keys:
            return "ego4d-nlq"
        if "qid" in keys or "relevant_windows" in keys:
            return "qvhighlights"
        if "relevant" in keys:
            return "questions"
        found = f"an object with {', '.join(sorted(keys)) or 'nothing in it'}"
    else:
        header = source.header()
        if "video_id" in header and "start_timestamp" in header:
            return "epic-sounds"
        if set(spreadsheet.COLUMNS) <= set(header):
            return "csv"
        found = f"the columns {', '.join(header)}" if header else "nothing"
    raise AnnotationError(
        source.path,
        "line 1",
        f"{_shortened(found)} is none of the known formats",
        f"name one with --format ({', '.join(READERS)}), or write a CSV with the columns"
        f" {','.join(spreadsheet.COLUMNS)}",
    )


def _shortened(text: str) -> str:
    return text if len(text) <= 100 else f"{text[:99]}…"
