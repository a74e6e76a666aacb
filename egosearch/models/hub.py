"""What the Hugging Face hub says of a repository. Knows its addresses and its cache's layout; fetches no weights.

The hub's own client is not used to fetch: in version 2 it throws away what it has of a file when it is stopped
(huggingface_hub, pull request 4228), and of 1.8 GB the rest is worth keeping. It is what reads the cache later.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any
from urllib.parse import quote

from egosearch.models.types import RemoteFile
from egosearch.models.web import WebErrors, ask, endpoint, explained
from indexers.errors import EncoderError

REVISION = "main"
"""The version that is fetched, and the one that encoders ask the cache for."""


@dataclass(frozen=True)
class Repository:
    """One version of a repository."""

    repo: str
    """As it was asked for: the cache's folder is called so, though the hub may know it under a longer name."""
    commit: str
    licence: str | None
    files: Mapping[str, RemoteFile]

    def first_of(self, names: tuple[str, ...]) -> RemoteFile:
        """Return the first of these files that it has.

        Raises:
            EncoderError: It has none of them.
        """
        for name in names:
            if name in self.files:
                return self.files[name]
        raise EncoderError(f"the repository {self.repo} has no {' or '.join(names)}, so this model cannot be fetched")

    def matching(self, patterns: tuple[str, ...]) -> list[RemoteFile]:
        """Return the files at its top that one of the patterns is for."""
        top = [file for name, file in self.files.items() if "/" not in name]
        return [file for file in top if any(fnmatch(file.name, pattern) for pattern in patterns)]

    def cached(self, hub_folder: Path, name: str) -> Path:
        """Return where the cache keeps a file: as a plain one, as its client does where links cannot be made."""
        return self._folder(hub_folder) / "snapshots" / self.commit / name

    def reference(self, hub_folder: Path) -> tuple[Path, str]:
        """Return the file of the cache that says which version is the current one, and what it has to say."""
        return self._folder(hub_folder) / "refs" / REVISION, self.commit

    def _folder(self, hub_folder: Path) -> Path:
        return hub_folder / f"models--{self.repo.replace('/', '--')}"


def look_up(repo: str) -> Repository:
    """Ask the hub what is in a repository.

    Raises:
        EncoderError: It cannot be reached, it refuses, or its answer makes no sense.
    """
    base = endpoint()
    url = f"{base}/api/models/{quote(repo)}/revision/{REVISION}?blobs=true"
    try:
        with ask(url) as answer:
            told = json.load(answer)
        commit = str(told["sha"])
        files = [_file(base, repo, commit, entry) for entry in told["siblings"]]
    except (ValueError, KeyError, TypeError) as error:
        raise EncoderError(f"{base} does not answer as a hub of models does; check HF_ENDPOINT") from error
    except WebErrors as error:
        raise explained(error, url, f"model {repo}") from error
    return Repository(repo, commit, _licence(told), {file.name: file for file in files})


def _file(base: str, repo: str, commit: str, entry: Mapping[str, Any]) -> RemoteFile:
    name, lfs = str(entry["rfilename"]), entry.get("lfs") or {}
    if name.startswith("/") or ".." in Path(name).parts or "\\" in name:
        raise ValueError(f"a file that would lie elsewhere: {name}")
    return RemoteFile(
        repo=repo,
        name=name,
        url=f"{base}/{quote(repo)}/resolve/{commit}/{quote(name)}",
        size_bytes=int(entry["size"]),
        sha256=lfs.get("sha256"),
        # Of a large file git has only a pointer, whose checksum says nothing about what is fetched.
        git_sha1=None if lfs else entry.get("blobId"),
    )


def _licence(told: Mapping[str, Any]) -> str | None:
    card = told.get("cardData") or {}
    if card.get("license") == "other" and card.get("license_name"):
        return str(card["license_name"])
    return str(card["license"]) if card.get("license") else None
