"""Ways to search that are compared: the default, without each part of the engine, with one sense, and by plain rank."""

from collections.abc import Collection
from dataclasses import dataclass, fields

from egosearch.types import ALL_PARTS, Fusion, Parts
from indexers.types import Modality


@dataclass(frozen=True)
class Variant:
    """A way to search."""

    name: str
    parts: Parts = ALL_PARTS
    modalities: frozenset[Modality] | None = None
    fusion: Fusion = "calibrated"


DEFAULT = Variant("default")


def ablations(senses: Collection[Modality]) -> tuple[Variant, ...]:
    """Return the default and everything it is to be compared with.

    Args:
        senses: What the library can be searched with. With a single one, searching by it alone is the default.
    """
    without = [Variant(f"no {part.name}", parts=Parts(**{part.name: False})) for part in fields(Parts)]
    alone = [Variant(f"{sense} only", modalities=frozenset({sense})) for sense in sorted(senses)]
    rank = Variant("rrf", fusion="rrf")
    return (DEFAULT, *without, *(alone if len(alone) > 1 else ()), rank)
