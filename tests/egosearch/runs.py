"""One indexing run on an open catalogue, with the settings that `Library.index` does not offer."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from egosearch.catalog import Catalog
from egosearch.coverage import Coverage, read_coverage
from egosearch.indexing.pool import Executor
from egosearch.indexing.run import IndexingRun, RunSettings
from egosearch.indexing.types import IndexOptions, IndexProgress, IndexReport
from egosearch.stores import Filter, MemoryStore
from indexers.slices import EncoderChoice, Plan
from indexers.types import Modality

TOYS = {Modality.AUDIO: "toy", Modality.VISUAL: "toy"}
CRASHING = {Modality.VISUAL: "toy:crash-on-red"}
TWO_WORKERS = IndexOptions(encoders=TOYS, jobs=2)
HERE = IndexOptions(encoders=TOYS, jobs=1)
IN_WORKERS = RunSettings(small_run_s=0)


def plan_of(options: IndexOptions) -> Plan:
    return Plan(tuple(EncoderChoice(modality, name) for modality, name in sorted(options.encoders.items())))


@dataclass
class Bench:
    """A catalogue and a store to run on, again and again."""

    catalog: Catalog
    store: MemoryStore = field(default_factory=MemoryStore)
    told: list[IndexProgress] = field(default_factory=list)
    """Progress of the last run."""

    def coverage(self) -> Coverage:
        return read_coverage(self.catalog, self.catalog.spaces())

    def run(
        self,
        *paths: Path,
        options: IndexOptions = HERE,
        settings: RunSettings | None = None,
        should_stop: Callable[[], bool] | None = None,
        on_progress: Callable[[IndexProgress], None] | None = None,
        executor: Executor | None = None,
    ) -> IndexReport:
        self.told = []

        def tell(progress: IndexProgress) -> None:
            self.told.append(progress)
            if on_progress is not None:
                on_progress(progress)

        run = IndexingRun(
            self.catalog,
            self.store,
            self.coverage(),
            plan_of(options),
            options,
            on_progress=tell,
            should_stop=should_stop,
            executor=executor,
            settings=settings,
        )
        return run.run(paths)

    def windows(self, modality: Modality, path: Path) -> list[int]:
        """Return the numbers of a recording's windows, the same in the catalogue and in the store."""
        (space,) = (space for space in self.catalog.spaces() if space.modality is modality)
        (known,) = (known for known in self.catalog.recordings() if known.recording.path == path)
        rows = self.store.scan(space, known.recording.recording_id)
        index = self.catalog.windows(space.id, known.recording.recording_id).index.tolist()
        assert index == ([] if rows is None else rows.index.tolist())
        return [int(i) for i in index]

    def vectors(self) -> int:
        return sum(self.store.count(space, where=Filter()) for space in self.catalog.spaces())


@contextmanager
def bench(folder: Path) -> Iterator[Bench]:
    with Catalog.open(folder / "catalog.duckdb") as catalog:
        yield Bench(catalog)
