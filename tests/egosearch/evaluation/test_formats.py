"""Every format is read into the same type, told apart by its content, and errors say file, line, field and remedy."""

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from egosearch.errors import QueryError
from egosearch.evaluation.annotations import AnnotationError, Annotations, Cut, LabelledQuery, Target
from egosearch.evaluation.formats import READERS, detect, read_annotations
from egosearch.evaluation.formats.source import Source
from indexers.types import Span

SHARED = Path(os.environ.get("EGOSEARCH_SHARED", Path(__file__).parents[4] / "shared")) / "data" / "annotations"

QVHIGHLIGHTS = """\
{"qid": 3, "query": "Brakes squeak.", "vid": "a005_0_60", "duration": 60, "relevant_windows": [[31.7, 34.4], [50, 51]]}

{"qid": "x_2", "query": "Rain.", "vid": "a006", "duration": 60, "relevant_windows": [], "saliency_scores": [[1, 2, 3]]}
"""
QUESTIONS = """\
{"id": "sound-0", "kind": "sound", "text": "the phone rang", "relevant": [{"recording": "a.mp4", "start_s": 4.73, \
"end_s": 6}, {"recording": "b.mp4", "start_s": 0, "end_s": 1}]}
{"id": "absent-1", "text": "a gunshot", "relevant": []}
"""
EPIC_SOUNDS = """\
annotation_id,participant_id,video_id,start_timestamp,stop_timestamp,start_sample,stop_sample,description,class,class_id
P01_11_0,P01,P01_11,00:00:02.069,00:00:02.993,1,2,clang / clatter,"ceramic, wood",34
P01_11_1,P01,P01_11,00:00:03.065,00:00:14.447,1,2,paper rustle,rustle,4
P01_11_2,P01,P01_11,01:01:16.706,01:01:32.406,1,2,unlabelled,rustle,4
P01_12_0,P01,P01_12,00:00:01.000,00:00:02.000,1,2,paper rustle,rustle,4
"""
TABLE = """\
recording,query,start_s,end_s,group
kitchen.mp4,the timer beeps,12.5,14,sound
kitchen.mp4,"a cup, put down",1,2,
kitchen.mp4, the timer beeps ,61,62.5,sound

kitchen.mp4,a dog barking,,,
,a helicopter,,,
"""


def ego4d(*queries: Mapping[str, object]) -> str:
    clip = {
        "clip_uid": "clip-1",
        "video_start_sec": 100.0,
        "video_end_sec": 580.0,
        "annotations": [{"annotation_uid": "ann-1", "language_queries": list(queries)}],
    }
    videos = [{"video_uid": "video-1", "clips": [clip], "split": "val"}]
    return json.dumps({"version": "1", "date": "220216", "description": "NLQ", "videos": videos}, indent=1)


ASKED: dict[str, object] = {
    "clip_start_sec": 10.0,
    "clip_end_sec": 12.5,
    "video_start_sec": 110.0,
    "video_end_sec": 112.5,
    "template": "Objects: Where is object X?",
    "query": "where was the cup?",
}
SAMPLES = {
    "ego4d-nlq": ego4d(ASKED),
    "qvhighlights": QVHIGHLIGHTS,
    "epic-sounds": EPIC_SOUNDS,
    "questions": QUESTIONS,
    "csv": TABLE,
}


def read(tmp_path: Path, text: str, format_name: str | None = None) -> Annotations:
    path = tmp_path / "labels.txt"
    path.write_text(text, encoding="utf-8")
    return read_annotations(path, format_name)


def targets(recording: str, *spans: tuple[float, float]) -> tuple[Target, ...]:
    return tuple(Target(recording, Span(*span)) for span in spans)


@pytest.mark.parametrize("name", SAMPLES)
def test_a_format_is_told_by_its_content(tmp_path: Path, name: str) -> None:
    assert read(tmp_path, SAMPLES[name]).format == name
    assert read(tmp_path, f"\ufeff{SAMPLES[name]}").format == name, "with a byte order mark"
    compact = json.dumps(json.loads(SAMPLES[name])) if name == "ego4d-nlq" else SAMPLES[name]
    assert read(tmp_path, compact).format == name


def test_qvhighlights(tmp_path: Path) -> None:
    right = targets("a005_0_60", (31.7, 34.4), (50, 51))
    assert read(tmp_path, QVHIGHLIGHTS).queries == (
        LabelledQuery(3, "Brakes squeak.", "a005_0_60", right),
        LabelledQuery("x_2", "Rain.", "a006", ()),
    )


def test_questions(tmp_path: Path) -> None:
    right = targets("a.mp4", (4.73, 6)) + targets("b.mp4", (0, 1))
    assert read(tmp_path, QUESTIONS).queries == (
        LabelledQuery("sound-0", "the phone rang", None, right, "sound"),
        LabelledQuery("absent-1", "a gunshot", None, ()),
    )


def test_epic_sounds_asks_for_classes(tmp_path: Path) -> None:
    rustle = targets("P01_11", (3.065, 14.447), (3676.706, 3692.406))
    assert read(tmp_path, EPIC_SOUNDS).queries == (
        LabelledQuery(
            "P01_11/ceramic, wood", "ceramic, wood", "P01_11", targets("P01_11", (2.069, 2.993)), "ceramic, wood"
        ),
        LabelledQuery("P01_11/rustle", "rustle", "P01_11", rustle, "rustle"),
        LabelledQuery("P01_12/rustle", "rustle", "P01_12", targets("P01_12", (1, 2)), "rustle"),
    )


def test_epic_sounds_can_ask_for_descriptions(tmp_path: Path) -> None:
    found = read(tmp_path, EPIC_SOUNDS, "epic-sounds-descriptions")
    assert found.format == "epic-sounds-descriptions"
    assert [query.text for query in found.queries] == ["clang / clatter", "paper rustle", "paper rustle"]
    assert found.left_out == {"sounds without a description": 1}


def test_a_plain_csv(tmp_path: Path) -> None:
    timer = targets("kitchen.mp4", (12.5, 14), (61, 62.5))
    assert read(tmp_path, TABLE).queries == (
        LabelledQuery(1, "the timer beeps", "kitchen.mp4", timer, "sound"),
        LabelledQuery(2, "a cup, put down", "kitchen.mp4", targets("kitchen.mp4", (1, 2))),
        LabelledQuery(3, "a dog barking", "kitchen.mp4", ()),
        LabelledQuery(4, "a helicopter", None, ()),
    )


def test_ego4d(tmp_path: Path) -> None:
    (query,) = read(tmp_path, ego4d(ASKED)).queries
    cut = Cut("clip-1", Span(100, 580))
    right = targets("video-1", (110, 112.5))
    assert query == LabelledQuery("clip-1/ann-1/0", "where was the cup?", "video-1", right, cut=cut)


def test_what_ego4d_has_no_use_for_is_counted(tmp_path: Path) -> None:
    pointless = ASKED | {"video_end_sec": 110.0}
    untimed = {"query": "where?", "template": None}
    found = read(tmp_path, ego4d(ASKED | {"query": None}, {}, ASKED | {"query": " "}, pointless, untimed, ASKED))
    assert [query.query_id for query in found.queries] == ["clip-1/ann-1/5"], "numbered as in the challenge"
    assert found.left_out == {
        "queries without text": 3,
        "queries whose span has no length": 1,
        "queries without times (the test split has none)": 1,
    }


LINE = '{"qid": 1, "query": "rain", "vid": "a", "relevant_windows": [[1, 2]]}\n'
BROKEN = {
    "no JSON in line 2": (LINE + '{"qid": 2,\n', r"line 2: it is no JSON \(.*\); write one object a line"),
    "a list": (LINE + "[1]\n", r"line 2: \[1\] is not an object"),
    "no query": (LINE + '{"qid": 2}\n', r"line 2, vid: it is missing; give it a vid"),
    "an empty query": (LINE.replace("rain", " "), r'line 1, query: " " is not text; give it a query, or remove it'),
    "no windows": (LINE.replace("relevant_w", "w"), r"line 1, relevant_windows: it is missing; use a split that has"),
    "no pair": (
        LINE.replace("[1, 2]", "[1]"),
        r"line 1, relevant_windows\[0\]: \[1\] is not \[start, end\]; write two",
    ),
    "backwards": (LINE.replace("[1, 2]", "[3, 2]"), r"a span from 3 to 2 s has no length; correct it or remove it"),
    "before": (LINE.replace("[1, 2]", "[-1, 2]"), r"-1 s is before the recording begins"),
    "no number": (LINE.replace("[1, 2]", '["x", 2]'), r'line 1, .*start: "x" is not a number; write seconds'),
    "truth": (LINE.replace("[1, 2]", "[true, 2]"), r"true is not a number"),
    "infinite": (LINE.replace("[1, 2]", "[1, Infinity]"), r"inf is no time"),
    "a second id": (LINE + LINE, r"line 2, qid: 1 is at line 1 already; give every query an id of its own"),
    "a fraction of an id": (LINE.replace('"qid": 1', '"qid": 1.5'), r"line 1, qid: 1.5 is not text"),
    "no such format": ('{"a": 1}', r"line 1: an object with a is none of the known formats; name one with --format"),
    "no such columns": (
        "a,b\n1,2\n",
        r"the columns a, b is none of the known formats; .*recording,query,start_s,end_s",
    ),
    "nothing": ("", r"line 1: nothing is none of the known formats"),
    "no rows": ("recording,query,start_s,end_s\n", r"no labelled query is left; name a file with labels"),
    "a row too short": (TABLE + "a,b\n", r"line 8: it has 2 columns and the first line 5; quote what has a comma"),
    "a stray quote": (TABLE + 'a,"b"c,1,2,\n', r"line 8: .*; quote what has a comma in it, and double the quotes"),
    "nowhere": (
        TABLE + ",rain,1,2,\n",
        r"line 8, recording: a span without a recording is nowhere; name the recording",
    ),
    "half a span": (TABLE + "a,rain,1,,\n", r'line 8, end_s: "" is not a number; write seconds'),
    "absent and present": (
        TABLE + "kitchen.mp4,the timer beeps,,,\n",
        r"line 8, start_s and end_s: the query is absent here and has another row; .* line 2, line 4",
    ),
    "an unlabelled split": (
        EPIC_SOUNDS.replace(",class,", ",x,"),
        r"line 1: the column class is missing, there are: annotation_id, .*; it needs annotation_id,.*class",
    ),
    "no clock": (
        EPIC_SOUNDS.replace("00:00:02.069", "2.069"),
        r"line 2, start_timestamp: '2.069' is no time; write h:mm",
    ),
    "no clips": ('{"videos": [{"video_uid": "v"}]}', r"videos\[0\], clips: it is missing; is this the format"),
    "a strange clip": ('{"videos": [{"video_uid": "v", "clips": [3]}]}', r"videos\[0\].clips\[0\]: 3 is not an object"),
    "a test split": (
        ego4d({"query": "where?", "template": "x"}),
        r"no labelled query is left \(1 queries without times \(the test split has none\)\)",
    ),
    "deep": (
        ego4d(ASKED | {"video_end_sec": "soon"}),
        r'videos\[0\]\.clips\[0\]\.annotations\[0\]\.language_queries\[0\], video_end_sec: "soon" is not a number',
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_wrong_is_said_with_file_place_and_remedy(tmp_path: Path, name: str) -> None:
    text, message = BROKEN[name]
    with pytest.raises(AnnotationError, match=message) as caught:
        read(tmp_path, text)
    assert str(caught.value).startswith(str(tmp_path / "labels.txt"))
    assert isinstance(caught.value, QueryError), "the command line ends with exit code 2"


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(AnnotationError, match=r"none: it cannot be read \(No such file"):
        read_annotations(tmp_path / "none")
    (tmp_path / "latin").write_bytes("Küche".encode("latin-1"))
    with pytest.raises(AnnotationError, match="latin: it is not UTF-8; convert the file"):
        read_annotations(tmp_path / "latin")


def test_a_named_format_is_believed(tmp_path: Path) -> None:
    with pytest.raises(AnnotationError, match=r"line 1, vid: it is missing"):
        read(tmp_path, QUESTIONS, "qvhighlights")


@given(st.text(alphabet='{}[]",:\n ae1-\t', max_size=40), st.sampled_from(sorted(READERS)))
def test_text_is_read_or_refused_whatever_it_is(text: str, name: str) -> None:
    source = Source(Path("labels"), text)
    with suppress(AnnotationError):
        assert detect(source) in READERS
    with suppress(AnnotationError):
        assert all(query.text.strip() for query in READERS[name](source).queries)


@pytest.mark.parametrize(
    ("name", "queries"), [("castella_val_release.jsonl", 352), ("tut2017_test_release.jsonl", 104)]
)
def test_real_samples(name: str, queries: int) -> None:
    if not (SHARED / name).exists():
        pytest.skip("the sample annotations are not there")
    found = read_annotations(SHARED / name)
    assert found.format == "qvhighlights"
    assert len(found.queries) == queries
    assert all(query.is_present and query.recording for query in found.queries)
