import json
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from egosearch.stores.trimming import BLOCK_BYTES, CHUNK_BYTES, RECORD, restore, trim, trimmed_length

MEGABYTE = 1 << 20


def make(folder: Path) -> dict[str, bytes]:
    """Write files as an engine would, and return their content."""
    content = {
        "page.dat": b"x" * 5000 + bytes(3 * MEGABYTE),
        "nested/empty.dat": bytes(2 * MEGABYTE),
        "nested/full.dat": b"y" * MEGABYTE,
        "nested/short tail.dat": b"z" * 100 + bytes(1000),
        "config.json": b"{}",
    }
    for name, data in content.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
    return content


def read(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }


def test_trimming_cuts_and_restoring_gives_back_every_byte(tmp_path: Path) -> None:
    content = make(tmp_path)
    trim(tmp_path)
    assert (tmp_path / "page.dat").stat().st_size == 2 * BLOCK_BYTES
    assert (tmp_path / "nested/empty.dat").stat().st_size == 0
    assert (tmp_path / "nested/full.dat").stat().st_size == MEGABYTE
    assert (tmp_path / "nested/short tail.dat").stat().st_size == 1100
    assert json.loads((tmp_path / RECORD).read_text()) == {
        "page.dat": 5000 + 3 * MEGABYTE,
        "nested/empty.dat": 2 * MEGABYTE,
    }
    restore(tmp_path)
    assert read(tmp_path) == content


def test_trimming_twice_keeps_the_first_sizes(tmp_path: Path) -> None:
    content = make(tmp_path)
    trim(tmp_path)
    trim(tmp_path)
    restore(tmp_path)
    assert read(tmp_path) == content


def test_nothing_to_trim_leaves_no_trace(tmp_path: Path) -> None:
    (tmp_path / "full.dat").write_bytes(b"x" * MEGABYTE)
    trim(tmp_path)
    restore(tmp_path)
    assert list(read(tmp_path)) == ["full.dat"]


@pytest.mark.parametrize("survived", [0, 1])
def test_a_kill_while_trimming_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, survived: int) -> None:
    content = make(tmp_path)
    cuts = 0

    def killed(path: Path, length: int, truncate: object = os.truncate) -> None:
        nonlocal cuts
        if cuts == survived:
            raise KeyboardInterrupt
        cuts += 1
        assert callable(truncate)
        truncate(path, length)

    with monkeypatch.context() as patch:
        patch.setattr(os, "truncate", killed)
        with pytest.raises(KeyboardInterrupt):
            trim(tmp_path)
    restore(tmp_path)
    assert read(tmp_path) == content


def test_a_kill_while_the_record_is_written_cuts_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = make(tmp_path)

    def killed(handle: int) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", killed)
        with pytest.raises(KeyboardInterrupt):
            trim(tmp_path)
    assert not (tmp_path / RECORD).exists()
    assert {name: data for name, data in read(tmp_path).items() if name in content} == content
    trim(tmp_path)
    restore(tmp_path)
    assert read(tmp_path) == content


def test_a_kill_while_restoring_is_made_good_by_the_next(tmp_path: Path) -> None:
    content = make(tmp_path)
    trim(tmp_path)
    os.truncate(tmp_path / "page.dat", len(content["page.dat"]))  # the first file was restored, and no more
    restore(tmp_path)
    assert read(tmp_path) == content


@given(
    data=st.binary(max_size=20),
    at=st.sampled_from([0, BLOCK_BYTES - 5, CHUNK_BYTES - 7]),
    zeros=st.sampled_from([0, 1, CHUNK_BYTES - 3, CHUNK_BYTES + 1]),
)
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_only_zeros_are_cut(tmp_path: Path, data: bytes, at: int, zeros: int) -> None:
    content = bytes(at) + data + bytes(zeros)
    path = tmp_path / "file"
    path.write_bytes(content)
    length = trimmed_length(path)
    assert length <= len(content)
    assert not any(content[length:])
    assert length - len(content.rstrip(b"\0")) < BLOCK_BYTES
