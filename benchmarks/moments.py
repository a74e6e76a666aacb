"""Quality of the answers: the bench's queries against its recordings, and what each part of the engine is worth.

Runs what `egosearch eval --ablations` runs, in this process, on a library that `egosearch index` made; the figures are
defined in `egosearch.evaluation`. *R@k, IoU>=m* is the share of queries with a moment among the best k whose temporal
IoU with the truth is at least m; *start* the median distance of the best moment's start from the true one, where they
overlap; *AUROC* how well confidence tells queries that have an answer from those that have none; *calibration error*
how far confidence is from the share of answers that are right.
"""

from dataclasses import fields

from benchmarks.libraries import bench_library
from benchmarks.report import Cell, Report, Table
from benchmarks.settings import Settings
from egosearch.evaluation.formats import read_annotations
from egosearch.evaluation.run import Evaluation, EvaluationOptions, Result, evaluate
from egosearch.evaluation.scoring import RIGHT_IOU, Calibration, Confidence, Ranking
from egosearch.library import Library
from egosearch.types import Parts

SHOWN = {"default": "default", "audio only": "sound only", "visual only": "sight only", "rrf": "reciprocal rank"} | {
    f"no {part.name}": f"without {part.name}" for part in fields(Parts)
}
"""The variants' names for readers."""
RECALLS = ((1, 0.3), (1, 0.5), (5, 0.5))
HEADER = ("n", *(f"R@{k}, IoU>={iou}" for k, iou in RECALLS), "mIoU", "mAP", "start, s")


def run(settings: Settings) -> Report:
    """Ask the bench's queries, in every way that is compared.

    Raises:
        Skipped: The bench is not there.
    """
    queries = settings.need("bench/queries.jsonl", "the bench's queries")
    with Library.open(bench_library(settings), read_only=True) as library:
        return report(evaluate(library, read_annotations(queries), EvaluationOptions(has_ablations=True)))


def report(evaluation: Evaluation) -> Report:
    """Turn what was measured into tables."""
    default = evaluation.results[0].figures
    tables = [
        Table(
            "All queries that have an answer",
            ("search", *HEADER, "AUROC"),
            tuple(row for one in evaluation.results for row in _variant_rows(one)),
        ),
        Table(
            "The default search, by kind of query",
            ("kind", *HEADER),
            tuple((kind, *_cells(one)) for kind, one in default.groups.items()),
        ),
        Table("Confidence", ("measure", "value"), tuple(_confidence_rows(default.confidence))),
    ]
    if default.confidence.calibration is not None:
        tables.append(_reliability(default.confidence.calibration))
    notes = (
        "The recordings are composed of photographs and of sounds; with some ninety queries, differences under 0.05 are"
        " within chance.",
        "The numbers behind confidence were fitted to these very queries, and other constants were chosen while looking"
        " at them: these figures flatter, the calibration error above all. Labels of your own say more: `egosearch"
        " eval`.",
    )
    return Report("Moments (bench)", tuple(tables), notes)


def _variant_rows(result: Result) -> list[tuple[Cell, ...]]:
    ranking, name = result.figures.ranking, result.variant.name
    if ranking is None:
        return []
    return [(SHOWN.get(name, name), *_cells(ranking), _shown(result.figures.confidence.auroc, 3))]


def _cells(ranking: Ranking) -> tuple[Cell, ...]:
    shares = [*(ranking.recall[pair] for pair in RECALLS), ranking.mean_iou, ranking.mean_ap]
    return (ranking.n, *(_shown(share, 2) for share in shares), _shown(ranking.start_error_s, 2))


def _confidence_rows(confidence: Confidence) -> list[tuple[Cell, ...]]:
    present, absent = f"present (n = {confidence.present})", f"absent (n = {confidence.absent})"
    at = f"at the default threshold, {confidence.threshold:g}"
    rows: list[tuple[Cell, ...]] = [
        (f"AUROC, {present} against {absent}", _shown(confidence.auroc, 3)),
        (f"right (IoU>={RIGHT_IOU}) {at}", _shown(confidence.answered_right, 3)),
        (f"answered although absent, {at}", _shown(confidence.false_alarms, 3)),
    ]
    calibration = confidence.calibration
    if calibration is not None:
        rows.append(("expected calibration error, ten bins of equal width", _shown(calibration.error, 3)))
        rows.append(("the same, bins of about as many queries each", _shown(calibration.error_equal_mass, 3)))
    return rows


def _reliability(calibration: Calibration) -> Table:
    return Table(
        f"Reliability: confidence of the best moment, and how many of them are right, bins of {calibration.binning}",
        ("confidence", "n", "mean", "right"),
        tuple(
            (f"{one.low:.2f} to {one.high:.2f}", one.n, f"{one.confidence:.2f}", f"{one.right:.2f}")
            for one in calibration.bins
            if one.n
        ),
    )


def _shown(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"
