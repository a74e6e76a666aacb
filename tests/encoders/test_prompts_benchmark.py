"""The benchmark of wordings, on the tiny model that knows colours."""

import json
from pathlib import Path

import pytest

from benchmarks import prompts
from benchmarks.settings import Settings, Skipped
from tests.encoders import tiny_clip
from tests.media import BLUE, RED, RecordingOptions, make_recording

pytest.importorskip("open_clip")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    recordings = tmp_path / "shared" / "bench" / "recordings"
    recordings.mkdir(parents=True)
    make_recording(recordings / "a.mp4", RecordingOptions(seconds=4, colours=(RED, RED, BLUE, BLUE)))
    asked = [
        {"id": str(i), "kind": "picture", "text": text, "relevant": [{"recording": "a.mp4", "start_s": a, "end_s": b}]}
        for i, (text, a, b) in enumerate([("red", 0, 2), ("blue", 2, 4)])
    ]
    lines = "\n".join(json.dumps(one) for one in asked)
    (recordings.parent / "queries.jsonl").write_text(lines)
    return Settings(tmp_path / "shared", tmp_path / "work", tmp_path / "cache")


def test_every_wording_is_measured(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tiny_clip.save_folder(tiny_clip.build(tmp_path / "configs"), tmp_path / "tiny")
    monkeypatch.setenv(prompts.VARIABLE, f"open-clip:{folder}")
    (table,) = prompts.run(settings).tables
    found = {row[0]: row[1:] for row in table.rows}
    assert set(found) == set(prompts.PHRASINGS)
    assert found["all templates, in the third person (the default)"] == (2, 1.0, 1.0, 1.0, 1.0)


def test_without_weights_it_is_skipped_with_a_sentence(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Skipped, match="name an encoder in EGOSEARCH_BENCH_CLIP"):
        prompts.run(settings)
    monkeypatch.setenv(prompts.VARIABLE, "open-clip:ViT-B-32/openai")
    with pytest.raises(Skipped, match="egosearch models pull open-clip:ViT-B-32/openai"):
        prompts.run(settings)
