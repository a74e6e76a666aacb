"""The size of a library with big encoders."""

from pathlib import Path

import pytest

from benchmarks import sizes


def test_a_library_grows_by_its_numbers_in_half_precision(tmp_path: Path) -> None:
    space = sizes.SPACES["OpenCLIP ViT-B-32"]
    one, two = (sizes.library_bytes(tmp_path / str(hours), hours, (space,)) for hours in (1, 2))
    assert two["vectors"] - one["vectors"] == pytest.approx(3600 * space.dim * 2, rel=0.1)
    assert two["scan"] - one["scan"] == pytest.approx(3600 * space.dim * 2, rel=0.1)
    assert two["catalogue"] >= one["catalogue"] > 0
