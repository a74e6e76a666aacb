"""Questions to a whole library: the right spans may lie in any recording, and some questions have none. JSON a line.

{"id": "sound-000", "kind": "sound", "text": "the phone rang",
 "relevant": [{"recording": "rec00.mp4", "start_s": 4.73, "end_s": 6.07}]}
"""

from egosearch.evaluation.annotations import Annotations, LabelledQuery, Target
from egosearch.evaluation.formats.source import Ids, Source


def read(source: Source) -> Annotations:
    """Read it; `kind` may be left out."""
    ids, queries = Ids(), []
    for record in source.lines():
        relevant = [Target(one.text("recording"), one.span("start_s", "end_s")) for one in record.records("relevant")]
        queries.append(
            LabelledQuery(
                query_id=ids.check(record, "id", record.query_id("id")),
                text=record.text("text"),
                recording=None,
                relevant=tuple(relevant),
                group=record.text("kind") if "kind" in record.values else "",
            )
        )
    return Annotations(source.path, "questions", tuple(queries))
