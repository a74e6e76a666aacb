"""`egosearch eval`: what it prints where, what it asks, and its exit codes."""

import json
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self, get_args

import pytest

from egosearch.cli import eval_progress, options
from egosearch.cli.evaluate import FormatChoice, ScopeChoice
from egosearch.evaluation.formats import READERS
from egosearch.evaluation.planning import Scope
from egosearch.evaluation.variants import OF_SPEECH
from egosearch.query.confidence import THRESHOLD
from egosearch.types import Mark, Parts
from indexers.types import Modality, Span
from tests.egosearch.cli.conftest import Run
from tests.egosearch.evaluation.build import TableLibrary, identity, recording

KITCHEN = "/films/kitchen.mp4"
TABLE = {
    "the timer beeps": [(KITCHEN, 12.5, 14.0, 0.9), (KITCHEN, 61.0, 62.0, 0.6)],
    "a cup": [(KITCHEN, 70.0, 80.0, 0.3)],
    "a gunshot": [(KITCHEN, 1.0, 2.0, 0.2)],
}
LABELS = """\
recording,query,start_s,end_s,group
kitchen.mp4,the timer beeps,12.5,14,sound
kitchen.mp4,a cup,5,6,sight
kitchen.mp4,a gunshot,,,
"""
LINE = {"qid": 1, "query": "?", "vid": "kitchen.mp4", "pred_relevant_windows": [[12.5, 14.0, 0.9]]}


@dataclass
class Library(TableLibrary):
    opened: list[tuple[Path | None, bool]] = field(default_factory=list)
    made: list[Mark] = field(default_factory=list)

    def open(self, named: Path | None, *, read_only: bool = False) -> Self:
        self.opened.append((named, read_only))
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        return

    def marks(self, session: str | None = None) -> list[Mark]:
        return self.made


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Library:
    """Return the library that the command finds."""
    library = Library([recording(KITCHEN)], TABLE, {Modality.AUDIO: "toy", Modality.VISUAL: "toy"})
    monkeypatch.setattr(options, "open_library", library.open)
    return library


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    path = tmp_path / "labels.csv"
    path.write_text(LABELS, encoding="utf-8")
    return path


def as_json(run: Run, *arguments: str | Path) -> dict[str, Any]:
    outcome = run("eval", *arguments, "--json")
    assert outcome.code == 0, outcome.stderr
    report = json.loads(outcome.stdout)
    assert isinstance(report, dict)
    return report


def test_tables_for_people(run: Run, asked: Library, labels: Path) -> None:
    outcome = run("eval", labels)
    assert (outcome.code, outcome.stderr) == (0, "")
    rows = {line.split()[0]: line.split()[1:] for line in outcome.stdout.splitlines() if line.strip()}
    assert rows["sound"][:2] == ["1", "1.00"]
    assert rows["sight"][:2] == ["1", "0.00"]
    assert rows["all"][:2] == ["2", "0.50"]
    assert rows["AUROC"][0] == "1.000,"
    assert "50% answered right, 0% false alarms (2 present, 1 absent)" in outcome.stdout
    assert "0.00 to 1.00" in outcome.stdout, "the reliability table"
    assert rows["latency"][1:5] == ["s", "for", "the", "first"]
    assert "p95 for the other 2\n" in outcome.stdout
    assert asked.opened == [(None, True)], "only read"


def test_json_for_programs(run: Run, asked: Library, labels: Path) -> None:
    report = as_json(run, labels, "--limit", "5")
    assert list(report) == [
        *("annotations", "format", "limit", "queries", "results", "scope", "recordings", "latency"),
    ]
    assert (report["annotations"], report["format"], report["scope"]) == (str(labels), "csv", "recording")
    assert report["queries"] == {"asked": 3, "left_out": {}}
    assert report["recordings"] == {"named": 1, "missing": []}
    assert report["latency"]["n"] == 2
    (result,) = report["results"]
    assert result["variant"] == "default"
    assert list(result["ranking"]) == [
        "n",
        *(f"R@{k},IoU={iou}" for k in (1, 5) for iou in (0.3, 0.5, 0.7)),
        *("mIoU", "mAP", "mAP@0.5", "mAP@0.75", "MRR,IoU=0.3", "MRR,IoU=0.5", "start_error_s", "start_error_n"),
    ]
    # The timer's moment is right and the second one false behind it: AP 1. The cup's is wrong.
    assert (result["ranking"]["n"], result["ranking"]["mAP"], result["ranking"]["mIoU"]) == (2, 0.5, 0.5)
    assert {name: one["n"] for name, one in result["groups"].items()} == {"sight": 1, "sound": 1}
    confidence = result["confidence"]
    assert (confidence["present_n"], confidence["absent_n"], confidence["threshold"]) == (2, 1, THRESHOLD)
    assert (confidence["AUROC"], confidence["answered_right"], confidence["false_alarms"]) == (1, 0.5, 0)
    assert confidence["calibration"]["n"] == 3
    assert sum(one["n"] for one in confidence["calibration"]["bins"]) == 3
    assert {query.limit for query, _ in asked.asked} == {5}


def test_ablations_are_one_table(run: Run, asked: Library, labels: Path) -> None:
    outcome = run("eval", labels, "--ablations")
    parts = [part.name for part in fields(Parts) if part.name not in (*OF_SPEECH, "notes")]
    for name in ("default", *(f"no {name}" for name in parts), "audio only", "visual only", "rrf"):
        assert any(line.startswith(f"{name} ") for line in outcome.stdout.splitlines()), name
    names = [result["variant"] for result in as_json(run, labels, "--ablations")["results"]]
    assert len(names) == 4 + len(parts)


def test_recordings_that_are_missing_are_named_beside_the_data(run: Run, asked: Library, labels: Path) -> None:
    labels.write_text(LABELS + "".join(f"attic-{n:02}.mp4,rain,1,2,\n" for n in range(12)), encoding="utf-8")
    outcome = run("eval", labels)
    assert outcome.code == 0
    shown = ", ".join(f"attic-{n:02}.mp4" for n in range(10))
    assert outcome.stderr == (
        f"12 of 13 recordings are not in the library, or several times: {shown}, ...\n"
        "12 left out: queries about recordings that are not in the library\n"
    )
    report = as_json(run, labels)
    assert len(report["recordings"]["missing"]) == 12
    assert report["queries"]["left_out"] == {"queries about recordings that are not in the library": 12}


def test_without_any_of_the_recordings_there_is_nothing_to_say(run: Run, asked: Library, labels: Path) -> None:
    asked.held = []
    outcome = run("eval", labels)
    assert (outcome.code, outcome.stdout) == (2, "")
    assert outcome.stderr.startswith("error: none of the 1 recordings that the annotations name is in the library")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (LABELS + "kitchen.mp4,rain,2,1,\n", "line 5, start_s and end_s: a span from 2 to 1 s has no length; correct"),
        ("nonsense", "line 1: the columns nonsense is none of the known formats; name one with --format"),
    ],
)
def test_annotations_that_make_no_sense(run: Run, asked: Library, labels: Path, text: str, message: str) -> None:
    labels.write_text(text, encoding="utf-8")
    outcome = run("eval", labels)
    assert (outcome.code, outcome.stdout, outcome.stderr.count("\n")) == (2, "", 1)
    assert f"error: {labels}, {message}" in outcome.stderr
    assert asked.opened == [], "read before anything is opened"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "name a file of labelled queries, or evaluate with --feedback"),
        (["x.csv", "--feedback"], "evaluate either on marks or on a file of annotations"),
        (["x.csv", "--predictions", "y", "--ablations"], "ask a library, and this asks none"),
        (["x.csv", "--limit", "0"], "--limit"),
        (["x.csv", "--format", "xml"], "--format"),
        (["none.csv"], "none.csv: it cannot be read (No such file or directory)"),
    ],
)
def test_what_is_asked_for_has_to_make_sense(run: Run, asked: Library, arguments: list[str], message: str) -> None:
    outcome = run("eval", *arguments)
    assert (outcome.code, outcome.stdout, outcome.stderr.count("\n")) == (2, "", 1)
    assert message in outcome.stderr


def test_the_whole_library_can_be_searched(run: Run, asked: Library, labels: Path) -> None:
    report = as_json(run, labels, "--scope", "library")
    assert report["scope"] == "library"
    assert {query.where.recording_ids for query, _ in asked.asked} == {None}
    assert sum(report["queries"]["left_out"].values()) == 1, "the gunshot may be elsewhere"


def test_what_is_saved_scores_the_same_without_a_library(
    run: Run, asked: Library, labels: Path, tmp_path: Path
) -> None:
    ours = as_json(run, labels, "--save-predictions", tmp_path / "ours.jsonl")
    asked.opened.clear()
    theirs = as_json(run, labels, "--predictions", tmp_path / "ours.jsonl")
    assert asked.opened == []
    assert theirs["predictions"] == {"file": str(tmp_path / "ours.jsonl"), "unanswered": 0, "unknown": 0}
    for part in ("ranking", "groups", "confidence"):
        assert theirs["results"][0][part] == ours["results"][0][part]


def test_predictions_that_do_not_fit_are_counted(run: Run, labels: Path, tmp_path: Path) -> None:
    path = tmp_path / "theirs.jsonl"
    path.write_text("\n".join(json.dumps(one) for one in (LINE, LINE | {"qid": 9})), encoding="utf-8")
    outcome = run("eval", labels, "--predictions", path)
    assert outcome.code == 0
    assert f"2 queries have no line in {path} and count as not answered.\n" in outcome.stderr
    assert f"1 line of {path} is for no query of the annotations and does not count.\n" in outcome.stderr
    assert "all" in outcome.stdout


def test_marks_are_labels(run: Run, asked: Library) -> None:
    noon = datetime(2026, 11, 21, 12, tzinfo=UTC)
    asked.made = [Mark("the timer beeps", identity(KITCHEN), Span(12.5, 14), True, "", noon)]
    report = as_json(run, "--feedback")
    assert (report["annotations"], report["format"]) == (None, "marks")
    assert report["results"][0]["ranking"]["mIoU"] == 1
    asked.made = []
    outcome = run("eval", "--feedback")
    assert outcome.code == 2
    assert "no moment of this library is marked right; mark some with `egosearch mark`" in outcome.stderr


def test_long_evaluations_say_how_far_they_are(
    run: Run, asked: Library, labels: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(eval_progress, "LINE_EVERY_S", 0.0)
    assert run("eval", labels).stderr == "1 of 3 answers\n2 of 3 answers\n3 of 3 answers\n"


def test_the_names_that_are_repeated_to_save_an_import() -> None:
    assert [str(one) for one in FormatChoice] == list(READERS)
    assert tuple(str(one) for one in ScopeChoice) == get_args(Scope)
