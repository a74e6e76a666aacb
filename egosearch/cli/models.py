"""`egosearch models`: the encoders that are there, and what could be added."""

from dataclasses import dataclass

from egosearch.cli.options import JsonOption
from egosearch.cli.output import size, write_json, write_line, write_table

EXAMPLES = """\b
Examples:
  egosearch models
  egosearch models --json"""
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


FAMILIES = (
    Family("concepts", "audio, visual", "521 sounds and 1,080 things by name; the default", "Apache-2.0"),
    Family("open-clip", "visual", "any OpenCLIP model", "MIT; the weights' own, see the model", "open_clip", "clip"),
    Family("laion-clap", "audio", "any LAION-CLAP checkpoint", "CC0-1.0; the weights' own", "laion_clap", "clap"),
    Family("whisper", "speech", "words spoken, by faster-whisper", "MIT", "faster_whisper", "speech"),
    Family("toy", "audio, visual", "colours and tones by name, for tests and examples", "Apache-2.0"),
)


def models(json: JsonOption = False) -> None:
    """List the encoders, here and to be had.

    An encoder turns sounds or pictures into what can be searched. Nothing is ever downloaded without being asked
    for, and never while indexing or searching.
    """
    from importlib.metadata import entry_points

    from indexers.encoders import GROUP

    registered = {point.name for point in entry_points(group=GROUP)}
    known = {family.name for family in FAMILIES}
    others = [Family(name, "", "from another package", "") for name in sorted(registered - known)]
    listed = [(family, state(family, is_registered=family.name in registered)) for family in (*FAMILIES, *others)]
    if json:
        write_json(
            [
                {
                    "name": family.name,
                    "modalities": family.senses.split(", ") if family.senses else [],
                    "about": family.about,
                    "licence": family.licence or None,
                    "is_ready": how == READY,
                    "state": how,
                    "size_bytes": shipped_bytes() if family.name == "concepts" else None,
                }
                for family, how in listed
            ]
        )
        return
    write_table(
        {"Encoder": "left", "Sense": "left", "What": "left", "Licence": "left", "State": "left"},
        [(family.name, family.senses, family.about, family.licence, how) for family, how in listed],
    )
    write_line(f"The weights of concepts are in the package: {size(shipped_bytes())}. Nothing is downloaded.")


def state(family: Family, *, is_registered: bool) -> str:
    """Say whether an encoder can be used, and what is missing otherwise."""
    from importlib.util import find_spec

    if not is_registered:
        return "in a later version; this one cannot use it yet"
    is_installed = family.package is None or find_spec(family.package) is not None
    if not is_installed:
        return f"not installed; pip install 'egosearch[{family.extra}]'"
    return READY


def shipped_bytes() -> int:
    """Return the size of the weights that are in the package."""
    from indexers.encoders.runtime import WEIGHTS

    return sum(file.stat().st_size for file in WEIGHTS.iterdir() if file.suffix in {".onnx", ".npz", ".json"})
