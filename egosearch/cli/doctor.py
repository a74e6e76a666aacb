"""`egosearch doctor`: does everything work on this machine, and if not, what is to be done?"""

import hashlib
import importlib.metadata
import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from egosearch.cli import options
from egosearch.cli.boundary import LIBRARY
from egosearch.cli.options import JsonOption, LibraryOption
from egosearch.cli.output import count, say, size, write_json, write_line

EXAMPLES = """\b
Examples:
  egosearch doctor
  egosearch doctor --library /media/card/library"""
OLDEST_PYTHON = (3, 11)
PACKAGES = ("av", "duckdb", "numpy", "onnxruntime", "pillow", "qdrant-client", "qdrant-edge-py", "tokenizers")
ENOUGH_BYTES = 500_000_000
"""Free space below which indexing may well fail half-way."""
BLOCK_BYTES = 1 << 20
REINSTALL = "reinstall with `pip install --force-reinstall egosearch`"


@dataclass(frozen=True)
class Finding:
    """What one check found."""

    subject: str
    detail: str
    remedy: str | None = None
    """What to do; None where there is no problem."""


def doctor(library: LibraryOption = None, json: JsonOption = False) -> None:
    """Check that everything works on this machine.

    Where something does not, it says what to do, and the exit code is 4.
    """
    findings = []
    folder = options.library_folder(library)
    for finding in examine(folder):
        findings.append(finding)
        if not json:
            mark = "ok     " if finding.remedy is None else "problem"
            write_line(f"{mark}  {finding.subject}: {finding.detail}{f'; {finding.remedy}' if finding.remedy else ''}")
    if json:
        write_json(
            [
                {"check": one.subject, "ok": one.remedy is None, "detail": one.detail, "remedy": one.remedy}
                for one in findings
            ]
        )
    problems = sum(finding.remedy is not None for finding in findings)
    if problems:
        say(f"{count(problems, 'problem')} found.")
        raise typer.Exit(LIBRARY)


def examine(folder: Path) -> Iterator[Finding]:
    """Make all checks, one after the other; a library may not exist yet."""
    yield python()
    yield from packages()
    yield _guarded("decoders", codecs)
    yield _guarded("weights", weights)
    for name in NETWORKS:
        yield _guarded(f"network {name}", lambda name=name: network(name))  # type: ignore[misc]
    yield _guarded("models", lambda: models(folder))
    yield _guarded("library folder", lambda: writable(folder))
    yield _guarded("free space", lambda: free_space(folder))
    yield _guarded("log", lambda: log(folder))


def _guarded(subject: str, check: Callable[[], Finding]) -> Finding:
    """Make a check; one that breaks is a finding too, and the others still run."""
    try:
        return check()
    except Exception as error:
        return Finding(subject, f"{type(error).__name__}: {error}", REINSTALL)


def log(folder: Path) -> Finding:
    """Where it is written down what happened to the library."""
    from egosearch.logs import NAME, log_folder

    return Finding("log", str(log_folder(folder) / NAME))


def python() -> Finding:
    """Which Python on which system."""
    detail = f"{platform.python_version()} on {platform.system()} {platform.release()}, {platform.machine()}"
    is_old = sys.version_info < OLDEST_PYTHON
    return Finding("Python", detail, "use Python 3.11 or newer" if is_old else None)


def packages() -> Iterator[Finding]:
    """Which versions of the packages that do the work."""
    for name in PACKAGES:
        try:
            yield Finding(name, importlib.metadata.version(name))
        except importlib.metadata.PackageNotFoundError:
            yield Finding(name, "not installed", f"install it with `pip install {name}`")


def codecs() -> Finding:
    """Whether the usual formats can be decoded."""
    from indexers.media.codecs import COMMON_CODECS, missing_codecs

    missing = missing_codecs()
    if missing:
        return Finding("decoders", f"PyAV lacks {', '.join(missing)}", "install PyAV's wheel: `pip install -U av`")
    return Finding("decoders", ", ".join(COMMON_CODECS))


def weights() -> Finding:
    """Whether the networks in the package are what was shipped."""
    from indexers.encoders.runtime import WEIGHTS

    lines = (WEIGHTS / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    total, damaged = 0, []
    for line in lines:
        if line.startswith("#") or not line.strip():
            continue
        expected, name = line.split()
        path = WEIGHTS / name
        if not path.is_file() or _sha256(path) != expected:
            damaged.append(name)
        else:
            total += path.stat().st_size
    if damaged:
        return Finding("weights", f"{', '.join(damaged)} missing or damaged", REINSTALL)
    return Finding("weights", f"{size(total)}, checksums as shipped")


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()


NETWORKS = ("yamnet.onnx", "minilm.onnx", "efficientnet-lite2.onnx", "nanodet.onnx")


def network(name: str) -> Finding:
    """Run one network on the least there is, and time it."""
    from indexers.encoders.runtime import open_session

    started = time.perf_counter()
    session = open_session(name)
    loaded = time.perf_counter()
    outputs = session.run(None, _least_input(name))
    ran = time.perf_counter()
    times = f"loads in {(loaded - started) * 1000:.0f} ms, answers in {(ran - loaded) * 1000:.0f} ms"
    if not all(_is_finite(output) for output in outputs):
        return Finding(f"network {name}", f"{times}, but not with numbers", "update with `pip install -U onnxruntime`")
    return Finding(f"network {name}", times)


def _least_input(name: str) -> dict[str, Any]:
    import numpy as np

    if name == "yamnet.onnx":
        return {"patches": np.zeros((1, 96, 64), np.float32)}
    if name == "minilm.onnx":
        return {"input_ids": np.ones((1, 4), np.int64), "attention_mask": np.ones((1, 4), np.int64)}
    return {"pictures": np.zeros((1, 224, 416, 3), np.uint8)}


def _is_finite(output: Any) -> bool:
    import numpy as np

    return bool(np.isfinite(output).all())


def models(folder: Path) -> Finding:
    """Whether what the library was made with is here, and whole."""
    from egosearch.models.families import READY
    from egosearch.models.listing import entries, used_by_library
    from indexers.encoders.model_folder import models_folder

    listed = entries(used_by_library(folder))
    wanted = [one for one in listed if one.state != READY and (one.used_by or one.state.startswith("no longer"))]
    if wanted:
        state, _, remedy = wanted[0].state.partition("; ")
        return Finding("models", f"{wanted[0].name} is {state}", f"`{remedy}`" if remedy else "name another encoder")
    there = [one for one in listed if one.path is not None]
    total = size(sum(one.size_bytes or 0 for one in there))
    return Finding("models", f"{len(there)} in {models_folder()}, {total}" if there else "those in the package")


def writable(folder: Path) -> Finding:
    """Whether a library could be written there. Nothing is left behind, and no folder is made."""
    existing = _existing(folder)
    detail = str(folder) if existing == folder else f"{folder} (not made yet)"
    try:
        with tempfile.NamedTemporaryFile(dir=existing, prefix=".egosearch-"):
            pass
    except OSError as error:
        remedy = f"make {existing} writable (`chmod u+w`), or name another folder with --library"
        return Finding("library folder", f"{detail} cannot be written: {error.strerror}", remedy)
    return Finding("library folder", detail)


def free_space(folder: Path) -> Finding:
    """Whether there is room for a library."""
    free = shutil.disk_usage(_existing(folder)).free
    remedy = "free some, or name another folder with --library" if free < ENOUGH_BYTES else None
    return Finding("free space", size(free), remedy)


def _existing(folder: Path) -> Path:
    """Return the folder, or the nearest one above it that exists."""
    absolute = Path(os.path.abspath(folder))  # noqa: PTH100 - resolve() would follow links, and the user did not
    return next(path for path in (absolute, *absolute.parents) if path.exists())
