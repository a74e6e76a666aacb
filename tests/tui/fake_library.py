"""A library that answers from a list: what is asked for is what a moment's words contain."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from egosearch.catalog.levels import SoundLevels
from egosearch.errors import EgosearchError
from egosearch.types import Answer, Curve, Evidence, FailedFile, Moment, Query, RecordingSummary
from indexers.types import Modality, Span

WHEN = datetime(2026, 11, 21, 14, 2, 31, tzinfo=UTC)
DURATION_S = 600.0


def moment(name: str, start_s: float, heard: tuple[str, ...], seen: tuple[str, ...], confidence: float) -> Moment:
    """Return a moment of four seconds, heard first and seen 2.1 seconds later."""
    span = Span(start_s, start_s + 4.0)
    audio = Evidence(Modality.AUDIO, span, 0.8, 6.2, 0.92, 0.0, heard)
    visual = Evidence(Modality.VISUAL, Span(start_s + 2.1, start_s + 5.1), 0.4, 3.1, 0.2, 2.1, seen)
    return Moment(name, Path("/recordings") / name, span, WHEN, confidence * 10, confidence, (audio, visual))


MOMENTS = (
    moment("kitchen.mp4", 65.0, ("alarm clock", "beep"), ("oven", "stove"), 0.87),
    moment("garden.mp4", 12.5, ("alarm", "dog barking"), ("lawn mower",), 0.61),
    moment("kitchen.mp4", 300.0, ("alarm", "water tap"), ("sink",), 0.42),
)
NEAR = (moment("garden.mp4", 200.0, ("wind",), ("tree",), 0.07),)


@dataclass
class FakeLibrary:
    """Has the verbs of `egosearch.library.Library` that the browser uses."""

    path: Path = Path("/library")
    moments: tuple[Moment, ...] = MOMENTS
    near_misses: tuple[Moment, ...] = NEAR
    names: tuple[str, ...] = ("kitchen.mp4", "garden.mp4")
    error: EgosearchError | None = None
    """Raised by every search."""
    picture_error: Exception | None = None
    asked: list[str] = field(default_factory=list)
    """The texts searched for."""

    def answer(self, query: Query) -> Answer:
        self.asked.append(query.text)
        if self.error:
            raise self.error
        found = tuple(m for m in self.moments if any(query.text in word for one in m.evidence for word in one.words))
        return Answer(query, found, () if found else self.near_misses)

    def curves(self, query: Query, recording_id: str) -> Mapping[str, Curve]:
        times = np.arange(0.0, DURATION_S)
        starts = [m.span.start_s for m in self.moments + self.near_misses if m.recording_id == recording_id]
        hills = sum((np.exp(-(((times - start) / 6) ** 2)) for start in starts), np.zeros(len(times)))

        def curve(peak: float) -> Curve:
            return Curve(tuple(times.tolist()), tuple((hills * peak + 0.2).tolist()))

        return {"audio": curve(6.0), "visual": curve(3.0), "fused": curve(4.5)}

    def recordings(self) -> list[RecordingSummary]:
        return [
            RecordingSummary(
                name,
                Path("/recordings") / name,
                DURATION_S,
                10_000,
                WHEN,
                None,
                True,
                True,
                DURATION_S / (1 + i),
                i == 0,
            )
            for i, name in enumerate(self.names)
        ]

    def failures(self) -> list[FailedFile]:
        return [FailedFile(Path("/recordings/broken.mp4"), "it holds neither sound nor picture", "leave it out")]

    def picture(self, recording_id: str, time_s: float, *, short_side_px: int = 180) -> NDArray[np.uint8] | None:
        if self.picture_error:
            raise self.picture_error
        rows, columns = np.mgrid[0:short_side_px, 0 : short_side_px * 16 // 9]
        sky = np.stack([columns * 0.4, 80 + rows * 0.4, 220 - rows * 0.8], axis=2)
        disc = (rows - 90) ** 2 + (columns - 80) ** 2 < 40**2
        sky[disc] = (250, 210, 60)
        rgb: NDArray[np.uint8] = np.clip(sky, 0, 255).astype(np.uint8)
        return rgb

    def sound_levels(self, recording_id: str) -> SoundLevels | None:
        time_s = np.arange(int(DURATION_S * 50)) / 50
        levels = -50 + 8 * np.sin(time_s * 2)
        for one in self.moments:
            if one.recording_id == recording_id:
                levels[(time_s >= one.span.start_s) & (time_s < one.span.end_s)] += 35
        return SoundLevels(0.02, levels.astype(np.float32))
