import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexers.errors import MediaError
from indexers.media.discover import discover, natural_key


def touch(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def test_folders_are_searched_in_natural_order(tmp_path: Path) -> None:
    touch(*(tmp_path / name for name in ("GX10.MP4", "GX2.mp4", "b/1.wav", "notes.txt", "a.JPG", "GX2.LRV", "GX2.THM")))
    assert [p.relative_to(tmp_path).as_posix() for p in discover([tmp_path])] == ["b/1.wav", "GX2.mp4", "GX10.MP4"]


def test_hidden_files_and_proxies_are_left_out(tmp_path: Path) -> None:
    touch(tmp_path / ".a.mp4", tmp_path / ".cache" / "b.mp4", tmp_path / "LRV_2026_01.insv", tmp_path / "c.mp4")
    assert list(discover([tmp_path])) == [tmp_path / "c.mp4"]


def test_a_file_named_outright_is_yielded_whatever_its_name(tmp_path: Path) -> None:
    touch(tmp_path / "take one.dat")
    assert list(discover([tmp_path / "take one.dat"])) == [tmp_path / "take one.dat"]


def test_each_file_comes_once(tmp_path: Path) -> None:
    touch(tmp_path / "a" / "1.mp4")
    (tmp_path / "a" / "2.mp4").symlink_to(tmp_path / "a" / "1.mp4")
    assert list(discover([tmp_path / "a" / "1.mp4", tmp_path, tmp_path / "a"])) == [tmp_path / "a" / "1.mp4"]


def test_links_out_of_the_root_and_loops_are_not_followed(tmp_path: Path) -> None:
    root = tmp_path / "root"
    touch(root / "in" / "a.mp4", tmp_path / "elsewhere" / "b.mp4")
    (root / "out").symlink_to(tmp_path / "elsewhere")
    (root / "b.mp4").symlink_to(tmp_path / "elsewhere" / "b.mp4")
    (root / "in" / "loop").symlink_to(root)
    (root / "broken.mp4").symlink_to(root / "missing.mp4")
    assert list(discover([root])) == [root / "in" / "a.mp4"]


def test_a_missing_path_is_named(tmp_path: Path) -> None:
    with pytest.raises(MediaError) as caught:
        list(discover([tmp_path / "nowhere"]))
    assert caught.value.path == tmp_path / "nowhere"
    assert caught.value.reason == "there is no such file or folder"
    assert caught.value.remedy


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_numbers_in_names_count_as_numbers(a: int, b: int) -> None:
    assert (natural_key(f"GX{a}.mp4") < natural_key(f"gx{b}.mp4")) == ((a, str(a)) < (b, str(b)))


@given(st.lists(st.text(max_size=8)))
def test_any_names_can_be_sorted(names: list[str]) -> None:
    sorted(names, key=natural_key)


@pytest.mark.skipif(sys.platform == "win32", reason="folders are opened one in the other")
def test_folders_may_lie_as_deep_as_the_system_allows(tmp_path: Path) -> None:
    """Deeper than functions of Python may call each other, and so deep that the last of them cannot be named."""
    folder = os.open(tmp_path, os.O_RDONLY)
    for name in ["d"] * 1_100 + ["a.mp4"] + ["e" * 200] * 20:
        if name == "a.mp4":
            os.close(os.open(name, os.O_CREAT | os.O_WRONLY, dir_fd=folder))
            continue
        os.mkdir(name, dir_fd=folder)
        inner = os.open(name, os.O_RDONLY, dir_fd=folder)
        os.close(folder)
        folder = inner
    os.close(folder)
    try:
        [found] = discover([tmp_path])
        assert found == tmp_path.joinpath(*["d"] * 1_100, "a.mp4")
    finally:  # pytest would call itself for each level of it
        subprocess.run(["rm", "-rf", tmp_path / "d"], check=True)
