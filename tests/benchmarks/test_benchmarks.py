"""The benchmarks' cheap parts, on recordings made here: what the wheel does not need must not rot either."""

import json
import shutil
import sys
from pathlib import Path

import av
import numpy as np
import pytest

from benchmarks import __main__ as program
from benchmarks import aria, esc10, indexing, latency, moments, recall, sounds
from benchmarks.footage import clip, lengthen
from benchmarks.libraries import generate
from benchmarks.processes import measure
from benchmarks.report import Report, Table, heading, machine
from benchmarks.settings import QUERIES, Settings, Skipped
from benchmarks.stopwatch import timing
from egosearch.evaluation.run import EvaluationOptions, evaluate
from egosearch.indexing.types import IndexOptions
from egosearch.indexing.worker import THREAD_VARIABLES
from egosearch.library import Library
from indexers.media import probe
from indexers.types import Modality
from tests.egosearch.evaluation.build import TableLibrary, annotations, labelled, recording
from tests.media import RecordingOptions, Tone, make_recording


@pytest.fixture(scope="module")
def minute(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a recording of little more than a minute, with a tone."""
    options = RecordingOptions(seconds=62.0, frame_rate_hz=4, tones=(Tone(5.0, 8.0),))
    return make_recording(tmp_path_factory.mktemp("minute") / "minute.mp4", options)


@pytest.fixture(scope="module")
def split(minute: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, indexing.Split]:
    """Return a library of it, made by the default encoders, and what each stage took."""
    folder = tmp_path_factory.mktemp("real") / "library"
    return folder, indexing.cpu_by_stage(folder, [minute], hours=1 / 3600)


@pytest.fixture(scope="module")
def library(split: tuple[Path, indexing.Split]) -> Path:
    return split[0]


def test_a_report_reads_as_markdown() -> None:
    table = Table("Speed", ("what", "n"), (("walking", 1200), ("running", 3)))
    report = Report("Legs", (table,), ("Uphill.",))
    expected = "## Legs\n\n**Speed**\n\n| what | n |\n| --- | ---: |\n| walking | 1,200 |\n| running | 3 |\n\n- Uphill."
    assert report.markdown() == expected
    assert json.loads(json.dumps(report.as_json()))["title"] == "Legs"


def test_the_machine_is_described() -> None:
    text = heading(machine())
    assert "cores" in text
    assert "egosearch" in text
    assert str(Path.home()) not in text


def test_a_stopwatch_times_and_leaves_no_trace() -> None:
    class Bell:
        def ring(self) -> str:
            return "ding"

    bell, before = Bell(), Bell.ring
    ticks = iter(range(10))
    with timing(lambda: float(next(ticks)), (Bell, "ring", "rings"), keep=frozenset(["rings"])) as watch:
        assert [bell.ring(), bell.ring()] == ["ding", "ding"]
    assert watch.seconds == {"rings": 2.0}
    assert watch.results == {"rings": ["ding", "ding"]}
    assert Bell.ring is before


def test_a_program_is_measured_with_what_it_starts() -> None:
    script = "import subprocess, sys; sum(range(10**6)); subprocess.run([sys.executable, '-c', 'print(1)'])"
    cost = measure([sys.executable, "-c", script])
    assert cost.output == "1\n"
    assert cost.cpu_s > 0
    assert cost.wall_s > 0


def test_a_program_that_fails_is_not_measured() -> None:
    with pytest.raises(RuntimeError, match=r"ended with 3: .*too late"):
        measure([sys.executable, "-c", "import sys; print('too late', file=sys.stderr); sys.exit(3)"])


def test_missing_files_are_said_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in THREAD_VARIABLES:
        monkeypatch.setenv(name, "1")
    output = tmp_path / "out.json"
    missing = ["--shared", str(tmp_path / "nowhere"), "--json", str(output)]
    assert program.main(["esc10", "aria", "moments", *missing]) == 0
    printed = capsys.readouterr().out
    assert "*esc10* is skipped: it needs the clips of ESC-10" in printed
    assert set(json.loads(output.read_text())["benchmarks"]) == {"esc10", "aria", "moments"}


def test_queries_are_built_in_and_replaced_by_the_bench(tmp_path: Path) -> None:
    assert len(set(QUERIES)) == 50
    (tmp_path / "bench").mkdir()
    (tmp_path / "bench" / "queries.jsonl").write_text('{"text": "a bell"}\n')
    assert Settings(shared=tmp_path, work=tmp_path, cache=tmp_path).queries() == ("a bell",)


def test_average_precision_counts_the_precision_at_each_right_clip() -> None:
    scores = np.array([[0.9, 0.1], [0.8, 0.2], [0.7, 0.9]], np.float32)
    # The first query ranks clips 0, 1, 2 of which 0 and 2 are right: (1 + 2/3) / 2. The second 2, 1, 0: 1 is second.
    assert esc10.mean_average_precision(scores, np.array([0, 1, 0])) == pytest.approx(((1 + 2 / 3) / 2 + 1 / 2) / 2)


def test_the_rank_of_a_sound_counts_what_other_labels_have_above_it() -> None:
    scores = np.array([[0.9, 0.1], [0.8, 0.7], [0.3, 0.6]], np.float32)
    assert sounds.ranks(scores, np.array([0, 0, 1])).tolist() == [0, 0, 1]


def test_a_clip_is_classified_by_its_best_windows(minute: Path) -> None:
    batch = esc10.embed(minute)
    assert len(batch) == 129
    queries = np.eye(batch.space.dim, dtype=np.float32)[:2]
    best = np.sort(batch.embeddings.dense()[:, :2], axis=0)[-3:].mean(axis=0)
    assert esc10.clip_scores(batch, queries) == pytest.approx(best)


def test_pictures_are_ranked_alone_and_among_a_library(library: Path) -> None:
    pictures = [np.full((64, 48, 3), level, np.uint8) for level in (40, 200)]
    assert aria.rank(pictures, aria.SENTENCES).shape == (2, 21)
    assert aria.among(library, pictures).shape == (2, 21)


def test_footage_is_made_once_and_lengthened(tmp_path: Path) -> None:
    made = clip(tmp_path, 2, height_px=72)
    stamp = made.stat().st_mtime_ns
    assert clip(tmp_path, 2, height_px=72).stat().st_mtime_ns == stamp
    long = lengthen(made, tmp_path / "long.mp4", times=3, title="long", period_s=2)
    assert probe(long).duration_s == pytest.approx(6, abs=0.1)
    with av.open(str(long)) as container:
        times_s = [frame.time for frame in container.decode(video=0)]
    assert times_s == pytest.approx([number / 30 for number in range(180)])


def test_still_footage_holds_still_until_something_is_laid_into_it(tmp_path: Path) -> None:
    made = clip(tmp_path, 4, height_px=144, motion="still")
    with av.open(str(made)) as container:
        keys = [number for number, packet in enumerate(container.demux(video=0)) if packet.is_keyframe]
    assert keys == [0, 60]
    with av.open(str(made)) as container:
        frames = [frame.to_ndarray(format="gray").astype(np.int16) for frame in container.decode(video=0)]
    middle = np.s_[70:74, 126:130]
    assert np.abs(frames[50] - frames[10]).mean() < 12
    assert abs(frames[100][middle].mean() - frames[50][middle].mean()) > 20


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="there is no ffmpeg here")
def test_ffmpeg_takes_pictures_and_sound_out(minute: Path) -> None:
    command = [sys.executable, "-m", "benchmarks.decoding", "--ffmpeg", str(shutil.which("ffmpeg")), "2", str(minute)]
    assert measure(command).exit_code == 0
    with pytest.raises(RuntimeError, match="ended with 1"):
        measure([*command, str(minute.with_name("missing.mp4"))])


def test_cpu_seconds_are_split_by_stage(split: tuple[Path, indexing.Split]) -> None:
    *stages, total = split[1].stages
    assert len(stages) == len(indexing.CPU_HEADER)
    assert min(stages) >= 0
    assert total == pytest.approx(sum(stages), abs=6)


def test_pictures_are_counted(split: tuple[Path, indexing.Split]) -> None:
    frames, pictures, bridged, looked_at = split[1].pictures
    assert pictures + bridged == 62 * 3600
    assert pictures <= frames
    assert looked_at <= frames


def test_a_library_of_an_hour_is_generated_and_asked(library: Path, tmp_path: Path) -> None:
    generate(library, tmp_path / "hour", 1, keep_exact=True)
    with Library.open(tmp_path / "hour", read_only=True) as opened:
        assert [recording.duration_s for recording in opened.recordings()] == [3600]
        assert opened.stats().windows == {"audio": 7500, "visual": 3600}
    result = latency.main(tmp_path / "hour", ["a bell", "a red wall"])
    assert result["queries"] == 2
    assert result["windows"] == {"audio": 7500, "visual": 3600}
    compared = recall.main(tmp_path / "hour", ["a bell", "a red wall"])
    assert compared["moments"] > 0
    assert compared["recall"] >= 0.99
    assert compared["score_apart"] < 0.02


def test_a_library_of_seconds_is_too_short(tmp_path: Path, toy: IndexOptions) -> None:
    short = make_recording(tmp_path / "short.mp4")
    with Library.open(tmp_path / "short") as opened:
        opened.index([short], options=toy)
    with pytest.raises(Skipped, match="whole minutes"):
        generate(tmp_path / "short", tmp_path / "hour", 1)


def test_the_bench_is_shown_as_tables() -> None:
    held, found = [recording("/films/rec00.mp4")], {"a bell": [("/films/rec00.mp4", 1.0, 2.0, 0.9)]}
    library = TableLibrary(held, found, {Modality.AUDIO: "toy", Modality.VISUAL: "toy"})
    queries = annotations(
        labelled(1, ("rec00.mp4", 1.25, 2), text="a bell", group="sound"),
        labelled(2, ("rec00.mp4", 7, 8), text="a cup", group="picture"),
        labelled(3, text="a gunshot", group="absent"),
    )
    text = moments.report(evaluate(library, queries, EvaluationOptions(has_ablations=True))).markdown()
    assert "| default | 2 | 0.50 | 0.50 | 0.50 | 0.38 | 0.30 | 0.25 | 0.750 |" in text
    for name in ("without lag", "sound only", "sight only", "reciprocal rank"):
        assert f"| {name} | 2 |" in text
    assert "| sound | 1 | 1.00 |" in text
    assert "| AUROC, present (n = 2) against absent (n = 1) | 0.750 |" in text
    assert "| expected calibration error, ten bins of equal width | 0.100 |" in text
    assert "fitted to these very queries" in text
    assert "| 0.00 to 1.00 | 1 | 0.90 | 1.00 |" in text
