"""Processes that the kernel ends when they ask it for a socket of the Internet, in Python or in native code.

    python -m tests.security.sealed PROGRAM ARGUMENTS

seals itself and becomes the program; what that starts is sealed too. A socket of another kind (files, pipes) is none of
its business. It takes a filter of system calls, which any user of Linux may set for himself.
"""

import ctypes
import os
import platform
import socket
import struct
import sys

NUMBERS = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}
"""By machine: the kernel's name for it, and the number of the call `socket` (linux/audit.h, asm/unistd.h)."""
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
ALLOW, KILL_PROCESS = 0x7FFF0000, 0x80000000
LOAD, JUMP_IF_EQUAL, RETURN = 0x20, 0x15, 0x06
NUMBER_AT, MACHINE_AT, FIRST_ARGUMENT_AT = 0, 4, 16
"""Where in `struct seccomp_data`."""


def can_seal() -> bool:
    """Whether this system has such filters."""
    return sys.platform == "linux" and platform.machine() in NUMBERS


def seal() -> None:
    """Let this process never have a socket of the Internet again.

    Raises:
        OSError: The kernel sets no filter.
    """
    machine, call = NUMBERS[platform.machine()]
    steps = [
        (LOAD, 0, 0, MACHINE_AT),
        (JUMP_IF_EQUAL, 0, 5, machine),
        (LOAD, 0, 0, NUMBER_AT),
        (JUMP_IF_EQUAL, 0, 3, call),
        (LOAD, 0, 0, FIRST_ARGUMENT_AT),
        (JUMP_IF_EQUAL, 2, 0, socket.AF_INET),
        (JUMP_IF_EQUAL, 1, 0, socket.AF_INET6),
        (RETURN, 0, 0, ALLOW),
        (RETURN, 0, 0, KILL_PROCESS),
    ]
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
    program = ctypes.create_string_buffer(struct.pack("HP", len(steps), ctypes.addressof(code)))
    libc = ctypes.CDLL(None, use_errno=True)
    for arguments in (
        (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0),
        (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.addressof(program), 0, 0),
    ):
        if libc.prctl(*(ctypes.c_ulong(one) for one in arguments)):
            raise OSError(ctypes.get_errno(), "prctl")


if __name__ == "__main__":
    if can_seal():
        seal()
    os.execv(sys.argv[1], sys.argv[1:])  # noqa: S606 - the program of the test
