"""Several arrays in one file that is memory-mapped: a file takes whole blocks of the disk, and time to open.

    8 bytes: length of the header | header: JSON | padding | array | padding | array | ...

The header holds a description, and of each array its type, shape and place. Arrays begin at multiples of `ALIGNMENT`.
"""

import json
import mmap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

ALIGNMENT = 64
"""A line of the processor's cache."""
LENGTH = np.dtype("<u8")


def write(path: Path, description: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write arrays and a description of them that JSON can hold."""
    places, at = {}, 0
    for name, array in arrays.items():
        places[name] = (array.dtype.str, array.shape, at)
        at += _aligned(array.nbytes)
    header = json.dumps({"description": description, "arrays": places}, separators=(",", ":")).encode()
    with path.open("wb") as file:
        file.write(np.array(len(header), LENGTH).tobytes() + header)
        file.write(bytes(_aligned(file.tell()) - file.tell()))
        for array in arrays.values():
            file.write(np.ascontiguousarray(array).data)
            file.write(bytes(_aligned(array.nbytes) - array.nbytes))


def read(path: Path) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Return the description and the arrays, mapped and read-only.

    Raises:
        OSError: The file cannot be read.
        ValueError: It is damaged (or `KeyError`).
    """
    with path.open("rb") as file:
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    length = int(np.frombuffer(mapped, LENGTH, 1)[0])
    header = json.loads(mapped[LENGTH.itemsize : LENGTH.itemsize + length])
    first = _aligned(LENGTH.itemsize + length)
    arrays = {}
    for name, (dtype, shape, at) in header["arrays"].items():
        count = int(np.prod(shape))
        # A plain array: slices of a `memmap` carry its file along, which costs more than a short slice.
        flat = np.frombuffer(mapped, dtype, count, first + at) if count else np.zeros(0, dtype)
        arrays[name] = flat.reshape(shape)
    return header["description"], arrays


def _aligned(size_bytes: int) -> int:
    return -(-size_bytes // ALIGNMENT) * ALIGNMENT
