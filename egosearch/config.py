"""Where a library's parts lie in its folder, and what it remembers about itself in `egosearch.toml`."""

import json
import os
import tomllib
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from zoneinfo import ZoneInfo

from egosearch.errors import LibraryError, QueryError
from egosearch.stores.layout import ITS_CHOICE, ServerOptions
from egosearch.timezones import zone_named
from indexers.types import Modality

USUAL: Mapping[Modality, str] = {Modality.AUDIO: "concepts", Modality.VISUAL: "concepts"}
"""The encoders that a new library begins with, by sense."""
FORMAT = 1
"""Of the folder. A library of a higher one is refused."""
API_KEY_VARIABLE = "EGOSEARCH_QDRANT_API_KEY"
PRIVATE = 0o700
"""Recordings of a life are nobody else's business."""


@dataclass(frozen=True)
class LibraryPaths:
    """The parts of a library's folder."""

    folder: Path

    @property
    def config(self) -> Path:
        return self.folder / "egosearch.toml"

    @property
    def catalog(self) -> Path:
        return self.folder / "catalog.duckdb"

    @property
    def vectors(self) -> Path:
        return self.folder / "vectors"

    @property
    def scan(self) -> Path:
        return self.folder / "scan"

    @property
    def compared(self) -> Path:
        """Search caches of other spaces than the default ones."""
        return self.folder / "compared"


@dataclass(frozen=True)
class Config:
    """What `egosearch.toml` holds."""

    library_id: str = field(default_factory=lambda: uuid.uuid4().hex[:12])
    """Names the library's collections on a Qdrant server."""
    encoders: Mapping[Modality, str] = field(default_factory=dict)
    """By sense, those that searches are to use; empty before the first indexing. Which spaces they use now, and that
    the library keeps others, the catalogue says (`egosearch.encoding`)."""
    qdrant_url: str | None = None
    """Where the vectors are; None for the folder itself."""
    time_zone: ZoneInfo | None = None
    """Where the recordings were made, unless one says otherwise; None for this machine's. Set by the owner, by hand."""
    server: ServerOptions = ITS_CHOICE
    """How collections are made on a server. Set by the owner, by hand."""
    old_copies: tuple[str, ...] = ()
    """Where vectors were before they were moved and still are: URLs of servers, and "local" for the folder."""


def make_folder(paths: LibraryPaths) -> None:
    """Make the folder of a new library, for its owner's eyes only; do nothing where there is a library.

    Raises:
        LibraryError: It cannot be made, its name is no text, or the folder is full of other things.
    """
    if paths.config.exists():
        return
    folder = paths.folder
    try:
        str(folder).encode()
    except UnicodeEncodeError as error:
        raise LibraryError(
            f"{folder} is a name that DuckDB cannot open, because it is not UTF-8; name another folder"
        ) from error
    try:
        folder.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
        if any(child != draft_of(paths.config) for child in folder.iterdir()):  # one is left by a kill
            raise LibraryError(f"{folder} holds other things and is no library; name a new or an empty folder")
        folder.chmod(PRIVATE)
        write_config(paths.config, Config())
    except FileExistsError as error:
        raise LibraryError(f"{folder} is a file; a library is a folder, so name another place") from error
    except OSError as error:
        raise LibraryError(
            f"a library cannot be made in {folder} ({error.strerror}); name a folder that you may write to"
        ) from error


def read_config(path: Path) -> Config:
    """Read `egosearch.toml`.

    Raises:
        LibraryError: It is damaged, was written by a newer egosearch, or names an unknown time zone.
    """
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
        version = int(values["format"])
        if version > FORMAT:
            raise LibraryError(
                f"{path.parent} has format {version}, and this egosearch knows {FORMAT} at most; upgrade egosearch"
            )
        if "time_zone" in values.get("encoders", {}):  # added at the end by hand, and so in the last section
            raise LibraryError(f"{path} has time_zone below [encoders]; move the line above it")
        encoders = {Modality(sense): str(name) for sense, name in values.get("encoders", {}).items()}
        url = values.get("qdrant_url")
        zone = values.get("time_zone")
        return Config(
            str(values["id"]),
            encoders,
            None if url is None else str(url),
            None if zone is None else zone_named(str(zone)),
            _server_options(path, values.get("qdrant", {})),
            tuple(str(place) for place in values.get("old_copies", [])),
        )
    except QueryError as error:
        raise LibraryError(f"{path}: {error}") from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:  # a section may be a plain value
        raise LibraryError(f"{path} cannot be read ({error}); restore it from a backup") from error


def _server_options(path: Path, values: Mapping[str, object]) -> ServerOptions:
    """Read the section [qdrant].

    Raises:
        LibraryError: It holds something unknown, or a value that cannot be.
    """
    known = {option.name for option in fields(ServerOptions)}
    if unknown := sorted(set(values) - known):
        raise LibraryError(
            f"{path} has {unknown[0]} below [qdrant]; what may stand there is {', '.join(sorted(known))}"
        )
    try:
        return ServerOptions(**values)  # type: ignore[arg-type]
    except ValueError as error:
        raise LibraryError(f"{path} has a value below [qdrant] that cannot be: {error}") from error


def write_config(path: Path, config: Config) -> None:
    """Write `egosearch.toml`, whole or not at all."""
    lines = ["# Written by egosearch.", f"format = {FORMAT}", f"id = {_quoted(config.library_id)}"]
    if config.qdrant_url is not None:
        lines.append(f"qdrant_url = {_quoted(config.qdrant_url)}")
    if config.time_zone is not None:
        lines.append(f"time_zone = {_quoted(config.time_zone.key)}")
    if config.old_copies:
        lines.append(f"old_copies = [{', '.join(_quoted(place) for place in config.old_copies)}]")
    if config.server != ITS_CHOICE:
        options = asdict(config.server)
        lines += ["", "[qdrant]", *(f"{name} = {json.dumps(value)}" for name, value in options.items() if value)]
    if config.encoders:
        lines += ["", "[encoders]", *(f"{sense} = {_quoted(name)}" for sense, name in sorted(config.encoders.items()))]
    draft = draft_of(path)
    with draft.open("w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
        file.flush()
        os.fsync(file.fileno())  # a name that leads to an empty file after a power failure would cost the library's id
    draft.replace(path)


def with_server(config: Config, url: str | None, paths: LibraryPaths, *, is_empty: bool) -> Config:
    """Return the settings with the server that was asked for.

    Raises:
        LibraryError: The library has vectors in its folder, which would be lost from sight.
    """
    if url is None or url == config.qdrant_url:
        return config
    if config.qdrant_url is None and not is_empty:
        raise LibraryError(
            f"{paths.folder} keeps its vectors in its own folder, not on a server; move them with"
            f" `egosearch migrate --to {url}`, or open it without a URL"
        )
    return replace(config, qdrant_url=url)


def draft_of(path: Path) -> Path:
    """Return where a file is written before it takes its name."""
    return path.with_suffix(".draft")


def _quoted(text: str) -> str:
    """Return a TOML string; JSON's escapes are all among TOML's."""
    return json.dumps(text)
