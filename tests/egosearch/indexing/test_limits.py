"""How a worker's memory is taken, in a process of its own."""

import platform
import subprocess
import sys

import pytest

CODE = """
import ctypes
from egosearch.indexing.limits import keep_no_holes
keep_no_holes()
libc = ctypes.CDLL(None)
libc.malloc.restype, libc.malloc.argtypes, libc.free.argtypes = ctypes.c_void_p, [ctypes.c_size_t], [ctypes.c_void_p]
libc.free(libc.malloc(30 << 20))  # a batch, after which glibc, left alone, takes frames from its heap
for frame in [libc.malloc(3 << 20) for _ in range(30)]:
    print(frame % 4096)
"""
PICTURES = """
import ctypes, resource
from egosearch.indexing.limits import keep_no_holes
keep_no_holes()
libc = ctypes.CDLL(None)
libc.malloc.restype, libc.malloc.argtypes, libc.free.argtypes = ctypes.c_void_p, [ctypes.c_size_t], [ctypes.c_void_p]
size_bytes = 3 << 19
for number in range(101):
    if number == 1:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    picture = libc.malloc(size_bytes)
    ctypes.memset(picture, 1, size_bytes)
    libc.free(picture)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""
PAGES = (3 << 19) // 4096
"""Of one such picture."""
OF_ITS_OWN = 16
"""Bytes into a page at which a block begins that was taken from the system for itself: glibc keeps its size before."""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries are not asked")
def test_frames_are_taken_from_the_system_one_by_one_so_that_they_leave_no_holes() -> None:
    ran = subprocess.run([sys.executable, "-c", CODE], capture_output=True, check=True, text=True)
    assert [int(line) for line in ran.stdout.split()] == [OF_ITS_OWN] * 30


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries are not asked")
def test_memory_of_a_picture_is_used_again_for_the_next() -> None:
    ran = subprocess.run([sys.executable, "-c", PICTURES], capture_output=True, check=True, text=True)
    assert int(ran.stdout) < PAGES  # of 100 of them
