"""The default encoders: a window is described by how strongly each concept is heard or seen in it.

Probabilities are stored on a logarithmic scale, so that 0.05 where there is usually nothing counts, and 0.9 does not
count eighteen times as much. What is below `FLOOR` is not stored: the rows are sparse.
"""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexers.base import PictureInput, SoundInput
from indexers.embeddings import SparseRows
from indexers.encoders.concepts import logmel
from indexers.encoders.concepts.text import concept_weights, leaning, similarities
from indexers.encoders.concepts.vocabulary import Vocabulary, load_vocabulary
from indexers.encoders.runtime import open_session, weights_digest
from indexers.types import Clip, EmbeddingSpace, Modality

Floats = NDArray[np.float32]

FLOOR = 0.01
"""Probabilities at or below it are not kept: a fraction of the bytes, and on the bench the same recall."""
KNEE = 0.01
"""Where the scale turns from linear to logarithmic. From 0.001 to 0.05 the bench did not tell them apart."""
OBJECT_WEIGHT = 0.4
"""A detector's concept against a classifier's of the same similarity. At 1 its false alarms outvote the classifier."""
CLASSIFIER_PIXELS = 182_000
"""569 x 320, or 427 x 427: 25 ms a picture. Smaller loses what is one thing among many, larger costs in proportion."""
DETECTOR_NOISE = 0.25
"""The best of 2,000 places is often at this for something that is not there: a book in every kitchen."""
DETECTOR_LONG_SIDE_PX = 416
DETECTOR_STEP_PX = 32
DARK_CORNER = 10
"""Mean luma of 255 up to which a corner counts as black."""
PATCHES = 8
"""Windows of sound that the network sees at once: 32 are no faster and take 40 MB more."""
LEAN = 0.4
"""How far the wording moves the affinities apart. From 0.3 to 0.7 the bench did not tell them apart; 0 is worse."""


def strength(probability: Floats) -> Floats:
    """Put probabilities on the stored scale: 0 for 0, 1 for 1, 0.5 for about 0.09."""
    scaled: Floats = np.log1p(probability / KNEE) / np.float32(np.log1p(1 / KNEE))
    return np.where(probability > FLOOR, scaled, np.float32(0))


class _ConceptSpace:
    """What the two encoders share: words, and queries as weights over concepts."""

    def __init__(self, kind: str, *, lean: float) -> None:
        self._kind = kind
        self._lean = lean

    @property
    def _vocabulary(self) -> Vocabulary:
        return load_vocabulary(self._kind)

    def encode_text(self, texts: Sequence[str]) -> SparseRows:
        """Return one row a text: weights over concepts that sum to 1."""
        return SparseRows.from_dense(np.stack([concept_weights(text, self._vocabulary) for text in texts]), above=0)

    def affinity(self, text: str) -> float:
        """Say how well this space can express a text, from 0 to about 1.

        The best cosine with a concept, about 0.3 for nothing in common, moved by whether the words speak of hearing or
        of seeing.
        """
        covered = float(similarities(text, self._vocabulary).max())
        return max(0.0, covered + self._lean * leaning(text))

    def words(self, row: Floats, limit: int) -> list[tuple[str, float]]:
        """Name the strongest concepts of a row, each name once."""
        named: dict[str, float] = {}
        for i in np.argsort(-row, kind="stable")[: 2 * limit]:
            if row[i] > 0:
                named.setdefault(self._vocabulary.concepts[i].name, float(row[i]))
        return list(named.items())[:limit]


class SoundConcepts(_ConceptSpace):
    """Windows of 0.975 s every 0.48 s, by YAMNet: 521 sounds."""

    input = SoundInput(sample_rate_hz=logmel.SAMPLE_RATE_HZ)

    def __init__(self) -> None:
        super().__init__("sounds", lean=LEAN)

    @cached_property
    def space(self) -> EmbeddingSpace:
        """The space of sounds."""
        return EmbeddingSpace(
            modality=Modality.AUDIO,
            model="concepts",
            weights_digest=weights_digest("yamnet.onnx"),
            preprocessing="logmel64-boosted-1",
            window_s=0.975,  # 96 frames every 10 ms, the last one 25 ms long
            hop_s=0.48,
            dim=521,
            layout="sparse",
            distance="dot",
        )

    @cached_property
    def _session(self) -> Any:
        return open_session("yamnet.onnx")

    def encode(self, clips: Sequence[Clip]) -> SparseRows:
        """Tag windows of sound; one shorter than a window, at the end of a recording, is filled up with silence."""
        needed = round(self.space.window_s * logmel.SAMPLE_RATE_HZ)
        patches = np.empty((len(clips), logmel.PATCH_FRAMES, logmel.MEL_BANDS), np.float32)
        for patch, clip in zip(patches, clips, strict=True):
            if clip.samples is None:
                raise ValueError("a window of sound without samples")
            samples = clip.samples[:needed]
            if len(samples) < needed:
                samples = np.pad(samples, (0, needed - len(samples)))
            patch[:] = _boosted(logmel.log_mel(samples)[: logmel.PATCH_FRAMES])
        rows = [np.zeros((0, self.space.dim), np.float32)]
        for first in range(0, len(patches), PATCHES):
            (probabilities,) = self._session.run(["probabilities"], {"patches": patches[first : first + PATCHES]})
            rows.append(probabilities)
        return SparseRows.from_dense(strength(np.concatenate(rows)), above=0)

    def close(self) -> None:
        """Release the network."""
        self.__dict__.pop("_session", None)


def _boosted(log_mel: Floats) -> Floats:
    """Amplify a quiet window, shape (96, 64), so that the offset in the logarithm does not swallow it.

    People hear a cough across the room; the network was trained on louder recordings. Up to 12 dB towards the level of
    those, never down: on the bench the right event's rank improves by a seventh, on ESC-10 nothing changes.
    """
    mel = np.exp(log_mel) - np.float32(logmel.LOG_OFFSET)
    loudest = np.percentile(mel.mean(axis=1), 95)
    gain = np.clip(BOOST_TOWARDS / max(float(loudest), 1e-6), 1, MAX_BOOST)
    boosted: Floats = np.log(mel * np.float32(gain) + np.float32(logmel.LOG_OFFSET))
    return boosted


BOOST_TOWARDS = 0.4
"""Mean mel magnitude of a window's loud frames, about -27 dBFS."""
MAX_BOOST = 4.0


class SightConcepts(_ConceptSpace):
    """A picture a second, in three views joined into 1,080 concepts.

    The first 1,000 are ImageNet's: the mean of the frame taken as a whole, which names a scene or a thing that fills
    it, and of the best place in it, which finds what is one thing among many. The last 80 are COCO's, found by a
    detector as small as a cup on a table.
    """

    input = PictureInput(pixels=2 * CLASSIFIER_PIXELS)  # twice, for the middle of a fisheye frame

    def __init__(self) -> None:
        super().__init__("sights", lean=-LEAN)

    @cached_property
    def space(self) -> EmbeddingSpace:
        """The space of sights."""
        return EmbeddingSpace(
            modality=Modality.VISUAL,
            model="concepts",
            weights_digest=weights_digest("efficientnet-lite2.onnx", "nanodet.onnx"),
            preprocessing="whole+dense+objects+bridged-3",  # how windows between key frames are bridged: `seeing`
            window_s=1.0,
            hop_s=1.0,
            dim=1080,
            layout="sparse",
            distance="dot",
        )

    @cached_property
    def _sessions(self) -> tuple[Any, Any]:
        return open_session("efficientnet-lite2.onnx"), open_session("nanodet.onnx")

    def encode_text(self, texts: Sequence[str]) -> SparseRows:
        """Return one row a text, the detector's concepts counting less: it is the view most often wrong.

        The rows are brought half way back to a sum of 1: what only the detector knows ("reading a book") stays worth
        less, what the classifier knows as well loses little.
        """
        weights = np.stack([concept_weights(text, self._vocabulary) for text in texts])
        weights[:, 1000:] *= OBJECT_WEIGHT
        return SparseRows.from_dense(weights / np.sqrt(weights.sum(axis=1, keepdims=True)), above=0)

    def encode(self, clips: Sequence[Clip]) -> SparseRows:
        """Describe pictures; a window of several is described by the middle one."""
        rows = [self._describe(clip.pictures[len(clip.pictures) // 2]) for clip in clips]
        return SparseRows.from_dense(strength(np.reshape(rows, (-1, 1080)).astype(np.float32)), above=0)

    def _describe(self, rgb: NDArray[np.uint8]) -> Floats:
        """Return shape (1080,), probabilities."""
        classifier, detector = self._sessions
        lit = without_dark_corners(rgb)
        whole, dense = classifier.run(["whole", "dense"], {"pictures": _for_classifier(lit)[None]})
        (objects,) = detector.run(["objects"], {"pictures": _for_detector(lit)[None]})
        seen = np.maximum(0, objects[0] - DETECTOR_NOISE) / (1 - DETECTOR_NOISE)
        return np.concatenate([(whole[0] + dense[0]) / 2, seen]).astype(np.float32)

    def close(self) -> None:
        """Release the networks."""
        self.__dict__.pop("_sessions", None)


def without_dark_corners(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Keep the middle of a fisheye frame, (h, w, 3): the largest rectangle of its proportions inside the lens's circle.

    Where all four corners are black and the middle is not, the lens drew a circle. Left in, its edge reads as a stage
    with its curtain: on a kitchen filmed so the classifier says *theater curtain* and *home theater*.
    """
    height, width = rgb.shape[:2]
    side = max(1, min(height, width) // 12)
    corners = (rgb[:side, :side], rgb[:side, -side:], rgb[-side:, :side], rgb[-side:, -side:])
    if max(corner.mean() for corner in corners) > DARK_CORNER or rgb.mean() < 4 * DARK_CORNER:
        return rgb
    top, left = round(height * (1 - 0.5**0.5) / 2), round(width * (1 - 0.5**0.5) / 2)
    return np.ascontiguousarray(rgb[top : height - top, left : width - left])


def _for_classifier(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Scale a picture (h, w, 3) down to the classifier's area; smaller ones stay."""
    height, width = rgb.shape[:2]
    scale = (CLASSIFIER_PIXELS / (height * width)) ** 0.5
    return _resized(rgb, round(width * scale), round(height * scale)) if scale < 1 else rgb


def _for_detector(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Scale a picture (h, w, 3) for the detector: long side 416, both sides multiples of 32."""
    height, width = rgb.shape[:2]
    scale = DETECTOR_LONG_SIDE_PX / max(height, width)
    sides = [max(1, round(side * scale / DETECTOR_STEP_PX)) * DETECTOR_STEP_PX for side in (width, height)]
    return _resized(rgb, sides[0], sides[1])


def _resized(rgb: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    from PIL import Image

    return np.asarray(Image.fromarray(rgb).resize((width, height), Image.Resampling.BILINEAR))
