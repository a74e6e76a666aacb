"""Moments as JSON, which other programs rely on, and as a table for people."""

from typing import TYPE_CHECKING, Any

from egosearch.cli.output import clock, iso, length, say, when, write_json, write_path, write_table
from egosearch.telling import SPEECH, asked_in_words, why

if TYPE_CHECKING:
    from egosearch.notes.types import Note
    from egosearch.types import Answer, Evidence, Moment, Query
    from indexers.facts import Word

BAR_WIDTH = 8


def write_answer(
    answer: "Answer",
    *,
    json: bool = False,
    jsonl: bool = False,
    paths: bool = False,
    end: str = "\n",
    example: str | None = None,
) -> None:
    """Print an answer for programs or for people.

    Args:
        answer: What was found.
        json: As JSON over several lines.
        jsonl: As one line of JSON.
        paths: As the recordings' paths, each once.
        end: What follows each path.
        example: What the moments are like, as the user typed it.
    """
    if json or jsonl:
        write_json(answer_as_json(answer), is_line=jsonl)
    elif not answer.matched:
        say(nothing_matches(answer, example))
    elif paths:
        for path in dict.fromkeys(moment.path for moment in answer.moments):
            write_path(path, end=end)
    else:
        write_moments(answer.moments)


def answer_as_json(answer: "Answer") -> dict[str, Any]:
    """Return an answer in the form that is promised to other programs; names may be added, none changed."""
    asked = asked_as_json(answer.query)
    return {
        "query": answer.query.text,
        **({"asked": asked} if asked else {}),
        "matched": answer.matched,
        "moments": [_moment_as_json(moment) for moment in answer.moments],
    }


def asked_as_json(query: "Query") -> dict[str, Any]:
    """Return what was asked besides the text: only what was."""
    like = query.like
    asked = {
        "image": None if query.image is None else str(query.image),
        "sound": None if query.sound is None else str(query.sound),
        "like": None if like is None else {"recording_id": like.recording_id, "time_s": round(like.time_s, 3)},
        "without": list(query.without),
        "then": list(query.then),
        "within_s": query.within_s,
        "weights": {str(sense): weight for sense, weight in query.weights.items()},
    }
    return {name: value for name, value in asked.items() if value not in (None, [], {})}


def _moment_as_json(moment: "Moment") -> dict[str, Any]:
    return {
        "recording": str(moment.path),
        "recording_id": moment.recording_id,
        "start_s": round(moment.span.start_s, 3),
        "end_s": round(moment.span.end_s, 3),
        "recorded_at": iso(moment.recorded_at),
        "score": round(moment.score, 4),
        "confidence": round(moment.confidence, 4),
        "evidence": [_evidence_as_json(one) for one in moment.evidence],
        **({"notes": [_note_as_json(one) for one in moment.notes]} if moment.notes else {}),
    }


def _note_as_json(note: "Note") -> dict[str, Any]:
    return {
        "note_id": note.note_id,
        "start_s": round(note.span.start_s, 3),
        "end_s": round(note.span.end_s, 3),
        "text": note.text,
        "tags": list(note.tags),
    }


def _evidence_as_json(evidence: "Evidence") -> dict[str, Any]:
    return {
        "modality": str(evidence.modality),
        "start_s": round(evidence.span.start_s, 3),
        "end_s": round(evidence.span.end_s, 3),
        "similarity": round(evidence.similarity, 4),
        "score": round(evidence.score, 4),
        "trust": round(evidence.trust, 4),
        "lag_s": round(evidence.lag_s, 3),
        "words": list(evidence.words),
        "step": evidence.step,
        **({"hits": [_hit_as_json(one) for one in evidence.hits]} if evidence.modality == SPEECH else {}),
    }


def _hit_as_json(word: "Word") -> dict[str, Any]:
    return {"text": word.text, "start_s": round(word.span.start_s, 3), "end_s": round(word.span.end_s, 3)}


def write_moments(moments: "tuple[Moment, ...]") -> None:
    """Print moments as a table, best first."""
    write_table(
        {"#": "right", "When": "left", "Recording": "left", "Length": "right", "Confidence": "left", "Why": "left"},
        [
            (
                str(rank),
                _lines(f"at {clock(moment.span.start_s)}", when(moment.recorded_at)),
                moment.path.name,
                length(moment.span.duration_s),
                confidence(moment.confidence),
                why(moment),
            )
            for rank, moment in enumerate(moments, start=1)
        ],
        styles={"Recording": "cyan", "Confidence": "green"},
    )


def nothing_matches(answer: "Answer", example: str | None = None) -> str:
    """Say that nothing matched, and how to see what came closest."""
    sentence = f"Nothing in this library matches {asked_in_words(answer.query, example) or 'all of these conditions'}."
    if not answer.near_misses:
        return sentence
    return f"{sentence} To see what came closest, add `--min-confidence 0`."


def confidence(share: float) -> str:
    """Return a share of one as a bar and a percentage: "██████▌░ 82 %".

    >>> confidence(0.5)
    '████░░░░  50 %'
    """
    halves = round(min(max(share, 0.0), 1.0) * 2 * BAR_WIDTH)
    bar = "█" * (halves // 2) + "▌" * (halves % 2)
    return f"{bar:░<{BAR_WIDTH}} {round(share * 100):>3} %"


def _lines(*lines: str) -> tuple[str, ...]:
    return tuple(line for line in lines if line)
