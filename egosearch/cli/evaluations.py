"""The figures of an evaluation as JSON, which other programs rely on, and as tables for people."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from egosearch.cli.output import write_line, write_table

if TYPE_CHECKING:
    from egosearch.evaluation.reliability import Bin
    from egosearch.evaluation.run import Latency, Result
    from egosearch.evaluation.scoring import Confidence, Figures, Ranking

SHOWN_RECALL = ((1, 0.3), (1, 0.5), (1, 0.7), (5, 0.3), (5, 0.5))
"""Of all R@k, what fits into a line; JSON has the others."""


def result_as_json(result: "Result") -> dict[str, Any]:
    """Return one way to search in the form that is promised to other programs; names may be added, none changed."""
    encoders = {str(sense): name for sense, name in result.variant.encoders.items()}
    took = {"latency": latency_as_json(result.latency)} if result.latency is not None else {}
    return {"variant": result.variant.name, "encoders": encoders} | took | figures_as_json(result.figures)


def figures_as_json(figures: "Figures") -> dict[str, Any]:
    """Return figures: shares are in [0, 1], each figure stands beside the number of queries it is over."""
    return {
        "ranking": _ranking_as_json(figures.ranking) if figures.ranking is not None else None,
        "groups": {name: _ranking_as_json(one) for name, one in figures.groups.items()},
        "confidence": _confidence_as_json(figures.confidence),
    }


def latency_as_json(latency: "Latency") -> dict[str, Any]:
    """Return what answers took."""
    return {
        "n": latency.n,
        "first_s": round(latency.first_s, 5),
        "p50_s": _rounded(latency.p50_s),
        "p95_s": _rounded(latency.p95_s),
    }


def _ranking_as_json(ranking: "Ranking") -> dict[str, Any]:
    return {
        "n": ranking.n,
        **{f"R@{k},IoU={iou:g}": round(share, 5) for (k, iou), share in ranking.recall.items()},
        "mIoU": round(ranking.mean_iou, 5),
        "mAP": round(ranking.mean_ap, 5),
        **{f"mAP@{iou:g}": round(share, 5) for iou, share in ranking.ap_at.items()},
        **{f"MRR,IoU={iou:g}": round(share, 5) for iou, share in ranking.reciprocal_rank.items()},
        "start_error_s": _rounded(ranking.start_error_s),
        "start_error_n": ranking.start_n,
    }


def _confidence_as_json(confidence: "Confidence") -> dict[str, Any]:
    from egosearch.evaluation.scoring import RIGHT_IOU

    calibration = confidence.calibration
    return {
        "present_n": confidence.present,
        "absent_n": confidence.absent,
        "AUROC": _rounded(confidence.auroc),
        "threshold": confidence.threshold,
        "right_IoU": RIGHT_IOU,
        "answered_right": _rounded(confidence.answered_right),
        "false_alarms": _rounded(confidence.false_alarms),
        "calibration": None
        if calibration is None
        else {
            "n": calibration.n,
            "ECE": round(calibration.error, 5),
            "ECE_equal_mass": round(calibration.error_equal_mass, 5),
            "binning": calibration.binning,
            "bins": [_bin_as_json(one) for one in calibration.bins],
        },
    }


def _bin_as_json(one: "Bin") -> dict[str, Any]:
    return {
        "low": round(one.low, 5),
        "high": round(one.high, 5),
        "n": one.n,
        "confidence": round(one.confidence, 5) if one.n else None,
        "right": round(one.right, 5) if one.n else None,
    }


def write_results(results: "Sequence[Result]") -> None:
    """Print the default's figures by group, the comparison with other ways to search, and what confidence is worth."""
    default = results[0].figures
    if default.ranking is not None:
        _write_rankings("Queries", dict(default.groups) | {"all": default.ranking})
        write_line()
    if len(results) > 1:
        compared = {one.variant.name: one.figures for one in results}
        _write_rankings("Search", {name: one.ranking for name, one in compared.items() if one.ranking}, compared)
        write_line()
    _write_confidence(default.confidence)


def write_comparison(results: "Sequence[Result]") -> None:
    """Print a line a combination of encoders, with what half of its answers took at most."""
    compared = {one.variant.name: one.figures for one in results}
    rankings = {name: one.ranking for name, one in compared.items() if one.ranking}
    if rankings:
        _write_rankings("Encoders", rankings, compared, {one.variant.name: one.latency for one in results})
    else:
        write_table(
            {"Encoders": "left", "AUROC": "right", "p50, ms": "right"},
            [(one.variant.name, _share(one.figures.confidence.auroc), _milliseconds(one.latency)) for one in results],
        )


def write_latency(latency: "Latency") -> None:
    """Print what answers took."""
    facts = [f"{latency.first_s:.1f} s for the first answer"]
    if latency.p50_s is not None and latency.p95_s is not None:
        facts.append(
            f"{1000 * latency.p50_s:.0f} ms p50 and {1000 * latency.p95_s:.0f} ms p95 for the other {latency.n}"
        )
    _write_fact("latency", ", ".join(facts))


def _write_rankings(
    first: str,
    rankings: "Mapping[str, Ranking]",
    compared: "Mapping[str, Figures] | None" = None,
    took: "Mapping[str, Latency | None] | None" = None,
) -> None:
    """Print a line a ranking; with `compared`, AUROC instead of the error of starts, and with `took` also latency."""
    recalls = [pair for pair in SHOWN_RECALL if all(pair in one.recall for one in rankings.values())]
    headings = [f"R@{k}\n≥{iou:g}" for k, iou in recalls]
    last = "Start,\ns" if compared is None else "AUROC"
    rows = []
    for name, one in rankings.items():
        end = _seconds(one) if compared is None else _share(compared[name].confidence.auroc)
        shares = [*(one.recall[pair] for pair in recalls), one.mean_iou, one.mean_ap, one.reciprocal_rank[0.3]]
        times = () if took is None else (_milliseconds(took[name]),)
        rows.append((name, str(one.n), *(_share(share) for share in shares), end, *times))
    numbers = ("n", *headings, "mIoU", "mAP", "MRR\n≥0.3", last, *(() if took is None else ("p50,\nms",)))
    write_table({first: "left", **dict.fromkeys(numbers, "right")}, rows)


def _write_confidence(confidence: "Confidence") -> None:
    over = f"{confidence.present} present, {confidence.absent} absent"
    if confidence.auroc is not None:
        _write_fact("AUROC", f"{confidence.auroc:.3f}, present against absent ({over})")
    if confidence.answered_right is not None:
        right = f"{confidence.answered_right:.0%} answered right"
        alarms = "" if confidence.false_alarms is None else f", {confidence.false_alarms:.0%} false alarms"
        _write_fact(f"at confidence {confidence.threshold:g}", f"{right}{alarms} ({over})")
    calibration = confidence.calibration
    if calibration is None:
        return
    errors = f"{calibration.error:.3f} in bins of equal width, {calibration.error_equal_mass:.3f} of equal mass"
    _write_fact("calibration error", f"{errors} (n = {calibration.n})")
    write_line()
    write_table(
        {"Confidence": "left", "n": "right", "Mean": "right", "Right": "right"},
        [
            (f"{one.low:.2f} to {one.high:.2f}", str(one.n), _share(one.confidence), _share(one.right))
            for one in calibration.bins
            if one.n
        ],
    )
    write_line()


def _write_fact(name: str, fact: str) -> None:
    write_line(f"{name:<18} {fact}")


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _milliseconds(latency: "Latency | None") -> str:
    return "-" if latency is None or latency.p50_s is None else f"{1000 * latency.p50_s:.0f}"


def _seconds(ranking: "Ranking") -> str:
    return "-" if ranking.start_error_s is None else f"{ranking.start_error_s:.2f}"


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 5)
