"""What `egosearch models` shows: every family, what is there of it, and what could be."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from egosearch.models import shelf
from egosearch.models.families import READY, SUGGESTIONS, Family, Suggestion, families, family_of
from egosearch.models.types import Model
from indexers.encoders.published import without_options


@dataclass(frozen=True)
class Entry:
    """A family, or a model of one."""

    name: str
    senses: str
    about: str
    licence: str
    state: str
    """`READY`, or what is missing and how it is had."""
    size_bytes: int | None = None
    """On this disk; None for what is not on it and for what has no weights."""
    expected_bytes: int | None = None
    """About, of what is not on it."""
    digest: str | None = None
    path: Path | None = None
    used_by: tuple[str, ...] = ()
    """The senses that the library searches with it."""
    is_family: bool = False


def entries(used: Mapping[str, str], *, has_all: bool = False) -> list[Entry]:
    """Return every family followed by its models.

    Args:
        used: What a library was indexed with: encoders by sense.
        has_all: Also every model that OpenCLIP knows; imports it.
    """
    there = shelf.models()
    users: dict[str, tuple[str, ...]] = {}
    for sense, name in used.items():
        users[without_options(name)] = (*users.get(without_options(name), ()), sense)
    return [entry for family, how in families() for entry in _family(family, how, there, users, has_all=has_all)]


def _family(
    family: Family, how: str, there: list[Model], users: Mapping[str, tuple[str, ...]], *, has_all: bool
) -> Iterator[Entry]:
    shipped = _shipped_digest() if family.name == "concepts" else None
    size = shipped_bytes() if family.name == "concepts" else None
    about = (family.name, family.senses, family.about, family.licence, how)
    yield Entry(*about, size, digest=shipped, used_by=users.get(family.name, ()), is_family=True)
    suggested = {one.name: one for one in SUGGESTIONS if family_of(one.name) == family.name}
    present = {one.name: one for one in there if family_of(one.name) == family.name}
    for model in present.values():
        yield _present(model, family, how, suggested.get(model.name), users.get(model.name, ()))
    if has_all and family.name == "open-clip" and how == READY:
        suggested |= {name: Suggestion(name, "", "") for name in _published_open_clip() if name not in suggested}
    broken = {name for name in shelf.incomplete() if family_of(name) == family.name}
    wanted = {name for name in users if family_of(name) == family.name and name != family.name} | broken
    suggested |= {name: Suggestion(name, "", "") for name in sorted(wanted) if name not in suggested}
    for name, one in suggested.items():
        if name not in present:
            missing = how if how != READY else _remedy(name, is_broken=name in broken)
            yield Entry(
                name, family.senses, one.about, one.licence, missing, None, one.size_bytes, used_by=users.get(name, ())
            )


def _remedy(name: str, *, is_broken: bool) -> str:
    if family_of(name) == "exported":
        return "not here; egosearch models export"
    return f"{'no longer whole' if is_broken else 'not pulled'}; egosearch models pull {name}"


def _present(model: Model, family: Family, how: str, known: Suggestion | None, used_by: tuple[str, ...]) -> Entry:
    return Entry(
        name=model.name,
        senses=family.senses,
        about=known.about if known else "",
        licence=model.licence or (known.licence if known else ""),
        state=how,
        size_bytes=model.size_bytes,
        digest=shelf.digest(model),
        path=model.path,
        used_by=used_by,
    )


def used_by_library(folder: Path) -> dict[str, str]:
    """Return the encoders that searches in a library use, by sense; empty where there is no library yet."""
    from egosearch.config import LibraryPaths, read_config

    paths = LibraryPaths(folder)
    if not paths.config.exists():
        return {}
    return {str(sense): name for sense, name in read_config(paths.config).encoders.items()}


def shipped_bytes() -> int:
    """Return the size of the weights that are in the package."""
    from indexers.encoders.runtime import WEIGHTS

    return sum(file.stat().st_size for file in WEIGHTS.iterdir() if file.suffix in {".onnx", ".npz", ".json"})


def _shipped_digest() -> str:
    from indexers.encoders.runtime import weights_digest

    return weights_digest("efficientnet-lite2.onnx", "nanodet.onnx", "yamnet.onnx")


def _published_open_clip() -> list[str]:
    from indexers.encoders.published.open_clip import names

    return names()
