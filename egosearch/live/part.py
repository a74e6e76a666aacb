"""One part of a live recording, as far as it has come: its windows, in memory."""

import threading
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from egosearch.query.sounds import SoundEvents, find_sound_events
from indexers.embeddings import Embeddings, concatenate
from indexers.quality import LEVEL_HOP_S
from indexers.types import EmbeddingBatch, EmbeddingSpace, Floats, Modality, Recording

Seconds = NDArray[np.float64]

EVENTS_REACH_S = 120.0
"""How far back sound events are looked for anew when more is heard: the noise floor reaches 30 s, so that what lies
further back stays as it is. A live source may be one file of many hours."""


@dataclass(frozen=True, eq=False)
class PartWindows:
    """The n windows of a part in one space, in time order."""

    space: EmbeddingSpace
    index: NDArray[np.int64]
    start_s: Seconds
    end_s: Seconds
    clarity: Floats
    """Shape (n, 2), see `egosearch.scan.SpaceMatrix`."""
    rows: Embeddings


@dataclass(frozen=True, eq=False)
class PartView:
    """A part as it was at one moment."""

    recording: Recording
    windows: tuple[PartWindows, ...]
    """One for each space that has any."""
    events: SoundEvents


class LivePart:
    """Collects what a part shows. One thread adds, others look."""

    def __init__(self, recording: Recording) -> None:
        """Begin a part; of its recording the length grows."""
        self._recording = recording
        self._changing = threading.Lock()
        self._chunks: dict[EmbeddingSpace, list[EmbeddingBatch]] = {}
        self._levels: list[Floats] = []
        self._settled = _Settled(np.zeros((0, 3)), 0)
        self._view: PartView | None = None
        self.version = 0
        """Counts what was added."""

    @property
    def recording(self) -> Recording:
        """The part as a recording, as long as it is by now."""
        return self._recording

    def add(self, batches: tuple[EmbeddingBatch, ...], levels_db: Floats, until_s: float) -> None:
        """Take windows that follow those so far.

        Args:
            batches: In any spaces, each of them in time order.
            levels_db: The levels that follow those so far, one every `LEVEL_HOP_S`.
            until_s: What was seen and heard reaches so far.
        """
        with self._changing:
            for batch in batches:
                if len(batch):
                    self._chunks.setdefault(batch.space, []).append(batch)
            if len(levels_db):
                self._levels.append(levels_db)
            self._recording = replace(self._recording, duration_s=max(until_s, self._recording.duration_s))
            self._changed()

    def rename(self, recording: Recording) -> None:
        """Let the part be known by the recording that its file has become."""
        with self._changing:
            self._recording = recording
            self._changed()

    def view(self) -> PartView:
        """Return what there is now."""
        with self._changing:
            if self._view is None:
                windows = tuple(self._windows(space) for space in self._chunks)
                self._view = PartView(self._recording, windows, self._events())
            return self._view

    def _changed(self) -> None:
        self.version += 1
        self._view = None

    def _windows(self, space: EmbeddingSpace) -> PartWindows:
        chunks = self._chunks[space]
        if len(chunks) > 1:  # joined once, so that the next view copies one long piece and one short
            chunks[:] = [_joined(chunks)]
        batch, quality = chunks[0], chunks[0].quality
        is_sound = space.modality is Modality.AUDIO
        clarity = (quality.loudness_db, quality.snr_db) if is_sound else (quality.sharpness, quality.exposure)
        # Halves, as the search cache has them.
        columns = np.stack(clarity, axis=1).astype(np.float16)
        return PartWindows(space, batch.index, batch.start_s, batch.end_s, columns.astype(np.float32), batch.embeddings)

    def _events(self) -> SoundEvents:
        recording_id = self._recording.recording_id
        if len(self._levels) > 1:
            self._levels[:] = [np.concatenate(self._levels)]
        levels = self._levels[0] if self._levels else np.zeros(0, np.float32)
        known, first = self._settled.events, self._settled.until
        reach = round(EVENTS_REACH_S / LEVEL_HOP_S)
        begin = max(0, first - reach)
        found = find_sound_events(recording_id, levels[begin:], LEVEL_HOP_S, start_s=begin * LEVEL_HOP_S).table[:, 1:]
        found = found[found[:, 0] >= first * LEVEL_HOP_S]  # those that begin before are known
        if len(levels) - first > 2 * reach:
            # Up to a pause between two events, so that none is cut.
            until_s = (len(levels) - reach) * LEVEL_HOP_S
            old = found[found[:, 1] < until_s]
            if len(old) < len(found):
                until_s = min(until_s, float(found[len(old), 0]))
            self._settled = _Settled(np.concatenate([known, old]), round(until_s / LEVEL_HOP_S))
        table = np.concatenate([known, found])
        return SoundEvents((recording_id,), np.concatenate([np.zeros((len(table), 1)), table], axis=1))


@dataclass(frozen=True, eq=False)
class _Settled:
    """Sound events that will not change any more."""

    events: NDArray[np.float64]
    """Shape (m, 3): start_s, end_s, snr_db."""
    until: int
    """They are all that begin before this level."""


def _joined(batches: list[EmbeddingBatch]) -> EmbeddingBatch:
    from indexers.types import WindowQuality

    first = batches[0]
    names = ("loudness_db", "snr_db", "sharpness", "exposure")
    quality = {name: np.concatenate([getattr(one.quality, name) for one in batches]) for name in names}
    return EmbeddingBatch(
        first.recording_id,
        first.space,
        np.concatenate([one.index for one in batches]),
        np.concatenate([one.start_s for one in batches]),
        np.concatenate([one.end_s for one in batches]),
        concatenate([one.embeddings for one in batches], first.space.dim),
        WindowQuality(**quality),
    )
