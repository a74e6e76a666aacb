"""Moments as JSON, which other programs rely on, and as a table for people."""

from typing import TYPE_CHECKING, Any

from egosearch.cli.output import clock, iso, length, say, when, write_json, write_path, write_table

if TYPE_CHECKING:
    from egosearch.types import Answer, Evidence, Moment, Query
    from indexers.facts import Word

BAR_WIDTH = 8
MOST_WORDS = 3
NEGLIGIBLE = 0.1
"""Share of the leading evidence's score below which a sense is not mentioned to people: with 3 % of it, "4.2 s later
heard: Fire" would only puzzle. JSON has all."""
SPEECH = "speech"
SENSES = {"audio": "heard", "visual": "seen", "speech": "said"}


def write_answer(
    answer: "Answer", *, json: bool = False, jsonl: bool = False, paths: bool = False, example: str | None = None
) -> None:
    """Print an answer for programs or for people.

    Args:
        answer: What was found.
        json: As JSON over several lines.
        jsonl: As one line of JSON.
        paths: As the recordings' paths, each once.
        example: What the moments are like, as the user typed it.
    """
    if json or jsonl:
        write_json(answer_as_json(answer), is_line=jsonl)
    elif paths:
        for path in dict.fromkeys(moment.path for moment in answer.moments):
            write_path(path)
    elif answer.matched:
        write_moments(answer.moments)
    else:
        say(nothing_matches(answer, example))


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
                _joined(f"at {clock(moment.span.start_s)}", when(moment.recorded_at)),
                moment.path.name,
                length(moment.span.duration_s),
                confidence(moment.confidence),
                why(moment),
            )
            for rank, moment in enumerate(moments, start=1)
        ],
    )


def nothing_matches(answer: "Answer", example: str | None = None) -> str:
    """Say that nothing matched, and how to see what came closest."""
    sentence = f"Nothing in this library matches {asked_in_words(answer.query, example)}."
    if not answer.near_misses:
        return sentence
    return f"{sentence} To see what came closest, add `--min-confidence 0`."


def asked_in_words(query: "Query", example: str | None = None) -> str:
    """Say what was asked: “the timer” without “music”, then “a door” within 30 s."""
    named = [query.text.strip(), *(path.name for path in (query.image, query.sound) if path), example or ""]
    parts = [" with ".join(f"“{one}”" for one in named if one)]
    if query.without:
        parts.append(" without " + " or ".join(f"“{one}”" for one in query.without))
    if query.within_s is not None:
        parts += [f", then “{one}” within {query.within_s:g} s" for one in query.then]
    return "".join(parts)


def why(moment: "Moment") -> str:
    """Say what was heard, seen and said, leading evidence first: "heard: Alarm clock · 1.2 s later seen: oven".

    What follows is told step by step: "heard: Alarm clock → seen: oven".
    """
    steps: dict[int, list[Evidence]] = {}
    for one in moment.evidence:
        steps.setdefault(one.step, []).append(one)
    return " → ".join(_told(of_step) for of_step in steps.values())


def _told(evidence: "list[Evidence]") -> str:
    leading, *others = evidence  # what the lag of the others is counted from, so it is told however weak
    told = [leading, *(one for one in others if one.score >= NEGLIGIBLE * leading.score)]
    return " · ".join(f"{_lag(one)}{SENSES[str(one.modality)]}: {_words(one)}" for one in told)


def _lag(evidence: "Evidence") -> str:
    if abs(evidence.lag_s) < 0.05:  # it would read "0.0 s"
        return ""
    return f"{abs(evidence.lag_s):.1f} s {'later' if evidence.lag_s > 0 else 'earlier'} "


def _words(evidence: "Evidence") -> str:
    if evidence.modality == SPEECH and evidence.words:
        return f"“{evidence.words[0]}”"
    # Vectors of some encoders have no words; then how far it stands out has to do.
    # A class name may list synonyms ("Beep, bleep"); the first is enough to read. The JSON has the whole.
    first = dict.fromkeys(word.partition(",")[0] for word in evidence.words)
    return ", ".join(list(first)[:MOST_WORDS]) or f"stands out by {evidence.score:.1f}"


def confidence(share: float) -> str:
    """Return a share of one as a bar and a percentage: "██████▌░ 82 %".

    >>> confidence(0.5)
    '████░░░░  50 %'
    """
    halves = round(min(max(share, 0.0), 1.0) * 2 * BAR_WIDTH)
    bar = "█" * (halves // 2) + "▌" * (halves % 2)
    return f"{bar:░<{BAR_WIDTH}} {round(share * 100):>3} %"


def _joined(*lines: str) -> str:
    return "\n".join(line for line in lines if line)
