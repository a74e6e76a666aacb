"""The library: a folder of indexed recordings, and the few verbs that every front end uses.

with Library.open() as library:
    library.index(["~/Videos/2026"])
    for moment in library.search("when the timer went off"):
        print(moment.path, moment.span)
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Self

from egosearch.access import Access
from egosearch.catalog import Catalog, SoundLevels
from egosearch.config import (
    Config,
    LibraryPaths,
    bytes_by_part,
    default_folder,
    make_folder,
    read_config,
    with_server,
    write_config,
)
from egosearch.coverage import Coverage, read_coverage, summary
from egosearch.errors import LibraryError, SpaceMismatchError
from egosearch.marks import Marking
from egosearch.searching import Searching
from egosearch.survey import absolute
from egosearch.timezones import zone_named
from egosearch.types import (
    ALL_PARTS,
    Answer,
    Curve,
    FailedFile,
    IndexOptions,
    IndexProgress,
    IndexReport,
    LibraryStats,
    Parts,
    Query,
    RecordingSummary,
)
from indexers.types import EmbeddingSpace, Modality, Recording

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from egosearch.pool import Executor


class Library(Searching, Marking):
    """An open library; `Library.open` makes one. Its verbs may be called from several threads."""

    def __init__(self, paths: LibraryPaths, config: Config, catalog: Catalog, *, read_only: bool) -> None:
        """Wrap what `open` has opened."""
        self.path = paths.folder
        self._paths = paths
        self._config = config
        self._catalog = catalog
        self._read_only = read_only
        self._access = Access(paths, config, catalog, read_only=read_only)

    @classmethod
    def open(
        cls, path: Path | str | None = None, *, read_only: bool = False, qdrant_url: str | None = None
    ) -> "Library":
        """Open the library in a folder, making it when new.

        This is cheap: vectors and encoders are opened when first needed.

        Args:
            path: The folder; None for what `EGOSEARCH_LIBRARY` names, else one in the user's data folder.
            read_only: Change nothing. Several processes may have a library open so, as long as none writes.
            qdrant_url: A Qdrant server to keep the vectors on. Remembered: later openings need not say it.

        Raises:
            LibraryError: There is no library there and `read_only` is set, or it cannot be made or read.
            LibraryLockedError: Another process has it open for writing.
        """
        paths = LibraryPaths(absolute(default_folder() if path is None else path))
        if not read_only:
            make_folder(paths)
        elif not paths.config.exists() or not paths.catalog.exists():
            raise LibraryError(f"there is no library at {paths.folder}; run `egosearch index` on some recordings first")
        config = read_config(paths.config)
        catalog = Catalog.open(paths.catalog, read_only=read_only, time_zone=config.time_zone)
        try:
            config = with_server(config, qdrant_url, paths, is_empty=not catalog.spaces())
            if not read_only and config != read_config(paths.config):
                write_config(paths.config, config)
        except BaseException:
            catalog.close()
            raise
        return cls(paths, config, catalog, read_only=read_only)

    def close(self) -> None:
        """Release the files; closing twice is fine."""
        self._access.close()
        self._catalog.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    # Indexing

    @property
    def encoders(self) -> dict[Modality, str]:
        """The encoders that the library was made with, by sense; empty before the first indexing."""
        return dict(self._config.encoders) if self._catalog.spaces() else {}

    def index(
        self,
        paths: Iterable[Path | str],
        *,
        options: IndexOptions | None = None,
        on_progress: Callable[[IndexProgress], None] | None = None,
        should_stop: Callable[[], bool] | None = None,
        executor: "Executor | None" = None,
    ) -> IndexReport:
        """Index what is new in files and folders.

        What is indexed already is recognised, wherever it has moved. A file that cannot be indexed is reported and
        does not stop the others. Ctrl-C or `should_stop` end the run early; the next one goes on where it ended.

        Args:
            paths: Files, and folders that are searched for recordings.
            options: How; by default with the library's encoders and a worker a core.
            on_progress: Called in this thread after every slice and every failure.
            should_stop: Asked several times a second.
            executor: Runs slices elsewhere (`egosearch.cluster.on_ray`); None for worker processes.

        Raises:
            SpaceMismatchError: The library was made with other encoders.
            EncoderError: An encoder is unknown or cannot be loaded.
            LibraryError: The library is read-only or cannot be written.
        """
        from egosearch.indexing import IndexingRun, plan_of, spaces_of

        if self._read_only:
            raise LibraryError(f"{self.path} is open for reading only; open it for writing to index")
        options = options or (IndexOptions(encoders=self.encoders) if self.encoders else IndexOptions())
        self._choose_encoders(options, spaces_of(plan_of(options)))
        with self._access.vectors() as store:
            given = self._catalog, store, self._coverage(), options
            run = IndexingRun(*given, on_progress=on_progress, should_stop=should_stop, executor=executor)
            report = run.run(paths)
            if run.has_written and not report.interrupted:
                self._access.refresh(store)
        return report

    def remove(self, recording_id: str) -> None:
        """Forget a recording; its file is left alone.

        Raises:
            LibraryError: There is no such recording, or the library is read-only.
        """
        if self._read_only:
            raise LibraryError(f"{self.path} is open for reading only; open it for writing to remove recordings")
        self._recording(recording_id)
        with self._access.vectors() as store:
            self._catalog.remove(recording_id)  # first: what is gone from it is never searched
            store.remove(recording_id)
            store.flush()
            self._access.refresh(store)

    def set_time_zone(self, recording_id: str, zone: str | None) -> None:
        """Say where a recording was made ("Asia/Tokyo"); None for the library's own time zone.

        Raises:
            QueryError: There is no such time zone.
            LibraryError: There is no such recording, or the library is read-only.
        """
        if self._read_only:
            raise LibraryError(f"{self.path} is open for reading only; open it for writing to set time zones")
        self._recording(recording_id)
        self._catalog.set_time_zone(recording_id, None if zone is None else zone_named(zone).key)

    # Searching

    def answer(self, query: Query, *, parts: Parts = ALL_PARTS) -> Answer:
        """Return what matches, or where nothing does, what came near.

        Args:
            query: What is asked.
            parts: Parts of the engine to do without, to see what they are worth.

        Raises:
            QueryError: As `search`.
        """
        return self._access.engine().answer(query, parts=parts)

    def curves(self, query: Query, recording_id: str) -> dict[str, Curve]:
        """Return the score along one recording: by sense ("audio", "visual") and "fused".

        Raises:
            QueryError: As `search`.
            LibraryError: There is no such recording.
        """
        self._recording(recording_id)
        return self._access.engine().curves(query, recording_id)

    # What is there

    def recordings(self) -> list[RecordingSummary]:
        """Return all recordings by wall-clock time, those without one last, then by path."""
        coverage = self._coverage()
        return [summary(known.recording, coverage) for known in self._catalog.recordings()]

    def find(self, text: str) -> RecordingSummary:
        """Return the one recording that a person means: a path, a file name, or the first digits of an id.

        Raises:
            LibraryError: None matches, or several do.
        """
        found = [known.recording for known in self._catalog.find_recordings(text)]
        if not found:
            raise LibraryError(f"no recording matches {text!r}; `egosearch recordings` lists them")
        if len(found) > 1:
            names = ", ".join(str(recording.path) for recording in found[:5]) + (", ..." if len(found) > 5 else "")
            raise LibraryError(f"{text!r} matches {len(found)} recordings ({names}); name one by its path")
        return summary(found[0], self._coverage())

    def failures(self) -> list[FailedFile]:
        """Return the files that could not be indexed, by path."""
        return [FailedFile(one.path, one.reason, one.remedy) for one in self._catalog.failures()]

    def stats(self) -> LibraryStats:
        """Return how much the library holds, and where the bytes are."""
        counts = self._catalog.counts()
        return LibraryStats(
            counts.recordings,
            counts.duration_s,
            self._coverage().windows(),
            counts.failures,
            bytes_by_part(self._paths),
        )

    def picture(self, recording_id: str, time_s: float, *, short_side_px: int = 180) -> "NDArray[np.uint8] | None":
        """Return the picture near a time as RGB, shape (h, w, 3); None where there is none.

        Raises:
            LibraryError: There is no such recording.
            MediaError: The file is gone or cannot be read.
        """
        from indexers.media.frame import frame_at

        picture = frame_at(self._recording(recording_id), time_s, short_side_px)
        return None if picture is None else picture.rgb

    def sound_levels(self, recording_id: str) -> SoundLevels | None:
        """Return the sound's level every 20 ms, in dBFS, NaN where nothing is indexed; None without sound."""
        return self._catalog.levels(recording_id)

    # Plumbing

    def _recording(self, recording_id: str) -> Recording:
        known = self._catalog.recording(recording_id)
        if known is None:
            raise LibraryError(f"no recording has the id {recording_id!r}; `egosearch recordings` lists them")
        return known.recording

    def _coverage(self) -> Coverage:
        return read_coverage(self._paths.catalog, self._catalog.spaces(), read_only=self._read_only)

    def _choose_encoders(self, options: IndexOptions, spaces: tuple[EmbeddingSpace, ...]) -> None:
        """Remember the encoders of an empty library; make sure that a filled one is asked for its own."""
        used = self._catalog.spaces()
        made_with = self.encoders
        if not used:
            if dict(self._config.encoders) != dict(options.encoders):
                self._config = replace(self._config, encoders=dict(options.encoders))
                write_config(self._paths.config, self._config)
        elif made_with != dict(options.encoders):
            raise SpaceMismatchError(
                f"{self.path} was made with the encoders {_named(made_with)}, not {_named(options.encoders)};"
                " name the same ones, or index into another library"
            )
        elif unknown := {space.id for space in used} - {space.id for space in spaces}:
            names = ", ".join(f"{space.model} for {space.modality}" for space in used if space.id in unknown)
            raise SpaceMismatchError(
                f"{self.path} was made with another version of {names}, whose vectors do not compare with today's;"
                " index into a new library"
            )


def _named(encoders: Mapping[Modality, str]) -> str:
    return ", ".join(f"{name} for {modality}" for modality, name in sorted(encoders.items()))
