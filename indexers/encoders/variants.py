"""What stands after the colon of an encoder's name: which model, and options after a question mark."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import parse_qsl

from indexers.errors import EncoderError


@dataclass(frozen=True)
class Asked:
    """What was asked of a family of encoders; each adds what its names hold."""

    family: ClassVar[str]

    text: str
    """As it was written."""

    @property
    def name(self) -> str:
        """The whole name of the encoder."""
        return f"{self.family}:{self.text}"


def split(variant: str, family: str, known: Sequence[str]) -> tuple[str, dict[str, str]]:
    """Return what is before the question mark, and the options behind it.

    >>> split("tiny.en?language=de", "whisper", ["language"])
    ('tiny.en', {'language': 'de'})

    Raises:
        EncoderError: There is an option that is not known.
    """
    before, _, written = variant.partition("?")
    options = dict(parse_qsl(written, keep_blank_values=True))
    unknown = [name for name in options if name not in known]
    if unknown or (written and not options):
        name = next(iter(unknown), written)
        raise EncoderError(f"the encoder {family} has no option {name!r}; it has {', '.join(known)}")
    return before, options
