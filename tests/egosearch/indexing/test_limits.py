"""What a worker's memory looks like between large blocks that come and go, in a process of its own."""

import platform
import subprocess
import sys

import pytest

CODE = """
import ctypes, os, sys
from egosearch.indexing.limits import keep_no_holes, resident_bytes
if sys.argv[1] == "asked":
    keep_no_holes()
libc = ctypes.CDLL(None)
libc.malloc.restype, libc.malloc.argtypes, libc.free.argtypes = ctypes.c_void_p, [ctypes.c_size_t], [ctypes.c_void_p]
def frame():
    block = libc.malloc(3 << 20)
    ctypes.memset(block, 1, 3 << 20)
    return block
libc.free(libc.malloc(30 << 20))  # a batch, after which glibc takes frames from its heap
before = resident_bytes(os.getpid())
frames, between = [], []
for _ in range(30):
    frames.append(frame())
    between.append(libc.malloc(512))  # what outlives the frames lies among them
for block in frames:
    libc.free(block)
print(resident_bytes(os.getpid()) - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries are not asked")
def test_frames_leave_no_holes_in_a_workers_memory() -> None:
    left = {
        how: int(subprocess.run([sys.executable, "-c", CODE, how], capture_output=True, check=True, text=True).stdout)
        for how in ("asked", "left alone")
    }
    assert left["asked"] < 10e6
    assert left["left alone"] > 80e6
