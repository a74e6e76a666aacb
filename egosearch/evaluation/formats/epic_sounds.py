"""EPIC-SOUNDS: sounds in the recordings of EPIC-KITCHENS, with a class and a description. CSV.

    annotation_id,participant_id,video_id,start_timestamp,stop_timestamp,description,class,class_id
    P01_11_1,P01,P01_11,00:00:03.065,00:00:14.447,paper rustle,rustle,4

The classes are the queries: all sounds of a class in a recording are the right spans of one query. The columns
`start_sample` and `stop_sample` of the newer files say the same and are not needed.

Source: Huh et al., "EPIC-SOUNDS: A Large-Scale Dataset of Actions That Sound", ICASSP 2023.
"""

import re
from collections import Counter

from egosearch.evaluation.annotations import Annotations, LabelledQuery, Target
from egosearch.evaluation.formats.source import Record, Source
from indexers.types import Span

COLUMNS = ("annotation_id", "video_id", "start_timestamp", "stop_timestamp", "class")
CLOCK = re.compile(r"(\d+):([0-5]?\d):([0-5]?\d(?:\.\d+)?)")
UNLABELLED = "unlabelled"
"""Stands where an annotator gave no description."""


def read(source: Source) -> Annotations:
    """Read it with the classes as queries, each a group over all recordings."""
    return _read(source, "class")


def read_descriptions(source: Source) -> Annotations:
    """Read it with the annotators' own words as queries. One description may have several classes: no groups."""
    return _read(source, "description")


def _read(source: Source, field: str) -> Annotations:
    rows: dict[tuple[str, str], list[Record]] = {}
    left_out: Counter[str] = Counter()
    for record in source.rows((*COLUMNS, field)):
        text = record.text(field)
        if field == "description" and text == UNLABELLED:
            left_out["sounds without a description"] += 1
        else:
            rows.setdefault((record.text("video_id"), text), []).append(record)
    queries = tuple(
        LabelledQuery(
            query_id=f"{recording}/{text}",
            text=text,
            recording=recording,
            relevant=tuple(Target(recording, _span(record)) for record in records),
            group=text if field == "class" else "",
        )
        for (recording, text), records in rows.items()
    )
    return Annotations(source.path, "epic-sounds", queries, left_out)


def _span(record: Record) -> Span:
    start_s, end_s = (_seconds(record, field) for field in ("start_timestamp", "stop_timestamp"))
    return record.checked(start_s, end_s, "start_timestamp and stop_timestamp")


def _seconds(record: Record, field: str) -> float:
    match = CLOCK.fullmatch(record.text(field))
    if match is None:
        raise record.error(field, f"{record.text(field)!r} is no time", "write h:mm:ss.fff, such as 00:00:02.069")
    hours, minutes, seconds = match.groups()
    return 3600 * int(hours) + 60 * int(minutes) + float(seconds)
