"""The library: a folder of indexed recordings, and the few verbs that every front end uses.

with Library.open() as library:
    library.index(["~/Videos/2026"])
    for moment in library.search("when the timer went off"):
        print(moment.path, moment.span)
"""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Self

from egosearch import room
from egosearch.access import Access
from egosearch.backup.verbs import Exporting
from egosearch.catalog import Catalog, SoundLevels
from egosearch.choosing import Choosing
from egosearch.clips.cutting import Cutting
from egosearch.config import (
    Config,
    LibraryPaths,
    make_folder,
    read_config,
    with_server,
    write_config,
)
from egosearch.coverage import Coverage, read_coverage, summary
from egosearch.day.verbs import Remembering
from egosearch.errors import LibraryError
from egosearch.failing import Failing
from egosearch.folders import absolute, default_folder
from egosearch.forgetting.verbs import Forgetting
from egosearch.indexing.types import IndexOptions, IndexProgress, IndexReport
from egosearch.integrity.verbs import Verifying
from egosearch.marks import Marking
from egosearch.notes.verbs import Noting
from egosearch.own_sql import OwnSql
from egosearch.ownership import check_ownership
from egosearch.saved.verbs import Saving
from egosearch.searching import Searching
from egosearch.showing import Showing
from egosearch.timezones import zone_named
from egosearch.transcribed import Transcribed
from egosearch.types import ALL_PARTS, Answer, Curve, LibraryStats, Parts, Query, RecordingSummary
from indexers.types import Recording

if TYPE_CHECKING:
    from egosearch.indexing.pool import Executor
    from egosearch.query.engine import Engine


class Library(
    Searching,
    Marking,
    Choosing,
    Noting,
    Saving,
    Transcribed,
    Failing,
    OwnSql,
    Cutting,
    Showing,
    Verifying,
    Exporting,
    Forgetting,
    Remembering,
):
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
            LibraryError: There is no library there and `read_only` is set, it cannot be made or read, or it is another
                user's.
            LibraryLockedError: Another process has it open for writing.
        """
        paths = LibraryPaths(absolute(default_folder() if path is None else path))
        if not read_only:
            make_folder(paths)
        elif not paths.config.exists() or not paths.catalog.exists():
            raise LibraryError(f"there is no library at {paths.folder}; run `egosearch index` on some recordings first")
        check_ownership(paths.folder)
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

        New recordings are indexed with every encoder that the library keeps, and all of `paths` with those that
        `options` adds. Searches go on using the spaces that they used. Where the library is to use another space, since
        there is a newer version of its encoder or since egosearch.toml names another one, they go over to it at the end
        of the run in which it has got all that the old one has of recordings whose files are there.

        Args:
            paths: Files, and folders that are searched for recordings.
            options: How; by default with the encoders that the library keeps, and a worker a core.
            on_progress: Called in this thread after every slice and every failure.
            should_stop: Asked several times a second.
            executor: Runs slices elsewhere (`egosearch.indexing.cluster.on_ray`); None for worker processes.

        Raises:
            EncoderError: An encoder is unknown or cannot be loaded.
            LibraryError: The library is read-only or cannot be written.
        """
        from egosearch.encoding import configured_with, plan_for
        from egosearch.indexing.run import IndexingRun

        self._check_writable_for("index")
        room.require(self.path)  # before hours are decoded for nothing; the store looks again at each slice
        options = options or IndexOptions()
        kept = self._kept()
        configured = configured_with(options.encoders, self._config.encoders, kept)
        plan = plan_for(options.encoders, configured, kept)
        self._configure(configured)
        with self._access.vectors() as store:
            self._access.sweep(store)
            given = self._catalog, store, self._coverage(), plan, options
            run = IndexingRun(*given, on_progress=on_progress, should_stop=should_stop, executor=executor)
            report = run.run(paths)
            report = self._settled(report, options.encoders)
            if report.adopted or (run.has_written and not report.interrupted):
                self._access.refresh(store)
        return report

    def remove(self, recording_id: str) -> None:
        """Forget a recording; its file is left alone.

        Raises:
            LibraryError: There is no such recording, or the library is read-only.
        """
        self._check_writable_for("remove recordings")
        self._recording(recording_id)
        room.require(self.path)  # before it is gone from the catalogue and not from the store
        with self._access.vectors() as store:
            self._catalog.remove(recording_id)  # first: what is gone from it is never searched
            self._access.remove(store)
            self._access.refresh(store)

    def set_time_zone(self, recording_id: str, zone: str | None) -> None:
        """Say where a recording was made ("Asia/Tokyo"); None for the library's own time zone.

        Raises:
            QueryError: There is no such time zone.
            LibraryError: There is no such recording, or the library is read-only.
        """
        self._check_writable_for("set time zones")
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
        return self._engine(query).answer(query, parts=parts)

    def curves(self, query: Query, recording_id: str) -> dict[str, Curve]:
        """Return the score along one recording: by sense ("audio", "visual", "speech") and "fused".

        Raises:
            QueryError: As `search`.
            LibraryError: There is no such recording.
        """
        self._recording(recording_id)
        return self._engine(query).curves(query, recording_id)

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

    def stats(self) -> LibraryStats:
        """Return how much the library holds, and where the bytes are."""
        from egosearch.sizes import bytes_by_part, bytes_by_space, fixed_bytes

        counts, spaces = self._catalog.counts(), self._catalog.spaces()
        return LibraryStats(
            counts.recordings,
            counts.duration_s,
            self._coverage().windows(),
            counts.failures,
            bytes_by_part(self._paths),
            bytes_by_space(self._paths, spaces),
            fixed_bytes(self._paths, spaces),
        )

    def sound_levels(self, recording_id: str) -> SoundLevels | None:
        """Return the sound's level every 20 ms, in dBFS, NaN where nothing is indexed; None without sound."""
        return self._catalog.levels(recording_id)

    # Plumbing

    def _recording(self, recording_id: str) -> Recording:
        known = self._catalog.recording(recording_id)
        if known is None:
            raise LibraryError(f"no recording has the id {recording_id!r}; `egosearch recordings` lists them")
        return known.recording

    def _engine(self, query: Query) -> "Engine":
        space_ids = self._searched(query.encoders)
        return self._access.engine() if space_ids is None else self._access.engine_of(space_ids)

    def _coverage(self) -> Coverage:
        return read_coverage(self._catalog, self._catalog.default_spaces())
