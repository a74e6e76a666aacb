"""Engines of others, set up as their documentation has it: FAISS, and Qdrant without a server.

FAISS knows no sparse vectors: it is given theirs written out.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.searchers import BLOCK_ROWS, Engine, Search, by_sense
from benchmarks.windows import BEST, Floats
from egosearch.stores.points import SparseEntries, vectors
from indexers.embeddings import Embeddings, SparseRows
from indexers.types import EmbeddingSpace

if TYPE_CHECKING:
    import qdrant_edge

LINKS = 32
"""Of a window in the graph, FAISS's own examples' number."""
EF_SEARCH = 64
"""Windows kept in hand while walking the graph: four times FAISS's default, which finds half of what there is."""
OVERSAMPLING = 3.0
BATCH = 500
COLLECTION = "windows"
MOST_LOCAL = 100_000
"""Of Qdrant's local mode, which is made for trying things out: it warns from 20,000 on."""
_DENSE, _SPARSE = "dense", "sparse"


def _blocks(rows: Embeddings, size: int) -> Iterator[tuple[int, Embeddings]]:
    for first in range(0, len(rows), size):
        yield first, rows.between(first, min(first + size, len(rows)))


def _entries(query: Floats) -> SparseEntries:
    at = np.flatnonzero(query)
    return SparseEntries(at.tolist(), query[at].tolist())


# FAISS


def _build_faiss(index: Any, rows: Embeddings, path: Path) -> None:
    import faiss

    for _, block in _blocks(rows, BLOCK_ROWS):
        index.add(np.ascontiguousarray(block.dense()))
    faiss.write_index(index, str(path))


def _build_flat(rows: Embeddings, space: EmbeddingSpace, path: Path) -> None:
    import faiss

    _build_faiss(faiss.IndexFlatIP(space.dim), rows, path)


def _build_graph(rows: Embeddings, space: EmbeddingSpace, path: Path) -> None:
    import faiss

    _build_faiss(faiss.IndexHNSWFlat(space.dim, LINKS, faiss.METRIC_INNER_PRODUCT), rows, path)


def _open_flat(_: EmbeddingSpace, path: Path) -> Search:
    import faiss

    index = faiss.read_index(str(path))
    return lambda query: index.search(query[None], BEST)[1][0]


def _open_graph(_: EmbeddingSpace, path: Path) -> Search:
    import faiss

    index = faiss.read_index(str(path))
    index.hnsw.efSearch = EF_SEARCH

    def search(query: Floats) -> Any:
        found = index.search(query[None], BEST)[1][0]
        return found[found >= 0]  # -1 where the walk ended early

    return search


# Qdrant Edge


def _build_edge(rows: Embeddings, space: EmbeddingSpace, path: Path, *, is_compressed: bool = False) -> None:
    import qdrant_edge as edge

    if space.layout == "sparse":
        sparse = {COLLECTION: edge.EdgeSparseVectorParams(datatype=edge.VectorStorageDatatype.Float16)}
        config = edge.EdgeConfig(sparse_vectors=sparse, wal_enabled=False)
    else:
        dense = edge.EdgeVectorParams(
            size=space.dim,
            distance=edge.Distance.Dot,  # they have length 1
            datatype=edge.VectorStorageDatatype.Float16,
            hnsw_config=edge.HnswIndexConfig(m=0, ef_construct=4, full_scan_threshold=10_000),  # m=0: no graph
            quantization_config=edge.ScalarQuantizationConfig(type=edge.ScalarType.Int8, quantile=0.99, always_ram=True)
            if is_compressed
            else None,
        )
        config = edge.EdgeConfig(vectors={COLLECTION: dense}, wal_enabled=False)
    path.mkdir()
    shard = edge.EdgeShard.create(str(path), config)
    for first, block in _blocks(rows, BATCH):
        points = [
            edge.Point(first + i, {COLLECTION: _edge_vector(vector)}, None) for i, vector in enumerate(vectors(block))
        ]
        shard.update(edge.UpdateOperation.upsert_points(points))
    shard.flush()
    shard.optimize()
    shard.close()


def _build_compressed_edge(rows: Embeddings, space: EmbeddingSpace, path: Path) -> None:
    _build_edge(rows, space, path, is_compressed=True)


def _edge_vector(vector: Any) -> "list[float] | qdrant_edge.SparseVector":
    import qdrant_edge as edge

    found: list[float] = vector
    return edge.SparseVector(vector.indices, vector.values) if isinstance(vector, SparseEntries) else found


def _open_edge(space: EmbeddingSpace, path: Path, *, is_compressed: bool = False) -> Search:
    import qdrant_edge as edge

    shard = edge.EdgeShard.load(str(path))
    rescored = edge.QuantizationSearchParams(rescore=True, oversampling=OVERSAMPLING)
    params = edge.SearchParams(quantization=rescored) if is_compressed else edge.SearchParams(exact=True)

    def search(query: Floats) -> Any:
        asked = _edge_vector(_entries(query) if space.layout == "sparse" else query.tolist())
        nearest = edge.Query.Nearest(asked, using=COLLECTION)
        found = shard.query(edge.QueryRequest(limit=BEST, query=nearest, params=params))
        return np.array([int(point.id) for point in found], np.int64)

    return search


def _open_compressed_edge(space: EmbeddingSpace, path: Path) -> Search:
    return _open_edge(space, path, is_compressed=True)


# qdrant-client's local mode


def _client(path: Path) -> Any:
    import warnings

    from qdrant_client import QdrantClient

    warnings.simplefilter("ignore")  # of how many windows there are: that is what is measured
    return QdrantClient(path=str(path))


def _build_local(rows: Embeddings, space: EmbeddingSpace, path: Path) -> None:
    from qdrant_client import models

    client = _client(path)
    if isinstance(rows, SparseRows):
        client.create_collection(COLLECTION, {}, sparse_vectors_config={_SPARSE: models.SparseVectorParams()})
    else:
        params = models.VectorParams(size=space.dim, distance=models.Distance.DOT)
        client.create_collection(COLLECTION, {_DENSE: params})
    for first, block in _blocks(rows, BATCH):
        points = [
            models.PointStruct(id=first + i, vector=_local_vector(vector)) for i, vector in enumerate(vectors(block))
        ]
        client.upsert(COLLECTION, points)
    client.close()


def _local_vector(vector: Any) -> dict[str, Any]:
    from qdrant_client import models

    if isinstance(vector, SparseEntries):
        return {_SPARSE: models.SparseVector(indices=vector.indices, values=vector.values)}
    return {_DENSE: vector}


def _open_local(space: EmbeddingSpace, path: Path) -> Search:
    client = _client(path)

    def search(query: Floats) -> Any:
        named = _local_vector(_entries(query) if space.layout == "sparse" else query.tolist())
        ((name, vector),) = named.items()
        found = client.query_points(COLLECTION, query=vector, using=name, limit=BEST, with_payload=False)
        return np.array([point.id for point in found.points], np.int64)

    return search


RIVALS: tuple[Engine, ...] = (
    Engine("FAISS, flat", *by_sense(_build_flat, _open_flat), package="faiss"),
    Engine("FAISS, HNSW", *by_sense(_build_graph, _open_graph), package="faiss"),
    Engine("Qdrant Edge, exact", *by_sense(_build_edge, _open_edge)),
    Engine("Qdrant Edge, int8 rescored", *by_sense(_build_compressed_edge, _open_compressed_edge), layouts=("dense",)),
    Engine("qdrant-client, local mode", *by_sense(_build_local, _open_local), most=MOST_LOCAL),
)
