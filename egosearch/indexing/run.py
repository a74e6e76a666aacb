"""An indexing run: survey, then slices over workers, each committed as it comes.

    path -> survey -> Task* -> Slice* -> [index_slice] -> vectors, flushed -> catalogue -> progress -> report

This process is the only writer, and decodes nothing: workers do, which may crash (`crew`). A slice counts
once the catalogue says so, which is after its vectors are durable: a kill at any moment loses the slices in flight and
nothing else, and the next run goes on with what is missing.
"""

from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from egosearch.catalog import Catalog, SoundLevels
from egosearch.coverage import Coverage
from egosearch.forgetting.ledger import Ledger
from egosearch.indexing.crew import Crew
from egosearch.indexing.limits import Limits, share_out
from egosearch.indexing.pool import Executor, Outcome, SliceFailure, default_jobs, index_here
from egosearch.indexing.survey import Finding, LeftOut, Surveyor, Task, Unchanged, Unusable
from egosearch.indexing.tally import Tally
from egosearch.indexing.types import FailedFile, IndexOptions, IndexProgress, IndexReport
from egosearch.indexing.underway import Underway
from egosearch.logs import journal, keeping
from egosearch.stores.base import VectorStore, WindowRows
from indexers.media import probe
from indexers.quality import LEVEL_HOP_S
from indexers.slices import Plan, SliceResult
from indexers.types import EmbeddingSpace, Recording, Slice
from indexers.windows import SLICE_S

SMALL_RUN_S = 20.0
"""With less to index than this, a second worker costs more than it saves: each loads the networks for itself."""


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
            executor: Runs slices; None for worker processes. With `index_here`, files are opened in this process too;
                with any other one, in a worker.
            settings: For tests.

        Raises:
            EncoderError: An encoder is unknown.
            ValueError: There are no encoders, fewer than one job, or too little memory for one.
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
        _, self._limits = share_out(1, options.memory_mb, options.nice)
        self._coverage = coverage
        self._tasks: dict[str, Underway] = {}
        self._tally = Tally()
        self._committed = 0
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
        with keeping(self._catalog.path.parent):
            journal.info("indexing began")
            try:
                report = self._run(paths)
            except BaseException as error:
                journal.error("indexing failed", exc_info=error)
                raise
            journal.info(
                "indexing %s: %d recordings indexed, %d unchanged, %d failed; %.0f s of recording in %.1f s",
                "was stopped" if report.interrupted else "ended",
                *(report.indexed, report.unchanged, len(report.failed), report.seconds, report.elapsed_s),
            )
            return report

    def _run(self, paths: Iterable[Path | str]) -> IndexReport:
        is_interrupted = False
        try:
            with Crew(1, self._limits) as crew:
                self._survey(paths, probe if self._executor is index_here else crew.probe)
            with closing(self._outcomes()) as outcomes:
                for outcome in outcomes:
                    self._take(outcome)
            is_interrupted = self._is_survey_cut or any(not task.is_over for task in self._tasks.values())
            if self.has_written and not is_interrupted:
                self._store.compact()
        except KeyboardInterrupt:
            is_interrupted = True
        return self._tally.report(is_interrupted=is_interrupted)

    # Before

    def _survey(self, paths: Iterable[Path | str], opener: Callable[[Path], Recording]) -> None:
        """Look at every file. Failures are told afterwards, once it is known how much there is to do."""
        surveyor = Surveyor(
            self._catalog,
            self._coverage,
            tuple(self._choices),
            probe=opener,
            retry_failed=self._options.retry_failed,
            slice_s=self._settings.slice_s,
        )
        new_failures: list[FailedFile] = []
        for file in surveyor.files(paths):
            if self._should_stop():
                self._is_survey_cut = True
                return
            finding = file if isinstance(file, Unusable) else surveyor.examine(file)
            self._note(finding, new_failures)
        self._forget_overwritten()
        for failed in new_failures:
            self._tally.finished += 1
            self._tell(failed.path, failed)

    def _note(self, finding: Finding, new_failures: list[FailedFile]) -> None:
        if isinstance(finding, Task):
            self._tasks[finding.recording.recording_id] = Underway(finding)
            self._tally.seconds_total += finding.seconds
        elif isinstance(finding, Unchanged):
            self._tally.unchanged += 1
            self._tally.moved += finding.has_moved
        elif isinstance(finding, LeftOut):
            self._tally.forgotten += 1
        else:
            self._tally.failed.append(finding.file)
            if finding.is_new:
                new_failures.append(finding.file)

    def _forget_overwritten(self) -> None:
        """Remove recordings whose file was overwritten by one that is indexed now: their content is nowhere."""
        owners = {task.recording.path: recording_id for recording_id, task in self._tasks.items()}
        for known in self._catalog.recordings():
            owner = owners.get(known.recording.path)
            if owner is not None and owner != known.recording.recording_id:
                journal.info("%s was overwritten since it was indexed", known.recording.path)
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
        if self._executor is not None:
            return self._executor(pieces, plan, self._should_stop)
        is_small = sum(piece.end_s - piece.start_s for piece in missing) < self._settings.small_run_s
        jobs = 1 if is_small else min(self._options.jobs or default_jobs(), len(missing))
        return self._crewed(pieces, plan, *share_out(jobs, self._options.memory_mb, self._options.nice))

    def _crewed(self, pieces: Iterator[Slice], plan: Plan, jobs: int, limits: Limits) -> Generator[Outcome, None, None]:
        with Crew(jobs, limits) as crew:
            yield from crew.outcomes(pieces, plan, self._should_stop)

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
        underway = self._tasks[outcome.slice.recording.recording_id]
        if isinstance(outcome, SliceFailure):
            self._fail(underway, outcome)
        elif (change := underway.change()) is not None:
            self._fail(underway, SliceFailure(outcome.slice, change))
            underway.is_given_up = True  # what is left of it is something else now
        else:
            self._commit(underway, outcome)
        failed = None
        if underway.is_over and not underway.is_counted:
            underway.is_counted = True
            self._tally.finished += 1
            failed = self._finish(underway)
        self._tell(underway.recording.path, failed)

    def _commit(self, task: Underway, result: SliceResult) -> None:
        """Write vectors, make them durable, then make them visible: in this order. Nothing that is forgotten."""
        result = Ledger(self._catalog).spare(result)
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
        self._tally.seconds_done += piece.end_s - piece.start_s
        task.note_success(piece)

    def _fail(self, underway: Underway, failure: SliceFailure) -> None:
        """Note that a slice gave nothing."""
        piece = failure.slice
        journal.warning("%s: slice %d failed", piece.recording.path, piece.index, exc_info=failure.error)
        underway.note_failure(failure)
        self._tally.seconds_total -= piece.end_s - piece.start_s

    def _finish(self, underway: Underway) -> FailedFile | None:
        """Write down whether a recording failed.

        Not before it is over: what has failed is not looked at again, and after a kill the rest of it would be lost.
        """
        failed = underway.failure()
        if failed is None:
            self._tally.indexed += 1
            self._catalog.clear_failure(underway.recording.path)
        else:
            self._catalog.add_failure(failed.path, failed.reason, failed.remedy, underway.task.stamp)
            self._tally.failed.append(failed)
        return failed

    def _tell(self, path: Path, failed: FailedFile | None) -> None:
        pending = sum(not task.is_counted for task in self._tasks.values())
        self._on_progress(self._tally.progress(path, pending, failed))
