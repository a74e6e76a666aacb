"""An indexing run: survey, then slices over workers, each committed as it comes.

    path -> survey -> Task* -> Slice* -> [index_slice] -> vectors, flushed -> catalogue -> progress -> report

This process is the only writer. A slice counts once the catalogue says so, which is after its vectors are durable: a
kill at any moment loses the slices in flight and nothing else, and the next run goes on with what is missing.
"""

import logging
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from egosearch.catalog import Catalog, SoundLevels
from egosearch.coverage import Coverage
from egosearch.limits import share_out
from egosearch.pool import Executor, Outcome, SliceFailure, default_jobs, index_here, index_in_workers
from egosearch.stores.base import VectorStore, WindowRows
from egosearch.survey import Finding, Surveyor, Task, Unchanged, Unusable
from egosearch.types import FailedFile, IndexOptions, IndexProgress, IndexReport
from indexers.quality import LEVEL_HOP_S
from indexers.slices import Plan, SliceResult
from indexers.types import EmbeddingSpace, Recording, Slice
from indexers.windows import SLICE_S

log = logging.getLogger(__name__)

SMALL_RUN_S = 20.0
"""With less to index than this, starting workers (a second each) costs more than they save."""
MAX_CRASHES = 2
"""A recording is given up at so many slices that crashed a worker: each costs seconds, and a film has dozens."""


@dataclass(frozen=True)
class RunSettings:
    """What only tests change."""

    slice_s: float = SLICE_S
    small_run_s: float = SMALL_RUN_S


class IndexingRun:
    """One run: `run` once."""

    def __init__(
        self,
        catalog: Catalog,
        store: VectorStore,
        coverage: Coverage,
        plan: Plan,
        options: IndexOptions,
        *,
        on_progress: Callable[[IndexProgress], None] | None = None,
        should_stop: Callable[[], bool] | None = None,
        executor: Executor | None = None,
        settings: RunSettings | None = None,
    ) -> None:
        """Prepare a run.

        Args:
            catalog: Open for writing.
            store: Of the same library.
            coverage: What the catalogue has committed so far.
            plan: The encoders; each slice is indexed with those that it is missing in.
            options: How; encoders are those of the plan.
            on_progress: Called in this thread after every slice and every failure.
            should_stop: Asked often; once true, the run ends and says so.
            executor: Runs slices; None for this process and worker processes.
            settings: For tests.

        Raises:
            EncoderError: An encoder is unknown.
            ValueError: There are no encoders, or fewer than one job.
        """
        if not plan.encoders or (options.jobs is not None and options.jobs < 1):
            raise ValueError("indexing needs at least one encoder and at least one job")
        self._catalog = catalog
        self._store = store
        self._options = options
        self._executor = executor
        self._settings = settings or RunSettings()
        self._choices = {choice.load().space: choice for choice in plan.encoders}
        self._on_progress = on_progress or (lambda _: None)
        self._should_stop = should_stop or (lambda: False)
        self._surveyor = Surveyor(
            catalog,
            coverage,
            tuple(self._choices),
            retry_failed=options.retry_failed,
            slice_s=self._settings.slice_s,
        )
        self._began = time.monotonic()
        self._tasks: dict[str, _Progressing] = {}
        self._failed: list[FailedFile] = []
        self._unchanged = self._moved = self._indexed = self._finished = self._committed = 0
        self._seconds_done = self._seconds_total = 0.0
        self._is_survey_cut = False

    @property
    def has_written(self) -> bool:
        """Whether any slice was committed."""
        return self._committed > 0

    def run(self, paths: Iterable[Path | str]) -> IndexReport:
        """Index what is new in `paths` and say what was done; Ctrl-C ends it like `should_stop`.

        Raises:
            EncoderError: An encoder cannot be loaded; what was committed stays.
            LibraryError: The library cannot be written, or worker processes cannot be started.
        """
        is_interrupted = False
        try:
            self._survey(paths)
            with closing(self._outcomes()) as outcomes:
                for outcome in outcomes:
                    self._take(outcome)
            is_interrupted = self._is_survey_cut or any(not task.is_over for task in self._tasks.values())
            if self.has_written and not is_interrupted:
                self._store.compact()
        except KeyboardInterrupt:
            is_interrupted = True
        return IndexReport(
            indexed=self._indexed,
            unchanged=self._unchanged,
            moved=self._moved,
            failed=tuple(self._failed),
            seconds=self._seconds_done,
            elapsed_s=time.monotonic() - self._began,
            interrupted=is_interrupted,
        )

    # Before

    def _survey(self, paths: Iterable[Path | str]) -> None:
        """Look at every file. Failures are told afterwards, once it is known how much there is to do."""
        new_failures: list[FailedFile] = []
        for file in self._surveyor.files(paths):
            if self._should_stop():
                self._is_survey_cut = True
                return
            finding = file if isinstance(file, Unusable) else self._surveyor.examine(file)
            self._note(finding, new_failures)
        self._forget_overwritten()
        for failed in new_failures:
            self._finished += 1
            self._tell(failed.path, failed)

    def _note(self, finding: Finding, new_failures: list[FailedFile]) -> None:
        if isinstance(finding, Task):
            self._tasks[finding.recording.recording_id] = _Progressing(finding)
            self._seconds_total += finding.seconds
        elif isinstance(finding, Unchanged):
            self._unchanged += 1
            self._moved += finding.has_moved
        else:
            self._failed.append(finding.file)
            if finding.is_new:
                new_failures.append(finding.file)

    def _forget_overwritten(self) -> None:
        """Remove recordings whose file was overwritten by one that is indexed now: their content is nowhere."""
        owners = {task.recording.path: recording_id for recording_id, task in self._tasks.items()}
        for known in self._catalog.recordings():
            owner = owners.get(known.recording.path)
            if owner is not None and owner != known.recording.recording_id:
                log.info("%s: was overwritten since it was indexed", known.recording.path)
                self._forget(known.recording)

    def _forget(self, recording: Recording) -> None:
        self._catalog.remove(recording.recording_id)  # first: what is gone from it is never searched
        self._store.remove(recording.recording_id)
        self._committed += 1

    # Meanwhile

    def _outcomes(self) -> Generator[Outcome, None, None]:
        for spaces in self._combinations():
            # Counted now, and drawn lazily all the same: recordings that are given up meanwhile are passed over.
            missing = list(self._pieces(spaces))
            if missing and not self._should_stop():
                plan = Plan(tuple(self._choices[space] for space in spaces))
                yield from self._outcomes_of(missing, self._pieces(spaces), plan)

    def _outcomes_of(self, missing: list[Slice], pieces: Iterator[Slice], plan: Plan) -> Generator[Outcome, None, None]:
        jobs = self._options.jobs or default_jobs()
        if self._executor is not None:
            return self._executor(pieces, plan, self._should_stop)
        is_small = jobs == 1 or sum(piece.end_s - piece.start_s for piece in missing) < self._settings.small_run_s
        if is_small and not self._options.nice and self._options.memory_mb is None:
            return index_here(pieces, plan, self._should_stop)
        count, limits = share_out(min(jobs, len(missing)), self._options.memory_mb, self._options.nice)
        return index_in_workers(pieces, plan, self._should_stop, jobs=count, limits=limits)

    def _combinations(self) -> list[tuple[EmbeddingSpace, ...]]:
        """Return each set of spaces that slices are to be indexed in: one, unless an encoder was added to the library.

        A slice is decoded once, for all the encoders that it is missing for.
        """
        return list(dict.fromkeys(one.spaces for task in self._tasks.values() for one in task.task.missing))

    def _pieces(self, spaces: tuple[EmbeddingSpace, ...]) -> Iterator[Slice]:
        """Yield what is to be indexed in these spaces, without recordings that are given up."""
        for task in self._tasks.values():
            for one in task.task.missing:
                if task.is_given_up:
                    break
                if one.spaces == spaces:
                    yield one.slice

    def _take(self, outcome: Outcome) -> None:
        task = self._tasks[outcome.slice.recording.recording_id]
        if isinstance(outcome, SliceFailure):
            failed = self._fail(task, outcome)
        else:
            self._commit(task, outcome)
            failed = None
        if task.is_over and not task.is_counted:
            task.is_counted = True
            self._finished += 1
            if not task.has_failed:
                self._indexed += 1
                self._catalog.clear_failure(task.recording.path)
        self._tell(task.recording.path, failed)

    def _commit(self, task: "_Progressing", result: SliceResult) -> None:
        """Write vectors, make them durable, then make them visible: in this order."""
        for batch in result.batches:
            if len(batch):
                rows = WindowRows(batch.recording_id, batch.index, batch.embeddings)
                self._store.upsert(batch.space, rows)
        self._store.flush()
        if not task.is_added:
            self._catalog.add_recording(task.recording, task.task.stamp.modified_at)
            task.is_added = True
        piece = result.slice
        has_sound = piece.recording.audio is not None
        levels = SoundLevels(LEVEL_HOP_S, result.levels_db, piece.start_s) if has_sound else None
        self._catalog.commit_slice(piece, result.batches, levels)
        self._committed += 1
        self._seconds_done += piece.end_s - piece.start_s
        task.left.discard(piece.index)

    def _fail(self, task: "_Progressing", failure: SliceFailure) -> FailedFile | None:
        """Note a failure; None where the recording's first one was told already."""
        piece, error = failure.slice, failure.error
        task.left.discard(piece.index)
        task.crashes += failure.is_crash
        self._seconds_total -= piece.end_s - piece.start_s
        if not failure.is_crash or task.crashes >= MAX_CRASHES:
            task.is_given_up = True
        if task.has_failed:
            return None
        task.has_failed = True
        self._catalog.add_failure(task.recording.path, error.reason, error.remedy, task.task.stamp)
        failed = FailedFile(task.recording.path, error.reason, error.remedy)
        self._failed.append(failed)
        return failed

    def _tell(self, path: Path, failed: FailedFile | None) -> None:
        progress = IndexProgress(
            path=path,
            recordings_done=self._finished,
            recordings_total=self._finished + sum(not task.is_counted for task in self._tasks.values()),
            seconds_done=self._seconds_done,
            seconds_total=self._seconds_total,
            elapsed_s=time.monotonic() - self._began,
            failure=None if failed is None else f"{failed.reason}; {failed.remedy}",
        )
        self._on_progress(progress)


class _Progressing:
    """A task on its way."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.recording = task.recording
        self.left = {one.slice.index for one in task.missing}
        self.crashes = 0
        self.has_failed = self.is_given_up = self.is_added = self.is_counted = False

    @property
    def is_over(self) -> bool:
        return self.is_given_up or not self.left
