"""What the benchmark of kills prints; that it kills is tested in `tests/reliability`."""

from pathlib import Path

import pytest

from benchmarks import crashes
from benchmarks.settings import Settings, Skipped
from tests.reliability.campaigns import Tally


def tally(*whom: str, wrong: tuple[str, ...] = ()) -> Tally:
    made = Tally(libraries=2, wrong=list(wrong))
    for one in whom:
        made.note(one)
    return made


def test_kills_and_differences_are_counted() -> None:
    found = {
        "indexing, two workers": ("any time", tally("group", "worker", "worker", "parent")),
        "remove": ("any step", tally("remove", wrong=("remove, step 3 of 9: vectors differ",))),
    }
    text = crashes.report(found, seed=7, seconds=90).markdown()
    assert "| indexing, two workers | any time | 4 | 2 | 0 |" in text
    assert "| remove | any step | 1 | 2 | 1 |" in text
    assert "1 of the group, 1 of the parent, 2 of the worker. Seed 7; 2 minutes in all." in text
    assert "DIFFERENT: remove, step 3 of 9: vectors differ" in text


def test_elsewhere_it_is_skipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "darwin")
    with pytest.raises(Skipped, match="Linux"):
        crashes.run(Settings(None, tmp_path, tmp_path))
