"""The parts that are live, or that were a moment ago and are being indexed: what searches see besides the library.

The library's own scan is made from its catalogue at some generation. Every search joins it with the parts that it does
not have, so a part stays here until the scans have it, and a little longer: searches of other spaces than the usual
ones have scans of their own.
"""

import threading
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, cast

from egosearch.catalog import Catalog, CatalogedRecording
from egosearch.live.joining import joined
from egosearch.live.part import LivePart
from egosearch.scan import Scan, ScanCache
from indexers.types import Recording

KEPT_PARTS = 2
"""So many parts are kept after they were indexed."""


class Tail:
    """Holds live parts. One thread adds to it, others search."""

    def __init__(self) -> None:
        """Hold nothing."""
        self._changing = threading.Lock()
        self._parts: list[LivePart] = []
        self._indexed: list[LivePart] = []
        self._known: dict[str, Recording | LivePart] = {}

    def begin(self, recording: Recording) -> LivePart:
        """Return a new part, which can be searched from now on."""
        part = LivePart(recording)
        with self._changing:
            self._parts = [*self._parts, part]
            self._known[recording.recording_id] = part
        return part

    def rename(self, part: LivePart, recording: Recording) -> None:
        """Let a part be known by the recording that its file has become, and by its former id too."""
        with self._changing:
            self._known[recording.recording_id] = part
        part.rename(recording)

    def settle(self, part: LivePart) -> None:
        """Forget a part soon: it is in the library now."""
        with self._changing:
            self._indexed.append(part)
            doomed = self._indexed[:-KEPT_PARTS]
            self._indexed = self._indexed[-KEPT_PARTS:]
            self._forget(doomed)

    def drop(self, part: LivePart) -> None:
        """Forget a part at once: it will never be in the library."""
        with self._changing:
            self._forget([part])

    def parts(self) -> list[LivePart]:
        """Return the parts, oldest first."""
        return self._parts

    def recording(self, recording_id: str) -> Recording | None:
        """Return the recording that a part is or has become, by its present or its former id."""
        found = self._known.get(recording_id)
        return found.recording if isinstance(found, LivePart) else found

    def catalog(self, catalog: Catalog) -> Catalog:
        """Return a catalogue that has the parts too, for reading."""
        return cast(Catalog, _JoinedCatalog(catalog, self))

    def cache(self, cache: ScanCache) -> ScanCache:
        """Return a search cache that has the parts too, for reading."""
        return _JoinedCache(cache, self)

    def _forget(self, doomed: Iterable[LivePart]) -> None:
        doomed = list(doomed)
        self._parts = [part for part in self._parts if part not in doomed]
        for recording_id, known in self._known.items():
            if known in doomed and isinstance(known, LivePart):
                self._known[recording_id] = known.recording  # whoever found it live may still ask for it


class _JoinedCache(ScanCache):
    """The scan of a cache, with the tail behind it."""

    def __init__(self, cache: ScanCache, tail: Tail) -> None:
        self._cache = cache
        self._tail = tail
        self._joined: tuple[object, Scan] | None = None

    def load(self, catalog: Catalog) -> Scan:
        scan = self._cache.load(catalog)
        parts = self._tail.parts()
        if not parts:
            return scan
        # The versions are read first: what comes while they are joined makes another one next time.
        version = (scan.generation, tuple((id(part), part.version) for part in parts))
        known = self._joined
        if known is None or known[0] != version:
            known = version, joined(scan, [part.view() for part in parts])
            self._joined = known
        return known[1]


class _JoinedCatalog:
    """A catalogue that lists the tail's parts after its own recordings."""

    def __init__(self, catalog: Catalog, tail: Tail) -> None:
        self._catalog = catalog
        self._tail = tail

    def recordings(self, ids: Iterable[str] | None = None) -> list[CatalogedRecording]:
        wanted = None if ids is None else set(ids)
        found = self._catalog.recordings(wanted)
        there = {one.recording.recording_id for one in found}
        if wanted is None:
            live = [part.recording for part in self._tail.parts()]
        else:
            # A part that was found by its former id is meant by it.
            renamed = {one: self._tail.recording(one) for one in wanted - there}
            live = [_named(one, recording) for one, recording in renamed.items() if recording is not None]
        now = datetime.now(UTC)
        return [*found, *(CatalogedRecording(one, now, now) for one in live if one.recording_id not in there)]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._catalog, name)


def _named(recording_id: str, recording: Recording) -> Recording:
    return replace(recording, recording_id=recording_id)
