from dataclasses import replace
from datetime import UTC, datetime, time
from pathlib import Path

import pytest

from egosearch.errors import QueryError
from egosearch.indexing.types import IndexOptions
from egosearch.library import Library
from egosearch.typed import more_like, query_of
from egosearch.types import Place, Query, Where
from indexers.types import Modality
from tests.media import make_recording
from tests.tui.fake_library import MOMENTS, FakeLibrary

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def test_conditions_become_what_the_engine_asks_for() -> None:
    line = "alarm in:kitchen.mp4 on:yesterday between:18:00-22:00 not:wind then:oven within:60 visual:0.5"
    assert query_of(FakeLibrary(), line, limit=7, session="s", now=NOW) == Query(
        "alarm",
        limit=7,
        without=("wind",),
        then=("oven",),
        within_s=60.0,
        weights={Modality.VISUAL: 0.5},
        where=Where(
            recording_ids=frozenset({"kitchen.mp4"}),
            since=datetime(2026, 11, 21),
            until=datetime(2026, 11, 22),
            between=(time(18), time(22)),
        ),
        session="s",
    )


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("alarm in:attic.mp4", "no recording matches 'attic.mp4'"),
        ("alarm since:blursday", "blursday"),
        ("alarm on:yesterday since:today", "no time meets both since: and on:|no time meets both since: and until:"),
        ("alarm folder:/nowhere", "no recording in the library is in /nowhere"),
        ("in:kitchen.mp4", "conditions only"),
    ],
)
def test_what_no_recording_meets_is_told_in_the_lines_own_words(line: str, why: str) -> None:
    with pytest.raises(QueryError, match=why) as told:
        query_of(FakeLibrary(), line, now=NOW)
    assert "--since" not in str(told.value)


def test_more_like_a_moment_is_asked_where_the_sense_has_it() -> None:
    heard, seen = MOMENTS[0].evidence
    assert more_like(MOMENTS[0], Modality.AUDIO, limit=5) == Query(
        like=Place("kitchen.mp4", (heard.span.start_s + heard.span.end_s) / 2),
        modalities=frozenset({Modality.AUDIO}),
        limit=5,
    )
    by_eye = more_like(MOMENTS[0], Modality.VISUAL).like
    assert by_eye is not None
    assert by_eye.time_s == (seen.span.start_s + seen.span.end_s) / 2


def test_a_real_library_answers_a_typed_line(library: Library, toy: IndexOptions, tmp_path: Path) -> None:
    library.index([make_recording(tmp_path / "colours.mp4")], options=toy)
    asked = query_of(library, "blue in:colours.mp4")
    answer = library.answer(asked)
    assert replace(answer, query=Query("blue")) == library.answer(Query("blue"))
    assert answer.moments + answer.near_misses
