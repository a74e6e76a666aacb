"""`egosearch eval`: how good the answers are, on labelled queries."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from egosearch.cli import options
from egosearch.cli.eval_progress import query_progress
from egosearch.cli.evaluations import latency_as_json, result_as_json, write_comparison, write_latency, write_results
from egosearch.cli.options import JsonOption, LibraryOption
from egosearch.cli.output import clock, count, say, write_json
from egosearch.cli.spaces import WORDS, encoders_named

if TYPE_CHECKING:
    from egosearch.evaluation.annotations import Annotations
    from egosearch.evaluation.run import Result
    from egosearch.evaluation.scoring import Scored
    from indexers.types import Modality

EXAMPLES = """\b
Examples:
  egosearch eval labels.csv
  egosearch eval nlq_val.json --ablations --json > figures.json
  egosearch eval val.jsonl --save-predictions ours.jsonl
  egosearch eval val.jsonl --predictions theirs.jsonl
  egosearch eval labels.csv --encoder visual=open-clip:ViT-B-32/laion2b_s34b_b79k
  egosearch eval labels.csv --compare
  egosearch eval --feedback"""
MOST_NAMES = 10
"""Missing recordings that are named to people; JSON has all."""


class FormatChoice(StrEnum):
    """The formats by name, as in `egosearch.evaluation.formats.READERS`."""

    EGO4D_NLQ = "ego4d-nlq"
    QVHIGHLIGHTS = "qvhighlights"
    EPIC_SOUNDS = "epic-sounds"
    EPIC_SOUNDS_DESCRIPTIONS = "epic-sounds-descriptions"
    QUESTIONS = "questions"
    CSV = "csv"


class ScopeChoice(StrEnum):
    """Where to search, as in `egosearch.evaluation.planning.Scope`."""

    RECORDING = "recording"
    LIBRARY = "library"


def evaluate(
    annotations: Annotated[
        Path | None, typer.Argument(metavar="ANNOTATIONS", show_default=False, help="A file of labelled queries.")
    ] = None,
    *,
    library: LibraryOption = None,
    format_: Annotated[
        FormatChoice | None,
        typer.Option(
            "--format", metavar="NAME", show_default="what the file looks like", help=f"{', '.join(FormatChoice)}."
        ),
    ] = None,
    scope: Annotated[
        ScopeChoice,
        typer.Option(
            metavar="recording|library",
            help="Where to search for a query that names a recording: in that one, as benchmarks do, or everywhere.",
        ),
    ] = ScopeChoice.RECORDING,
    ablations: Annotated[
        bool, typer.Option("--ablations", help="Also search without each part, with each sense alone, and by rank.")
    ] = False,
    encoder: Annotated[
        list[str] | None,
        typer.Option(
            metavar="MODALITY=NAME",
            show_default=False,
            help="Search a sense with another of the library's encoders (see `egosearch spaces`).",
        ),
    ] = None,
    compare: Annotated[
        bool, typer.Option("--compare", help="Compare all combinations of the library's encoders, a line for each.")
    ] = False,
    predictions: Annotated[
        Path | None,
        typer.Option(metavar="FILE", show_default=False, help="Score these answers instead of a library's."),
    ] = None,
    save_predictions: Annotated[
        Path | None, typer.Option(metavar="FILE", show_default=False, help="Write the answers, in the same format.")
    ] = None,
    limit: Annotated[int, typer.Option(metavar="N", min=1, help="Moments to ask for.")] = 10,
    feedback: Annotated[
        bool, typer.Option("--feedback", help="Evaluate on the moments that were marked right or wrong.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Measure how well labelled queries are answered.

    Reads Ego4D NLQ, QVHighlights (also Clotho-Moment, CASTELLA and TUT), EPIC-SOUNDS, and a CSV with the columns
    recording, query, start_s, end_s. Prints the share of queries with a right moment among the first (R@k, for several
    overlaps IoU), mIoU, mAP, MRR, what confidence is worth, and latency; shares are from 0 to 1.
    """
    encoders = encoders_named(encoder or [])
    _check(annotations, predictions, save_predictions, is_ablated=ablations, is_feedback=feedback)
    _check_encoders(encoders, predictions, is_compared=compare, is_ablated=ablations)
    if predictions is not None and annotations is not None:
        _score_predictions(_read(annotations, format_), predictions, limit, is_json=json)
        return
    from egosearch.evaluation.marks import annotations_of
    from egosearch.evaluation.predictions import write_predictions
    from egosearch.evaluation.run import EvaluationOptions
    from egosearch.evaluation.run import evaluate as ask

    read = None if annotations is None else _read(annotations, format_)
    compared = _compared(library, encoders) if compare else {}
    with options.open_library(library, read_only=True) as opened:
        read = read or annotations_of(opened)
        with query_progress() as show:
            how = EvaluationOptions(scope.value, limit, has_ablations=ablations, encoders=encoders, compared=compared)
            done = ask(opened, read, how, on_progress=show)
    if save_predictions is not None:
        write_predictions(save_predictions.expanduser(), done.scored)
    _say_what_is_left_out(done.left_out, done.named, done.missing)
    if json:
        searched = {
            "scope": scope.value,
            "recordings": {"named": done.named, "missing": list(done.missing)},
            "latency": latency_as_json(done.latency),
        }
        write_json(_report(read, limit, done.scored, done.left_out, done.results) | searched)
    elif compare:
        write_comparison(done.results)
    else:
        write_results(done.results)
        write_latency(done.latency)


def _score_predictions(annotations: "Annotations", predictions: Path, limit: int, *, is_json: bool) -> None:
    from egosearch.evaluation.predictions import read_predictions
    from egosearch.evaluation.run import Result
    from egosearch.evaluation.scoring import score
    from egosearch.evaluation.variants import Variant
    from egosearch.query.confidence import THRESHOLD

    read = read_predictions(predictions.expanduser(), annotations)
    results = (Result(Variant("predictions"), score(read.scored, limit=limit, threshold=THRESHOLD)),)
    _say_what_is_left_out(annotations.left_out)
    if read.unanswered:
        have, those = ("has", "counts") if read.unanswered == 1 else ("have", "count")
        say(f"{_queries(read.unanswered)} {have} no line in {predictions} and {those} as not answered.")
    if read.unknown:
        are, do = ("is", "does") if read.unknown == 1 else ("are", "do")
        say(f"{count(read.unknown, 'line')} of {predictions} {are} for no query of the annotations and {do} not count.")
    if is_json:
        theirs = {"file": str(predictions), "unanswered": read.unanswered, "unknown": read.unknown}
        report = _report(annotations, limit, read.scored, annotations.left_out, results)
        write_json(report | {"predictions": theirs})
    else:
        write_results(results)


def _check(
    annotations: Path | None,
    predictions: Path | None,
    save_predictions: Path | None,
    *,
    is_ablated: bool,
    is_feedback: bool,
) -> None:
    """Refuse what does not go together."""
    if is_feedback and annotations is not None:
        raise typer.BadParameter("evaluate either on marks or on a file of annotations", param_hint="--feedback")
    if not is_feedback and annotations is None:
        raise typer.BadParameter(
            "name a file of labelled queries, or evaluate with --feedback", param_hint="ANNOTATIONS"
        )
    if predictions is not None and (is_ablated or save_predictions is not None or is_feedback):
        others = "--ablations, --save-predictions and --feedback"
        raise typer.BadParameter(f"{others} ask a library, and this asks none", param_hint="--predictions")


def _check_encoders(
    encoders: "Mapping[Modality, str]", predictions: Path | None, *, is_compared: bool, is_ablated: bool
) -> None:
    """Refuse what does not go together with a choice of encoders."""
    if predictions is not None and (encoders or is_compared):
        raise typer.BadParameter(
            "--encoder and --compare ask a library, and this asks none", param_hint="--predictions"
        )
    if is_compared and is_ablated:
        raise typer.BadParameter("compare either encoders or parts of the search", param_hint="--compare")


def _compared(library: Path | None, fixed: "Mapping[Modality, str]") -> "dict[Modality, list[str]]":
    """Return the library's encoders by sense, those that searches use first, where there are several or one is fixed.

    Versions of one encoder are called by the ids of their spaces.
    """
    with options.open_library(library, read_only=True) as opened:
        spaces = [one for one in opened.spaces() if one.model != WORDS]
    found = {}
    for sense in dict.fromkeys(one.modality for one in spaces):
        held = [one for one in spaces if one.modality is sense]
        models = [one.model for one in held]
        names = [one.model if models.count(one.model) == 1 else one.space_id for one in held]
        if sense in fixed:
            found[sense] = [fixed[sense]]
        elif len(held) > 1:
            found[sense] = names
            most_s = max(one.indexed_s for one in held)
            for name, one in zip(names, held, strict=True):
                if one.indexed_s < most_s - 1:
                    say(f"{name} has {clock(one.indexed_s)} of {clock(most_s)} only: what it lacks, it cannot find.")
    if all(len(names) == 1 for names in found.values()):
        raise typer.BadParameter(
            "this library has one encoder for each sense; `egosearch index --encoder` adds another",
            param_hint="--compare",
        )
    return found


def _read(path: Path, format_name: FormatChoice | None) -> "Annotations":
    from egosearch.evaluation.formats import read_annotations

    return read_annotations(path.expanduser(), None if format_name is None else format_name.value)


def _report(
    annotations: "Annotations",
    limit: int,
    scored: "Sequence[Scored]",
    left_out: Mapping[str, int],
    results: "Sequence[Result]",
) -> dict[str, Any]:
    """Return what was measured in the form that is promised to other programs; names may be added, none changed."""
    return {
        "annotations": str(annotations.path) if annotations.path is not None else None,
        "format": annotations.format,
        "limit": limit,
        "queries": {"asked": len(scored), "left_out": dict(left_out)},
        "results": [result_as_json(one) for one in results],
    }


def _say_what_is_left_out(left_out: Mapping[str, int], named: int = 0, missing: Sequence[str] = ()) -> None:
    if missing:
        names = ", ".join(missing[:MOST_NAMES]) + (", ..." if len(missing) > MOST_NAMES else "")
        say(f"{len(missing):,} of {count(named, 'recording')} are not in the library, or several times: {names}")
    for reason, number in left_out.items():
        say(f"{number:,} left out: {reason}")


def _queries(number: int) -> str:
    return f"{number:,} {'query' if number == 1 else 'queries'}"
