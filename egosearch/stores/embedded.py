"""Qdrant's own engine in this process, on a folder: `<path>/<space id>/`, a shard for each space.

One shard a space, and not one with a named vector a space: there an absent vector costs 128 bytes a point, and a space
could not be added or dropped on its own. There is no write-ahead log: a slice counts once the catalogue says so, which
is after `flush()`, and each log would preallocate 64 MB. There is no graph and no quantisation: `search` compares with
every window, and fused queries do not come here but scan matrices of their own (`egosearch.query`).
"""

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from egosearch.errors import StoreError
from egosearch.stores.base import ClosingStore, Filter, Hit, WindowRows, window_id
from egosearch.stores.locking import FolderLock
from egosearch.stores.points import (
    VECTOR,
    DenseVector,
    SparseEntries,
    StoredPoint,
    best_hits,
    check_query,
    check_rows,
    hit_from_payload,
    payloads,
    rows_from_points,
    vectors,
)
from egosearch.stores.trimming import restore, trim
from indexers.embeddings import Embeddings
from indexers.types import EmbeddingSpace

if TYPE_CHECKING:
    import qdrant_edge

BATCH = 2_000
"""Points given to the engine at once: enough to spread the call's cost, little enough to stay under 10 MB."""
UNFINISHED = "."
"""Folders whose names start so are being made or removed; the next opening sweeps them."""


class EmbeddedStore(ClosingStore):
    """A `VectorStore` in a folder of one process at a time; while another has it, verbs raise LibraryLockedError."""

    def __init__(self, path: Path) -> None:
        """Use the folder at `path`, made when first needed; shards are opened when first asked for."""
        self.path = path
        self._shards: dict[str, qdrant_edge.EdgeShard] = {}
        self._lock: FolderLock | None = None
        self._opening = threading.RLock()

    def spaces(self) -> list[str]:
        if not self.path.is_dir():
            return []
        return sorted(
            child.name for child in self.path.iterdir() if child.is_dir() and not child.name.startswith(UNFINISHED)
        )

    def upsert(self, space: EmbeddingSpace, rows: WindowRows) -> None:
        import qdrant_edge

        check_rows(space, rows)
        shard = self._shard(space.id) or self._create(space)
        points = [
            qdrant_edge.Point(
                window_id(rows.recording_id, space.id, payload["index"]), {VECTOR: _vector(vector)}, payload
            )
            for payload, vector in zip(payloads(rows), vectors(rows.embeddings), strict=True)
        ]
        with self._explained(space.id):
            for start in range(0, len(points), BATCH):
                shard.update(qdrant_edge.UpdateOperation.upsert_points(points[start : start + BATCH]))

    def flush(self) -> None:
        for space_id, shard in list(self._shards.items()):
            with self._explained(space_id):
                shard.flush()

    def scan(self, space: EmbeddingSpace, recording_id: str) -> WindowRows | None:
        import qdrant_edge

        shard = self._shard(space.id)
        if shard is None:
            return None
        chosen = _filter(Filter(recording_ids=frozenset([recording_id])))
        with self._explained(space.id):
            limit = shard.count(qdrant_edge.CountRequest(filter=chosen))
            request = qdrant_edge.ScrollRequest(
                limit=max(1, limit), filter=chosen, with_payload=True, with_vector=[VECTOR]
            )
            found, _ = shard.scroll(request)
        return rows_from_points(space, recording_id, [_stored(record) for record in found])

    def search(self, space: EmbeddingSpace, query: Embeddings, *, where: Filter, limit: int) -> list[Hit]:
        import qdrant_edge

        check_query(space, query, limit)
        shard = self._shard(space.id)
        if shard is None or where.recording_ids == frozenset():
            return []
        nearest = qdrant_edge.Query.Nearest(_vector(next(vectors(query))), using=VECTOR)
        chosen, exact = _filter(where), qdrant_edge.SearchParams(exact=True)

        def search(asked: int) -> list[Hit]:
            request = qdrant_edge.QueryRequest(
                limit=asked, query=nearest, filter=chosen, with_payload=True, params=exact
            )
            return [hit_from_payload(point.payload or {}, point.score) for point in shard.query(request)]

        with self._explained(space.id):
            return best_hits(search, limit)

    def count(self, space: EmbeddingSpace, *, where: Filter) -> int:
        import qdrant_edge

        shard = self._shard(space.id)
        if shard is None or where.recording_ids == frozenset():
            return 0
        with self._explained(space.id):
            return shard.count(qdrant_edge.CountRequest(filter=_filter(where)))

    def remove(self, recording_id: str) -> None:
        import qdrant_edge

        chosen = _filter(Filter(recording_ids=frozenset([recording_id])))
        for space_id in self.spaces():
            shard = self._shard(space_id)
            if shard is not None and chosen is not None:
                with self._explained(space_id):
                    shard.update(qdrant_edge.UpdateOperation.delete_points_by_filter(chosen))

    def drop_space(self, space_id: str) -> None:
        with self._opening:
            if self._shard(space_id) is None:  # opened first, so that nobody else has it
                return
            self._shards.pop(space_id).close()
            # Renamed first: a kill while it is being removed must not leave half a shard under its name.
            doomed = (self.path / space_id).rename(self.path / f"{UNFINISHED}dropped-{space_id}")
            shutil.rmtree(doomed)

    def compact(self) -> None:
        """Merge and vacuum the shards that are open: about 2 s for 100,000 points, twice the disk meanwhile."""
        for space_id, shard in list(self._shards.items()):
            with self._explained(space_id):
                shard.flush()
                shard.optimize()

    def close(self) -> None:
        with self._opening:
            try:
                while self._shards:
                    space_id, shard = self._shards.popitem()
                    with self._explained(space_id):
                        shard.flush()
                        shard.close()
                        trim(self.path / space_id)
            finally:
                if self._lock is not None:
                    self._lock.release()
                    self._lock = None

    def _shard(self, space_id: str) -> "qdrant_edge.EdgeShard | None":
        """Return the shard of a space, opened now or before; None where there is none."""
        with self._opening:
            folder = self.path / space_id
            if space_id not in self._shards and folder.is_dir():
                self._shards[space_id] = self._load(folder)
            return self._shards.get(space_id)

    def _load(self, folder: Path) -> "qdrant_edge.EdgeShard":
        import qdrant_edge

        with self._explained(folder.name):
            self._own()
            restore(folder)
            # What a kill during `compact` leaves; the segments proper are whole.
            shutil.rmtree(folder / "temp_segments", ignore_errors=True)
            return qdrant_edge.EdgeShard.load(str(folder))

    def _create(self, space: EmbeddingSpace) -> "qdrant_edge.EdgeShard":
        import qdrant_edge

        with self._opening, self._explained(space.id):
            self.path.mkdir(parents=True, exist_ok=True)
            self._own()
            # Made aside and then renamed: a kill leaves no shard or a whole one.
            draft = self.path / f"{UNFINISHED}new-{space.id}"
            draft.mkdir()
            shard = qdrant_edge.EdgeShard.create(str(draft), _config(space))
            # Without it, finding a recording among 100,000 points takes 190 ms; with it 4 ms, for 60 bytes a point.
            keyword = qdrant_edge.PayloadSchemaType.Keyword
            shard.update(qdrant_edge.UpdateOperation.create_field_index("recording_id", keyword))
            shard.flush()
            shard.close()
            self._shards[space.id] = self._load(draft.rename(self.path / space.id))
            return self._shards[space.id]

    def _own(self) -> None:
        """Lock the folder and sweep what a killed owner left unfinished, unless that was done before."""
        if self._lock is None:
            self._lock = FolderLock(self.path)
            for folder in self.path.glob(f"{UNFINISHED}*-*/"):
                shutil.rmtree(folder)

    @contextmanager
    def _explained(self, space_id: str) -> Iterator[None]:
        """Turn what the engine and the disk raise into one sentence."""
        folder = self.path / space_id
        try:
            yield
        except OSError as error:
            raise StoreError(f"the vectors in {folder} cannot be read or written ({error}); check the disk") from error
        except Exception as error:  # the engine raises plain `Exception` whatever happens
            if type(error) is not Exception:
                raise
            reason = str(error).splitlines()[0][:200]
            raise StoreError(
                f"the vectors in {folder} cannot be used ({reason}); restore them from a backup,"
                " or remove the folder and index again"
            ) from error


def _config(space: EmbeddingSpace) -> "qdrant_edge.EdgeConfig":
    import qdrant_edge as edge

    if space.layout == "sparse":
        if space.distance != "dot":
            raise ValueError("sparse vectors are compared by dot product only")
        sparse = edge.EdgeSparseVectorParams(datatype=edge.VectorStorageDatatype.Float16)
        return edge.EdgeConfig(sparse_vectors={VECTOR: sparse}, wal_enabled=False)
    dense = edge.EdgeVectorParams(
        size=space.dim,
        distance=edge.Distance.Cosine if space.distance == "cosine" else edge.Distance.Dot,
        datatype=edge.VectorStorageDatatype.Float16,
        hnsw_config=edge.HnswIndexConfig(m=0, ef_construct=4, full_scan_threshold=10_000),  # m=0: no graph
    )
    return edge.EdgeConfig(vectors={VECTOR: dense}, wal_enabled=False)


def _vector(vector: DenseVector | SparseEntries) -> "list[float] | qdrant_edge.SparseVector":
    import qdrant_edge

    if isinstance(vector, SparseEntries):
        return qdrant_edge.SparseVector(vector.indices, vector.values)
    return vector


def _stored(record: "qdrant_edge.Record") -> StoredPoint:
    import qdrant_edge

    found = record.vector[VECTOR] if isinstance(record.vector, dict) else []
    if isinstance(found, qdrant_edge.SparseVector):
        return StoredPoint(record.payload or {}, SparseEntries(found.indices, found.values))
    return StoredPoint(record.payload or {}, [value for value in found if isinstance(value, float)])


def _filter(where: Filter) -> "qdrant_edge.Filter | None":
    import qdrant_edge as edge

    must: list[edge.FieldCondition] = []
    if where.recording_ids is not None:
        must.append(edge.FieldCondition("recording_id", match=edge.MatchAny(sorted(where.recording_ids))))
    if where.start_s is not None:
        must.append(edge.FieldCondition("end_s", range=edge.RangeFloat(gt=where.start_s)))
    if where.end_s is not None:
        must.append(edge.FieldCondition("start_s", range=edge.RangeFloat(lt=where.end_s)))
    return edge.Filter(must=[*must]) if must else None
