from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexers.errors import MediaError
from indexers.media.fingerprint import BLOCK_BYTES, BLOCKS, _offsets, fingerprint


def test_it_is_32_hexadecimal_digits_of_the_content_alone(tmp_path: Path) -> None:
    a, b = tmp_path / "a.mp4", tmp_path / "b.wav"
    a.write_bytes(b"x" * 1000)
    b.write_bytes(b"x" * 1000)
    assert fingerprint(a) == fingerprint(b)
    assert len(bytes.fromhex(fingerprint(a))) == 16


@pytest.mark.parametrize("size", [1, 1000, BLOCK_BYTES, BLOCK_BYTES * BLOCKS])
def test_small_files_are_read_whole(tmp_path: Path, size: int) -> None:
    path = tmp_path / "a"
    content = bytearray(size)
    path.write_bytes(content)
    before = fingerprint(path)
    content[size // 2] = 1
    path.write_bytes(content)
    assert fingerprint(path) != before


@pytest.mark.parametrize("at", [0, -1])
def test_both_ends_of_large_files_count(tmp_path: Path, at: int) -> None:
    path = tmp_path / "a"
    content = bytearray(3_000_000)
    path.write_bytes(content)
    before = fingerprint(path)
    content[at] = 1
    path.write_bytes(content)
    assert fingerprint(path) != before


def test_the_size_counts(tmp_path: Path) -> None:
    a, b = tmp_path / "a", tmp_path / "b"
    a.write_bytes(bytes(3_000_000))
    b.write_bytes(bytes(3_000_001))
    assert fingerprint(a) != fingerprint(b)


@given(st.integers(1, 1 << 40))
def test_blocks_lie_inside_the_file_and_reach_its_ends(size: int) -> None:
    offsets = _offsets(size)
    assert len(offsets) <= BLOCKS
    assert offsets == sorted(set(offsets))
    assert offsets[0] == 0
    assert offsets[-1] < size <= offsets[-1] + BLOCK_BYTES


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="there is no such file"):
        fingerprint(tmp_path / "a")
