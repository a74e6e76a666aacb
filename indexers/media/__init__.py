"""Media files: find them, describe them, decode them. The only users of PyAV, and of container clocks."""

from indexers.media.decode import decode
from indexers.media.discover import discover
from indexers.media.fingerprint import fingerprint
from indexers.media.probe import probe
from indexers.media.stats import DecodeStats

__all__ = ["DecodeStats", "decode", "discover", "fingerprint", "probe"]
