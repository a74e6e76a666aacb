"""Which queries a library can be asked, and where."""

from dataclasses import replace

from egosearch.evaluation.annotations import Cut, LabelledQuery
from egosearch.evaluation.planning import ABSENT_FROM_ONE, NOT_THERE, Plan, Scope, plan
from egosearch.types import Where
from indexers.types import Span
from tests.egosearch.evaluation.build import annotations, identity, labelled, recording

HELD = [recording("/films/kitchen.mp4"), recording("/films/P01_101.MP4"), recording("/films/old/hall.mkv")]


def planned(*queries: LabelledQuery, scope: Scope = "recording", held: tuple[str, ...] = ()) -> Plan:
    return plan(annotations(*queries), [*HELD, *(recording(path) for path in held)], scope)


def only(path: str) -> Where:
    return Where(recording_ids=frozenset({identity(path)}))


def test_a_query_is_asked_of_the_recording_it_names() -> None:
    for name in ("kitchen", "kitchen.mp4", "/films/kitchen.mp4", identity("/films/kitchen.mp4")):
        found = planned(labelled(1, (name, 1, 2), recording=name))
        (question,) = found.questions
        assert question.where == only("/films/kitchen.mp4")
        assert question.relevant == question.labelled.relevant
        assert question.names == {identity("/films/kitchen.mp4"): name}, "answers are named as the labels are"
        assert found.file_names[identity("/films/old/hall.mkv")] == "hall.mkv"


def test_a_recording_may_have_several_names() -> None:
    found = planned(labelled(1, ("kitchen", 1, 2), ("kitchen.mp4", 3, 4)), labelled(2, ("kitchen.mp4", 5, 6)))
    first, second = found.questions
    assert [right.recording for right in first.relevant] == ["kitchen", "kitchen"]
    assert list(second.names.values()) == ["kitchen.mp4"]


def test_a_query_that_names_none_is_asked_of_all() -> None:
    (question,) = planned(labelled(1, ("hall", 1, 2))).questions
    assert question.where == Where()


def test_the_whole_library_can_be_searched_instead() -> None:
    (question,) = planned(labelled(1, ("hall", 1, 2), recording="hall"), scope="library").questions
    assert question.where == Where()
    assert question.relevant[0].recording == "hall"


def test_what_is_absent_from_one_recording_may_be_in_another() -> None:
    absent = labelled(1, recording="hall")
    assert planned(absent).questions[0].where == only("/films/old/hall.mkv")
    found = planned(absent, labelled(2), scope="library")
    assert [question.labelled.query_id for question in found.questions] == [2]
    assert found.left_out == {ABSENT_FROM_ONE: 1}


def test_recordings_that_are_not_there_are_named_and_their_queries_counted() -> None:
    found = planned(
        labelled(1, ("garden", 1, 2), recording="garden"),
        labelled(2, ("garden", 3, 4), recording="garden"),
        labelled(3, recording="attic"),
        labelled(4, ("hall", 1, 2), recording="hall"),
    )
    assert [question.labelled.query_id for question in found.questions] == [4]
    assert (found.named, found.missing) == (3, ("attic", "garden"))
    assert found.left_out == {NOT_THERE: 3}


def test_a_name_that_two_recordings_have_is_nobody_s() -> None:
    found = planned(labelled(1, ("hall", 1, 2)), labelled(2, ("/films/old/hall.mkv", 1, 2)), held=("/films/hall.mkv",))
    assert found.missing == ("hall",)
    assert [question.labelled.query_id for question in found.questions] == [2]


def test_only_the_right_spans_that_are_there_are_looked_for() -> None:
    found = planned(labelled(1, ("hall", 1, 2), ("garden", 3, 4)))
    assert [right.recording for right in found.questions[0].relevant] == ["hall"]
    assert found.missing == ("garden",)


def test_what_was_left_out_while_reading_is_counted_too() -> None:
    read = replace(annotations(labelled(1), labelled(2, recording="attic")), left_out={"queries without text": 4})
    assert plan(read, HELD, "recording").left_out == {"queries without text": 4, NOT_THERE: 1}


def test_of_a_whole_video_only_the_annotated_part_counts() -> None:
    cut = Cut("clip-7", Span(100, 200))
    query = labelled(1, ("kitchen", 110, 112), recording="kitchen", cut=cut)
    found = planned(query)
    (question,) = found.questions
    assert (question.where, question.within, question.clip_id) == (only("/films/kitchen.mp4"), Span(100, 200), None)
    assert found.missing == ()
    assert planned(query, scope="library").questions[0].within is None


def test_the_clip_is_preferred_where_it_is_a_file_of_its_own() -> None:
    cut = Cut("clip-7", Span(100, 200))
    found = planned(labelled(1, ("video-1", 110, 112), recording="video-1", cut=cut), held=("/clips/clip-7.mp4",))
    (question,) = found.questions
    assert question.where == only("/clips/clip-7.mp4")
    assert (question.within, question.clip_id) == (None, identity("/clips/clip-7.mp4"))
    assert (found.named, found.missing) == (1, ()), "the whole video is not missed"
