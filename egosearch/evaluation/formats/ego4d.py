"""Ego4D natural language queries: videos, their annotated clips, and the queries of each. One JSON document.

    videos[].video_uid
    videos[].clips[].clip_uid, video_start_sec, video_end_sec
    videos[].clips[].annotations[].annotation_uid
    videos[].clips[].annotations[].language_queries[].query, video_start_sec, video_end_sec

A library may hold the whole videos or the clips, each named by its uid. Of a whole video only the clip was annotated,
and only that part counts.

Sources: Grauman et al., "Ego4D: Around the World in 3,000 Hours of Egocentric Video", CVPR 2022; the fields are those
that the challenge's own `prepare_ego4d_dataset.py` reads.
"""

from collections import Counter

from egosearch.evaluation.annotations import Annotations, Cut, LabelledQuery, Target
from egosearch.evaluation.formats.source import Ids, Record, Source

START, END = "video_start_sec", "video_end_sec"


def read(source: Source) -> Annotations:
    """Read it. The data has queries without text and some without length: they are counted and left out."""
    ids, queries, left_out = Ids(), list[LabelledQuery](), Counter[str]()
    for video in source.document().records("videos"):
        for clip in video.records("clips"):
            cut = Cut(clip.text("clip_uid"), clip.span(START, END))
            for annotation in clip.records("annotations"):
                for number, record in enumerate(annotation.records("language_queries")):
                    if reason := _unusable(record):
                        left_out[reason] += 1
                        continue
                    recording = video.text("video_uid")
                    query_id = f"{cut.recording}/{annotation.text('annotation_uid')}/{number}"
                    queries.append(
                        LabelledQuery(
                            query_id=ids.check(record, "annotation_uid", query_id),
                            text=record.text("query"),
                            recording=recording,
                            relevant=(Target(recording, record.span(START, END)),),
                            cut=cut,
                        )
                    )
    return Annotations(source.path, "ego4d-nlq", tuple(queries), left_out)


def _unusable(record: Record) -> str:
    query = record.values.get("query")
    if query is None or (isinstance(query, str) and not query.strip()):
        return "queries without text"
    if record.values.get(START) is None and record.values.get(END) is None:
        return "queries without times (the test split has none)"
    if record.number(START) == record.number(END):
        return "queries whose span has no length"
    return ""
