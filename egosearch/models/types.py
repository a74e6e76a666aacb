"""What travels while a model is fetched, and what is known of one that is there."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class RemoteFile:
    """A file of a repository, as the hub describes it."""

    repo: str
    name: str
    """Its path in the repository."""
    url: str
    """Of this very version: what is behind it does not change."""
    size_bytes: int
    sha256: str | None = None
    """Of its content; known of what is large."""
    git_sha1: str | None = None
    """Of git's object; known of what is small."""

    @property
    def key(self) -> str:
        """What this file with this content is called while it is fetched: a part of another is never taken up."""
        import hashlib

        content = self.sha256 or self.git_sha1 or f"{self.url} {self.size_bytes}"
        return hashlib.blake2b(f"{self.repo} {self.name} {content}".encode(), digest_size=16).hexdigest()


@dataclass(frozen=True)
class OrderedFile:
    """A file, and where it is to be."""

    remote: RemoteFile
    target: Path

    @property
    def is_there(self) -> bool:
        """Whether it is in place: only what is whole and verified gets there."""
        try:
            return self.target.stat().st_size == self.remote.size_bytes
        except OSError:
            return False


@dataclass(frozen=True)
class Order:
    """All that a model needs."""

    name: str
    licence: str | None
    """As the repository of the weights says; None where it does not."""
    source: str
    """Repository and version of the weights: `owner/name@0123456789ab`."""
    files: tuple[OrderedFile, ...]
    """The weights first."""
    references: tuple[tuple[Path, str], ...] = ()
    """Small files of the hub's cache and what is to be in them: which version `main` is. Written last."""

    @property
    def missing(self) -> tuple[OrderedFile, ...]:
        """What is not in place yet."""
        return tuple(file for file in self.files if not file.is_there)


@dataclass(frozen=True)
class PullProgress:
    """How far the fetching of an order is."""

    file: str
    """The one that is being fetched."""
    bytes_done: int
    """Of what was missing, what an earlier run left behind included."""
    bytes_total: int


@dataclass(frozen=True)
class Model:
    """A model that is on this machine."""

    name: str
    """As an encoder is named on the command line, without options."""
    path: Path
    """The weights: a file, or the folder of a model that is several."""
    size_bytes: int
    """Of all its files."""
    licence: str | None
    weights: Path
    """The file whose digest tells one model from another."""
