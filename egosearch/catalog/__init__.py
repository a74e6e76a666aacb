"""The catalogue: what is indexed, in a DuckDB file that its owner may query. The vectors are in `egosearch.stores`."""

from egosearch.catalog.catalog import Catalog
from egosearch.catalog.levels import SoundLevels, decode_levels, encode_levels
from egosearch.catalog.values import CatalogCounts, CatalogedRecording, CatalogedWindows, Failure, FileStamp

__all__ = [
    "Catalog",
    "CatalogCounts",
    "CatalogedRecording",
    "CatalogedWindows",
    "Failure",
    "FileStamp",
    "SoundLevels",
    "decode_levels",
    "encode_levels",
]
