"""Ways to search that are compared: the default, without parts, with one sense, by plain rank, with other encoders."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from itertools import product

from egosearch.types import Fusion, Parts
from indexers.types import Modality

SENSES_ALONE = Parts(notes=False)
"""Who labels moments may have noted them too, in the same words: those would be found by their own labels."""


@dataclass(frozen=True)
class Variant:
    """A way to search."""

    name: str
    parts: Parts = SENSES_ALONE
    modalities: frozenset[Modality] | None = None
    fusion: Fusion = "calibrated"
    encoders: Mapping[Modality, str] = field(default_factory=dict)
    """By sense, where it is not the one that searches use."""


DEFAULT = Variant("default")
OF_SPEECH = ("meaning", "words")
"""Parts that make no difference to a library without speech."""


def with_encoders(encoders: Mapping[Modality, str]) -> Variant:
    """Return the default, with these encoders instead of the ones that searches use."""
    return Variant(named(encoders), encoders=encoders) if encoders else DEFAULT


def combinations(choices: Mapping[Modality, Sequence[str]]) -> tuple[Variant, ...]:
    """Return a way to search for every combination of encoders, the first of each sense first.

    >>> [one.name for one in combinations({Modality.AUDIO: ["a"], Modality.VISUAL: ["b", "c"]})]
    ['audio=a, visual=b', 'audio=a, visual=c']
    """
    chosen = (dict(zip(choices, names, strict=True)) for names in product(*choices.values()))
    return tuple(with_encoders(encoders) for encoders in chosen)


def named(encoders: Mapping[Modality, str]) -> str:
    """Return what to call a combination of encoders."""
    return ", ".join(f"{sense}={name}" for sense, name in sorted(encoders.items()))


def ablations(senses: Collection[Modality], default: Variant = DEFAULT) -> tuple[Variant, ...]:
    """Return the default and everything it is to be compared with.

    Args:
        senses: What the library can be searched with. With a single one, searching by it alone is the default.
        default: The way to search that others differ from in one thing.
    """
    left_out = {"notes"} if Modality.SPEECH in senses else {"notes", *OF_SPEECH}
    parts = [part.name for part in fields(Parts) if part.name not in left_out]
    without = [replace(default, name=f"no {name}", parts=replace(default.parts, **{name: False})) for name in parts]
    alone = [replace(default, name=f"{sense} only", modalities=frozenset({sense})) for sense in sorted(senses)]
    rank = replace(default, name="rrf", fusion="rrf")
    return (default, *without, *(alone if len(alone) > 1 else ()), rank)
