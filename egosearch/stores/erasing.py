"""Deleted windows off a store's disk: deleting hides a point, and its bytes stay where they are.

Qdrant's engine in this process writes a segment anew without them only once a fifth of it is deleted, and never a small
one. For as long as this takes it is told to do so whatever the share; segments that nothing was deleted from are left
alone. A server decides for itself.
"""

import shutil
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from egosearch import room
from egosearch.stores.base import VectorStore
from egosearch.stores.edge import NEVER_KB, config
from egosearch.stores.embedded import EmbeddedStore
from egosearch.stores.explaining import explained
from indexers.types import EmbeddingSpace

if TYPE_CHECKING:
    import qdrant_edge


def erase(store: VectorStore, spaces: Iterable[EmbeddingSpace], recording_ids: Iterable[str]) -> None:
    """Take what was deleted of some recordings off the disk, in these spaces, where the store is in a folder.

    To be called when all that was deleted is flushed. A kill meanwhile leaves all that was not deleted; doing it again
    does the rest. Takes half a second for 20,000 points, and as much of the disk again as the segments take.

    Raises:
        StoreError: The store cannot be written, or the disk has no room.
    """
    if not isinstance(store, EmbeddedStore):
        return
    recording_ids = list(recording_ids)
    for space in spaces:
        volumes = store.volumes(space.id)
        if volumes is None:
            continue
        for volume in volumes.each(recording_ids):
            with volumes.changing, explained(volume.folder):
                room.require(volume.folder, room.taken_bytes(volume.folder))
                volume.release()
                _rewrite_segments(volume.folder, space)
                volume.open(config(space))  # as always: the folder remembers how it was opened last


def _rewrite_segments(folder: Path, space: EmbeddingSpace) -> None:
    import qdrant_edge

    with closing(qdrant_edge.EdgeShard.load(str(folder), _eager(space))) as shard:
        shard.optimize()
        shard.flush()
    shutil.rmtree(folder / "temp_segments", ignore_errors=True)


def _eager(space: EmbeddingSpace) -> "qdrant_edge.EdgeConfig":
    """Return a shard's usual layout, with segments written anew for a single deleted point."""
    import qdrant_edge

    usual = config(space)
    optimizers = qdrant_edge.EdgeOptimizersConfig(
        indexing_threshold=NEVER_KB, deleted_threshold=0.0, vacuum_min_vector_number=1
    )
    return qdrant_edge.EdgeConfig(
        vectors=usual.vectors, sparse_vectors=usual.sparse_vectors, optimizers=optimizers, wal_enabled=False
    )
