"""How a space's collection is laid out on a Qdrant server or cluster, and how it is searched then."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from egosearch.stores.points import VECTOR
from indexers.types import EmbeddingSpace

if TYPE_CHECKING:
    from qdrant_client import QdrantClient, models

QUANTISATIONS = ("none", "int8", "binary")
OVERSAMPLING = 3.0
"""Compressed vectors choose three times as many windows as are asked for, and whole ones rank them. Without it recall
of queries that are unlike the library fell from 0.997 to 0.79 (int8) and 0.55 (binary), measured on 1,000,000 vectors
of 512 numbers in Qdrant's embedded engine."""


@dataclass(frozen=True)
class ServerOptions:
    """What a cluster is asked for when a collection is made; collections that are there stay as they are."""

    shards: int | None = None
    """Parts that a collection is cut into, spread over the nodes; None for the server's own choice."""
    replicas: int | None = None
    """Nodes that hold each part; None for the server's own choice. A write counts once most of them have it."""
    quantisation: str = "none"
    """Of dense vectors, in memory: "int8" (a quarter) or "binary" (1/32); whole ones stay on the disk. Searches then
    go through the server's graph and are approximate. Sparse vectors are never compressed."""

    def __post_init__(self) -> None:
        for name in ("shards", "replicas"):
            value = getattr(self, name)
            if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 1):
                raise ValueError(f"{name} = {value!r}; it is a whole number from 1")
        if self.quantisation not in QUANTISATIONS:
            raise ValueError(f"quantisation = {self.quantisation!r}; it is one of {', '.join(QUANTISATIONS)}")


ITS_CHOICE = ServerOptions()


def create_collection(client: "QdrantClient", name: str, space: EmbeddingSpace, options: ServerOptions) -> None:
    """Make the collection of a space, which is not there yet.

    Raises:
        ValueError: The space's distance is none for its layout.
    """
    from qdrant_client import models

    # Most of them, so that what was acknowledged outlives the loss of a node.
    consistency = None if options.replicas is None else options.replicas // 2 + 1
    if space.layout == "sparse":
        if space.distance != "dot":
            raise ValueError("sparse vectors are compared by dot product only")
        index = models.SparseIndexParams(datatype=models.Datatype.FLOAT16)
        dense, sparse = {}, {VECTOR: models.SparseVectorParams(index=index)}
        quantisation = None
    else:
        quantisation = _quantisation(options)
        distance = models.Distance.COSINE if space.distance == "cosine" else models.Distance.DOT
        whole = models.VectorParams(
            size=space.dim,
            distance=distance,
            datatype=models.Datatype.FLOAT16,
            on_disk=True if quantisation is not None else None,
        )
        dense, sparse = {VECTOR: whole}, None
    client.create_collection(
        name,
        vectors_config=dense,
        sparse_vectors_config=sparse,
        shard_number=options.shards,
        replication_factor=options.replicas,
        write_consistency_factor=consistency,
        quantization_config=quantisation,
    )


def search_params(space: EmbeddingSpace, options: ServerOptions) -> "models.SearchParams":
    """Return how a space is searched: exactly, unless its vectors are compressed."""
    from qdrant_client import models

    if space.layout == "sparse" or options.quantisation == "none":
        return models.SearchParams(exact=True)
    # An exact search would read every whole vector from the disk and leave the compressed ones unused.
    return models.SearchParams(quantization=models.QuantizationSearchParams(rescore=True, oversampling=OVERSAMPLING))


def _quantisation(options: ServerOptions) -> "models.ScalarQuantization | models.BinaryQuantization | None":
    from qdrant_client import models

    if options.quantisation == "int8":
        scalar = models.ScalarQuantizationConfig(type=models.ScalarType.INT8, quantile=0.99, always_ram=True)
        return models.ScalarQuantization(scalar=scalar)
    if options.quantisation == "binary":
        return models.BinaryQuantization(binary=models.BinaryQuantizationConfig(always_ram=True))
    return None
