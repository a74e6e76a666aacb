"""The benchmark of the big encoders: what it needs is said, and its parts are the ones that it runs."""

from pathlib import Path

import pytest

from benchmarks import encoders, encoding
from benchmarks.processes import Cost
from benchmarks.settings import Settings, Skipped


def test_it_is_skipped_without_the_extras(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoders, "find_spec", lambda _: None)
    with pytest.raises(Skipped, match=r"pip install 'egosearch\[clip,clap,export\]'"):
        encoders.run(Settings(None, tmp_path, tmp_path))


def test_one_row_a_way_to_run_a_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoders, "find_spec", lambda _: object())
    folder = tmp_path / "encoders"
    (folder / "laion-clap").mkdir(parents=True)
    (folder / "done").touch()
    encoding.open_clip_weights(folder).write_bytes(bytes(4_000_000))
    (folder / "laion-clap" / f"{encoding.LAION_CLAP}.pt").write_bytes(bytes(2_000_000))
    for name in (f"{encoding.OPEN_CLIP}-{encoding.OPEN_CLIP}", encoding.LAION_CLAP):
        for precision in encoding.PRECISIONS:
            (folder / "exported" / f"{name}-{precision}").mkdir(parents=True)
    printed = '{"first_s": 1.25, "per_s": 9.5, "query_s": 0.05}'
    monkeypatch.setattr(encoders, "measure", lambda _: Cost(1.0, 1.0, 300_000_000, (), 0, printed))
    monkeypatch.setenv("EGOSEARCH_MODELS", "put back afterwards")
    (table,) = encoders.run(Settings(None, tmp_path, tmp_path)).tables
    assert [row[1] for row in table.rows] == ["torch", "exported, fp16", "exported, int8"] * 2
    assert table.rows[0][2:] == (9.5, 1.2, 300, 50, 1.2, 300, 4)
    assert {len(row) for row in table.rows} == {len(table.header)}


def test_one_encoder_is_measured() -> None:
    found = encoding.texts("visual", "toy")
    assert 0 < found["query_s"] < found["first_s"]
