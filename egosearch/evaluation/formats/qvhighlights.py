"""QVHighlights, and what took over its format: Clotho-Moment, CASTELLA, TUT. JSON a line.

    {"qid": 3, "query": "Brakes squeak.", "vid": "a005_0_60", "duration": 60, "relevant_windows": [[31.7, 34.4]]}

Source: Lei, Berg and Bansal, "Detecting Moments and Highlights in Videos via Natural Language Queries", NeurIPS 2021.
"""

from egosearch.evaluation.annotations import Annotations, LabelledQuery, Target
from egosearch.evaluation.formats.source import Ids, Source


def read(source: Source) -> Annotations:
    """Read it; saliency scores are not needed, and windows beyond the duration are taken as they are."""
    ids, queries = Ids(), []
    for record in source.lines():
        recording = record.text("vid")
        queries.append(
            LabelledQuery(
                query_id=ids.check(record, "qid", record.query_id("qid")),
                text=record.text("query"),
                recording=recording,
                relevant=tuple(Target(recording, span) for span in record.pairs("relevant_windows")),
            )
        )
    return Annotations(source.path, "qvhighlights", tuple(queries))
