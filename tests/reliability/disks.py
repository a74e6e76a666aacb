"""Disks that are full and folders that are forbidden; a test is skipped where this user cannot make them so."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from egosearch import room

FILL = "fill"


@contextmanager
def disk(folder: Path, size_bytes: int) -> Iterator[Path]:
    """Mount a disk of some size in memory at a folder, made for it.

    It gives the holes of files a place when they are read through a memory map: what is full there ends processes that
    would live on a disk.
    """
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={size_bytes}", "tmpfs", str(folder)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no `mount` here")
    if done.returncode:
        pytest.skip(f"no disk can be mounted here: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def remount(folder: Path, option: str) -> None:
    """Change a disk: `ro`, `rw`, `size=N`."""
    subprocess.run(["mount", "-o", f"remount,{option}", str(folder)], check=True)


def fill_to_the_floor(folder: Path) -> None:
    """Write a file into a folder that leaves a little less free on its disk than is to be."""
    with (folder / FILL).open("wb") as file:
        there = os.statvfs(folder)
        os.posix_fallocate(file.fileno(), 0, there.f_bavail * there.f_frsize - room.FLOOR_BYTES + 1_000_000)


def forbid(folder: Path) -> None:
    """Let nobody write into a folder nor to what is in it."""
    for path in [*folder.rglob("*"), folder]:
        path.chmod(0o500 if path.is_dir() else 0o400)


def allow(folder: Path) -> None:
    """Let this user write there again."""
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o700 if path.is_dir() else 0o600)


def obeying() -> list[str]:
    """Return what a command begins with so that permissions hold for it, which root is exempt from."""
    if os.geteuid() != 0:
        return []
    prefix = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
    try:
        subprocess.run([*prefix, "true"], capture_output=True, check=True)
    except (FileNotFoundError, subprocess.CalledProcessError):
        pytest.skip("this user may do anything, and cannot be kept from it")
    return prefix
