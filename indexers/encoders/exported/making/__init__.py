"""Turning a model in torch into an exported one. Needs torch, the model's extra and the package `onnx`.

    source -> towers -> graphs -> smaller weights -> compared with the source -> in place

Nothing here is imported when an exported model is used.
"""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from indexers.encoders.exported.settings import (
    FILE,
    TEXTS,
    TOKENIZER,
    WINDOWS,
    ExportedSettings,
    Precision,
    write_settings,
)
from indexers.errors import EncoderError

FAMILIES = ("open-clip", "laion-clap")
LEAST_COSINE: dict[Precision, float] = {"fp16": 0.999, "int8": 0.98}
"""Between a vector of the exported model and its source's, whatever the sample."""


@dataclass(frozen=True)
class Exported:
    """What was made."""

    folder: Path
    settings: ExportedSettings
    size_bytes: int


def export(
    name: str,
    target: Path,
    *,
    precision: Precision,
    licence: str | None = None,
    on_step: Callable[[str], None] = lambda _: None,
) -> Exported:
    """Export both towers of a model, compare them with the source, and put them in place.

    Args:
        name: The source, as an encoder is named: `open-clip:ViT-B-32/laion2b_s34b_b79k`.
        target: The folder to make; an exported model that is there is replaced.
        precision: How weights are kept.
        licence: Of the source's weights, to be kept beside.
        on_step: Told what is done next.

    Raises:
        EncoderError: The source is not here or cannot be exported, the result is too far from it, or the folder cannot
            be written.
    """
    _check(name, target)
    _need_packages()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".export-") as work, _on_the_cpu():
            draft = Path(work) / target.name
            draft.mkdir()
            settings = _make(name, draft, precision, licence, on_step)
            _replace(draft, target)
    except OSError as error:
        raise EncoderError(
            f"{target} cannot be written ({error.strerror or error}); name another folder with --to"
        ) from error
    return Exported(target, settings, sum(file.stat().st_size for file in target.iterdir()))


def _make(
    name: str, draft: Path, precision: Precision, licence: str | None, on_step: Callable[[str], None]
) -> ExportedSettings:
    from indexers.encoders.exported.making import graphs
    from indexers.encoders.exported.making.comparing import compare, compare_tokens
    from indexers.encoders.exported.making.towers import towers_of

    on_step(f"loading {name}")
    source = towers_of(name)
    (draft / TOKENIZER).write_text(source.tokenizer, encoding="utf-8")
    compare_tokens(source, draft)
    whole = draft / "whole"
    whole.mkdir()
    for file, tower in ((WINDOWS, source.windows), (TEXTS, source.texts)):
        on_step(f"tracing {file}")
        graphs.trace(tower, whole / file)
    source.write_files(draft)
    tried = []
    for method in graphs.METHODS[precision]:
        on_step(f"writing {precision} ({method})")
        for file in (WINDOWS, TEXTS):
            graphs.METHODS[precision][method](whole / file, draft / file)
        on_step("comparing with the source")
        measured = compare(source, draft, precision, method, licence)
        if min(measured.values()) >= LEAST_COSINE[precision]:
            shutil.rmtree(whole)
            settings = source.settings(precision, method, licence, measured)
            write_settings(draft, settings)
            return settings
        tried.append(f"{min(measured.values()):.4f} ({method})")
    raise EncoderError(
        f"{name} cannot be exported as {precision}: the least cosine to the source is {' and '.join(tried)}, and"
        f" {LEAST_COSINE[precision]} is needed; {'use --precision fp16' if precision == 'int8' else 'report it'}"
    )


def _replace(draft: Path, target: Path) -> None:
    if target.exists():
        old = draft.parent / "old"
        target.replace(old)  # goes with the working folder
    draft.replace(target)


def _check(name: str, target: Path) -> None:
    family = name.partition(":")[0]
    if family not in FAMILIES or ":" not in name:
        raise EncoderError(f"{name!r} cannot be exported; models of {' and '.join(FAMILIES)} can, named FAMILY:MODEL")
    if target.exists() and not (target / FILE).is_file() and (not target.is_dir() or any(target.iterdir())):
        raise EncoderError(f"{target} holds other things than an exported model; name another folder with --to")


def _need_packages() -> None:
    from indexers.encoders.extras import require

    require("onnx", "export", "exported")


@contextmanager
def _on_the_cpu() -> Iterator[None]:
    """Let the source be loaded where it is compared: exported models run there."""
    from indexers.encoders.torch_device import VARIABLE

    before = os.environ.get(VARIABLE)
    os.environ[VARIABLE] = "cpu"
    try:
        yield
    finally:
        if before is None:
            del os.environ[VARIABLE]
        else:
            os.environ[VARIABLE] = before
