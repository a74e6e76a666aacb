"""Which files of the Hugging Face hub a published model is made of. Fetches nothing: `egosearch.models` does.

One module a family, with a function `files` from a variant to `HubFiles`; it may import the family's package, which
knows where its authors published what. Where the files are put is where the family's encoder looks for them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

from indexers.errors import EncoderError

FAMILIES = {"open-clip": "open_clip", "laion-clap": "laion_clap", "whisper": "whisper"}
"""By name on the command line, the module beside this one."""


@dataclass(frozen=True)
class HubFiles:
    """What a model needs of one repository."""

    repo: str
    """`owner/name`, or a bare name for some old ones."""
    needed: tuple[tuple[str, ...], ...]
    """One tuple a file: its names, best first; the first that the repository has is taken."""
    welcome: tuple[str, ...] = ()
    """Names, or patterns as of `fnmatch`, that are taken where the repository has them."""
    folder: str | None = None
    """Below the models' folder, where they are put under their own names; None for the hub's cache."""


def published_files(name: str) -> tuple[HubFiles, ...]:
    """Return what an encoder named as on the command line is made of, the weights first.

    Args:
        name: `FAMILY:VARIANT`; options such as `?language=de` make no difference.

    Raises:
        EncoderError: Nothing is published under this name, or the package that knows is not installed.
    """
    family, _, variant = without_options(name).partition(":")
    if family not in FAMILIES:
        raise EncoderError(
            f"there is nothing to fetch for {name!r}; models can be fetched for {', '.join(FAMILIES)}, as"
            " `egosearch models list` shows"
        )
    if not variant:
        raise EncoderError(f"{family!r} is a family of models; name one of it, as `egosearch models list` shows")
    files: Callable[[str], tuple[HubFiles, ...]] = import_module(f"{__name__}.{FAMILIES[family]}").files
    return files(variant)


def without_options(name: str) -> str:
    """Return a name without what is set for its use: `whisper:small` for `whisper:small?language=de`."""
    return name.removesuffix("+motion").partition("?")[0]
