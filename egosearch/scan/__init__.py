"""The search cache: every window of the library in memory-mapped arrays, in time order, one matrix a space.

Fusion needs whole score curves: joining top-k lists of two senses loses most of the right answers. So an embedded
library scans all its windows exactly. The arrays are a cache of what Qdrant and the catalogue hold: they can be deleted
at any time, and are rebuilt when the catalogue has moved on. Recordings that did not change are copied over.

A library on a server keeps its vectors there. The cache of a large one has everything else, and a sample of them for
the background; a search fetches what it needs (`egosearch.query.completion`).

`types` is what a search reads, `build` collects it, `files` keeps it on disk, `cache` keeps it up to date;
`sample` chooses what is kept of a server library, `fetched` holds what was fetched of it.
"""

from egosearch.scan.cache import ScanCache
from egosearch.scan.sample import SAMPLE
from egosearch.scan.types import Scan, SpaceMatrix

__all__ = ["SAMPLE", "Scan", "ScanCache", "SpaceMatrix"]
