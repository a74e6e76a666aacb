"""The errors that egosearch raises on purpose, as one tree.

    EgosearchError
    ├── MediaError           a file that cannot be read or holds nothing to index
    ├── EncoderError         an encoder that is unknown, or whose weights or packages are missing
    └── LibraryError         (egosearch.errors) a library that cannot be opened, read or written

Every message is one sentence: what, which, why, and what to do about it.
"""

from pathlib import Path


class EgosearchError(Exception):
    """Root of everything that egosearch raises on purpose."""


class MediaError(EgosearchError):
    """A file that cannot be indexed.

    Attributes:
        path: The file.
        reason: Why, as a clause: "it holds neither sound nor picture".
        remedy: What to do, as a clause in the imperative: "check that it plays elsewhere".
    """

    def __init__(self, path: Path, reason: str, remedy: str) -> None:
        super().__init__(f"{path}: {reason}; {remedy}")
        self.path = path
        self.reason = reason
        self.remedy = remedy

    def __reduce__(self) -> tuple[type["MediaError"], tuple[Path, str, str]]:
        # Workers send it across processes; the default would pass the message alone to __init__.
        return type(self), (self.path, self.reason, self.remedy)


class EncoderError(EgosearchError):
    """An encoder that cannot be had: an unknown name, a missing package, missing or damaged weights."""
