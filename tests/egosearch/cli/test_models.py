"""`egosearch models` and what is below it."""

import json
import sys
import time
from pathlib import Path

import pytest

from egosearch.cli import doctor, pull_progress
from egosearch.cli.output import size
from egosearch.config import Config, LibraryPaths, make_folder, write_config
from egosearch.models import exporting, families, fetching
from egosearch.models.listing import shipped_bytes
from egosearch.models.types import PullProgress
from indexers.types import Modality
from tests.egosearch.cli.conftest import Run
from tests.egosearch.models.conftest import CHECKPOINT, folder, hub
from tests.egosearch.models.fake_hub import FakeHub

__all__ = ["folder", "hub"]
NAME = "laion-clap:630k-best"


def test_models(run: Run, folder: Path) -> None:
    outcome = run("models")
    assert (outcome.code, outcome.stderr) == (0, "")
    assert outcome == run("models", "list")
    for part in (
        "concepts",
        "ready",
        "Apache-2.0",
        "whisper",
        "speech",
        size(shipped_bytes()),
        "laion-clap:630k-audioset-best",
    ):
        assert part in outcome.stdout
    assert "*" not in outcome.stdout


def test_models_as_json(run: Run, folder: Path) -> None:
    outcome = run("models", "--json")
    assert outcome == run("models", "list", "--json")
    listed = {one["name"]: one for one in json.loads(outcome.stdout)}
    assert set(listed) >= {"concepts", "open-clip", "laion-clap", "whisper", "whisper:small"}
    assert listed["concepts"]["is_ready"]
    assert listed["concepts"]["modalities"] == ["audio", "visual"]
    assert listed["concepts"]["size_bytes"] == shipped_bytes()
    assert len(listed["concepts"]["digest"]) == 12
    missing = listed["open-clip:ViT-B-32/laion2b_s34b_b79k"]
    assert (missing["is_ready"], missing["path"], missing["digest"], missing["size_bytes"]) == (False, None, None, None)


def test_what_the_library_uses_is_marked(run: Run, folder: Path, tmp_path: Path) -> None:
    paths = LibraryPaths(tmp_path / "library")
    make_folder(paths)
    write_config(paths.config, Config(encoders={Modality.VISUAL: "concepts", Modality.AUDIO: NAME}))
    outcome = run("models", "list", "--library", paths.folder)
    assert f"{NAME} *" in outcome.stdout
    assert "concepts *" in outcome.stdout
    listed = {one["name"]: one for one in json.loads(run("models", "--json", "--library", paths.folder).stdout)}
    assert listed[NAME]["used_by_library"] == ["audio"]


def test_pull(run: Run, hub: FakeHub, folder: Path) -> None:
    outcome = run("models", "pull", NAME)
    assert (outcome.code, outcome.stdout) == (0, "")
    said, done = outcome.stderr.splitlines()
    assert said == "laion-clap:630k-best: 1.1 MB in 5 files from lukewys/laion_clap@0123456789ab, licence cc0-1.0"
    assert done == "Fetched 1.1 MB, verified and ready."
    assert run("models", "path", NAME).stdout == f"{folder / 'laion-clap' / '630k-best.pt'}\n"
    again = run("models", "pull", NAME)
    assert (again.code, again.stderr.splitlines()[1]) == (0, "It was here already; nothing was fetched.")


def test_a_pull_that_fails_says_why(run: Run, hub: FakeHub, folder: Path) -> None:
    hub.sent_wrong = {"630k-best.pt"}
    outcome = run("models", "pull", NAME)
    assert (outcome.code, outcome.stdout) == (4, "")
    assert outcome.stderr.splitlines()[-1].startswith("error: 630k-best.pt of lukewys/laion_clap came damaged")
    assert "Traceback" not in outcome.stderr


def test_a_pull_that_is_stopped(run: Run, hub: FakeHub, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(fetching, "_verify", stop)
    outcome = run("models", "pull", NAME)
    assert outcome.code == 130
    assert outcome.stderr.splitlines()[1:] == [
        "What was fetched is kept; the same command goes on from there.",
        "stopped",
    ]


def test_the_path_of_what_is_not_here(run: Run, folder: Path) -> None:
    outcome = run("models", "path", NAME)
    assert (outcome.code, outcome.stdout) == (1, "")
    assert "is not on this machine; `egosearch models list`" in outcome.stderr


def test_help_of_each(run: Run) -> None:
    for command in ("list", "pull", "path", "export"):
        outcome = run("models", command, "--help")
        assert outcome.code == 0
        assert f"Usage: egosearch models {command}" in outcome.stdout


def test_progress_in_a_log_is_a_line_now_and_then(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    times = iter([0.0, 1.0, 11.0, 12.0])
    monkeypatch.setattr(time, "monotonic", lambda: next(times))
    with pull_progress.pull_progress() as show:
        for done in (1, 2_000_000, 3_000_000):
            show(PullProgress("weights.bin", done, 4_000_000))
    assert capsys.readouterr().err == "2.0 MB of 4.0 MB (weights.bin)\n"


def test_progress_on_a_terminal_is_a_bar(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with pull_progress.pull_progress() as show:
        show(PullProgress("weights[red].bin", len(CHECKPOINT), len(CHECKPOINT)))
    assert "weights[red].bin" in capsys.readouterr().err


def test_export(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked: list[object] = []

    def make(name: str, **options: object) -> exporting.Made:
        asked.extend([name, options.pop("precision"), options.pop("to")])
        options["on_step"]("loading")  # type: ignore[operator]
        return exporting.Made("exported:small-int8", tmp_path / "made", 2_000_000, "a scale a tensor", 0.99123)

    monkeypatch.setattr(exporting, "export", make)
    outcome = run("models", "export", "laion-clap:small", "--precision", "int8", "--to", tmp_path / "made")
    assert asked == ["laion-clap:small", "int8", tmp_path / "made"]
    assert (outcome.code, outcome.stdout) == (0, f"{tmp_path / 'made'}\n")
    assert outcome.stderr.splitlines() == [
        "loading",
        f"{tmp_path / 'made'}: 2.0 MB, a scale a tensor; the least cosine to the source on samples is 0.9912."
        " Use it as --encoder exported:small-int8",
    ]


@pytest.mark.parametrize("name", ["whisper:tiny.en", "concepts", "open-clip"])
def test_what_cannot_be_exported(run: Run, folder: Path, name: str) -> None:
    outcome = run("models", "export", name)
    assert outcome.code == 4
    assert "cannot be exported; models of open-clip and laion-clap can" in outcome.stderr


@pytest.mark.parametrize(
    ("name", "called"),
    [
        ("open-clip:ViT-B-32/laion2b_s34b_b79k", "ViT-B-32-laion2b_s34b_b79k-fp16"),
        ("open-clip:ViT-B-32//home/me/mine.pt", "ViT-B-32-mine-fp16"),
        ("open-clip:hf-hub:owner/name?resize=longest", "hf-hub-owner-name-resize-longest-fp16"),
        ("laion-clap:/home/me/my checkpoint.pt", "my-checkpoint-fp16"),
        ("laion-clap:music_audioset_epoch_15_esc_90.14", "music_audioset_epoch_15_esc_90.14-fp16"),
    ],
)
def test_exported_models_are_called_after_their_sources(name: str, called: str) -> None:
    assert exporting.folder_name(name, "fp16") == called


def test_doctor_looks_at_the_models(
    run: Run, hub: FakeHub, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(families, "state", lambda *_, **__: families.READY)
    paths = LibraryPaths(tmp_path / "library")
    assert doctor.models(paths.folder).detail == "those in the package"
    run("models", "pull", "laion-clap:roberta-base")
    assert doctor.models(paths.folder) == doctor.Finding("models", f"1 in {folder}, {size(42)}")
    next(folder.rglob("merges.txt")).unlink()
    broken = doctor.models(paths.folder)
    assert broken.detail == "laion-clap:roberta-base is no longer whole"
    assert broken.remedy == "`egosearch models pull laion-clap:roberta-base`"


def test_doctor_names_a_model_that_the_library_needs(folder: Path, tmp_path: Path) -> None:
    paths = LibraryPaths(tmp_path / "library")
    make_folder(paths)
    write_config(paths.config, Config(encoders={Modality.VISUAL: "exported:gone-fp16"}))
    found = doctor.models(paths.folder)
    assert (found.detail, found.remedy) == ("exported:gone-fp16 is not here", "`egosearch models export`")
