"""The families of encoders, and models of theirs that are a good choice. What is said here can be checked.

Sizes are of the weights as published, rounded. How good a model is stands in the README, with its source.
"""

from dataclasses import dataclass

READY = "ready"


@dataclass(frozen=True)
class Family:
    """A family of encoders that is known by name, installed or not."""

    name: str
    senses: str
    about: str
    licence: str
    package: str | None = None
    """The module that it needs; None for what ships with egosearch."""
    extra: str | None = None
    """What brings that module."""


@dataclass(frozen=True)
class Suggestion:
    """A model worth having."""

    name: str
    about: str
    licence: str
    size_bytes: int | None = None
    """About; None where that is not known before the hub is asked."""


FAMILIES = (
    Family("concepts", "audio, visual", "521 sounds and 1,080 things by name; the default", "Apache-2.0"),
    Family("open-clip", "visual", "any OpenCLIP model", "MIT; the weights' own, see the model", "open_clip", "clip"),
    Family("laion-clap", "audio", "any LAION-CLAP checkpoint", "CC0-1.0; the weights' own", "laion_clap", "clap"),
    Family("whisper", "speech", "words spoken, by faster-whisper", "MIT", "faster_whisper", "speech"),
    Family("exported", "audio, visual", "made by `egosearch models export`", "as what it was made of"),
    Family("toy", "audio, visual, speech", "colours, tones and words by name, for tests and examples", "Apache-2.0"),
)

SUGGESTIONS = (
    Suggestion("open-clip:ViT-B-32/laion2b_s34b_b79k", "the fastest of these", "MIT", 605_000_000),
    Suggestion("open-clip:ViT-B-16/laion2b_s34b_b88k", "four times the work, finer", "MIT", 598_000_000),
    Suggestion("open-clip:ViT-L-14/datacomp_xl_s13b_b90k", "wants a GPU", "MIT", 1_710_000_000),
    Suggestion("laion-clap:630k-audioset-best", "everyday sounds", "CC0-1.0", 1_860_000_000),
    Suggestion("laion-clap:music_speech_audioset_epoch_15_esc_89.98", "also music, larger", "CC0-1.0"),
    Suggestion("whisper:tiny.en", "English; comes with the extra `speech`", "MIT"),
    Suggestion("whisper:small.en", "English, fewer misheard words", "MIT", 487_000_000),
    Suggestion("whisper:small", "a hundred languages", "MIT", 487_000_000),
)


def family_of(name: str) -> str:
    """Return the family of an encoder's name."""
    return name.partition(":")[0]


def families() -> list[tuple[Family, str]]:
    """Return every family, those of other packages too, and whether it can be used or what is missing."""
    from importlib.metadata import entry_points

    from indexers.encoders import GROUP

    registered = {point.name for point in entry_points(group=GROUP)}
    known = {family.name for family in FAMILIES}
    others = [Family(name, "", "from another package", "") for name in sorted(registered - known)]
    return [(family, state(family, is_registered=family.name in registered)) for family in (*FAMILIES, *others)]


def state(family: Family, *, is_registered: bool) -> str:
    """Say whether a family can be used, and what is missing otherwise."""
    from importlib.util import find_spec

    if not is_registered:
        return "in a later version; this one cannot use it yet"
    is_installed = family.package is None or find_spec(family.package) is not None
    if not is_installed:
        return f"not installed; pip install 'egosearch[{family.extra}]'"
    return READY
