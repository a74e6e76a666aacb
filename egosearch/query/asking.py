"""What a query asks of each sense: weights over the dimensions of its space, from words, examples, or both.

Words go through the encoder of the space. An example is encoded as a window of a recording is, and in a space of
concepts then becomes weights like those of words. What stands out in it does, measured as scores are (see `curves`):

    z[c] = (v[c] - mean[c]) / (deviation[c] + DEVIATION_FLOOR) ** WHITENING
    w[c] = z[c] ** SHARPNESS / sum over the KEPT strongest of theirs, where z[c] > 0; 0 for all others

so the weights are positive and sum to 1, and a score against them means what one against words does. A window that is
the example scores the mean of its z by these weights. In a dense space the vector itself is asked for, at length 1.

Worked example: concepts (bell, speech), means (0, 0.4), deviations (0.07, 0.31), so the divisors are 0.4 and 0.632. A
window that shows both at 0.8 has z = (2, 0.632) and asks for them as 16 to 0.16: weights (0.99, 0.01), though both were
heard alike. Speech is heard everywhere here.

Of speech words are also asked for as such (see `speaking`); an example of it is what is said there, by its meaning.

A sense that is asked nothing is not searched: a picture asks nothing of the ear. Where several things are asked of a
sense, words and an example or two examples, it is asked for their mean.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from egosearch.errors import QueryError, SpaceMismatchError
from egosearch.query.curves import background, whitened
from egosearch.query.likeness import Source, source
from egosearch.query.speaking import Terms, terms_of
from egosearch.query.trust import AFFINITY_WIDTH
from egosearch.scan import Scan, SpaceMatrix
from egosearch.types import Place, Query
from indexers.base import Encoder, PictureInput, SoundInput
from indexers.encoders import load_encoder
from indexers.errors import MediaError
from indexers.quality import sound_levels, window_sound_quality
from indexers.types import Clip, EmbeddingSpace, Modality, Span
from indexers.windows import window_indices

Floats = NDArray[np.float32]

KEPT = 12
"""Concepts that an example asks for; words ask for 8. An example shows more than one thing, and a scan costs by the
concept."""
SHARPNESS = 4.0
"""From 1 to 4 an ESC-10 sound finds the others of its class alike (mAP 0.89, 140 sounds). At 1 a window scores 1.4
against itself (median), at 4 it scores 2.0; sounds of the class score 2.1 against its name."""
MOST_SOUND_S = 30.0
"""Of an example of sound, so much is listened to: its loudest windows."""
LOUD_DB = 20.0
"""Windows that are fainter than the loudest by more are pauses, which the example is not about: with them the mAP above
is 0.84. Their mean is asked for; the highest of each concept finds no more, and scores 1.4 against itself."""


@dataclass(frozen=True, eq=False)
class Asked:
    """What is asked of one space."""

    weights: Floats
    """Shape (dim,)."""
    affinity: float
    """How well the space can express it, from 0 to about 1."""
    terms: Terms | None = None
    """Of speech, the words asked for; None where an example says what is."""


def asked_of(query: Query, scan: Scan, matrices: Sequence[SpaceMatrix]) -> Mapping[Modality, Asked]:
    """Return what a query asks of the senses that are searched; of some perhaps nothing.

    Args:
        query: What is asked; what follows it, and what must not be there, is left aside.
        scan: For the place that more like it is wanted of.
        matrices: The senses that are searched.

    Raises:
        QueryError: An example cannot be read, or asks nothing of any of the senses.
    """
    asked: dict[Modality, list[Asked]] = {}
    for matrix in matrices:
        if query.text.strip():
            asked.setdefault(matrix.space.modality, []).append(in_words(query.text, matrix.space))
    for path, sense in ((query.image, Modality.VISUAL), (query.sound, Modality.AUDIO)):
        if path is not None and matrices:
            asked.setdefault(sense, []).append(_example(path, _matrix_of(sense, matrices)))
    if query.like is not None and matrices:
        for sense, more in _like(query.like, scan, matrices).items():
            asked.setdefault(sense, []).append(more)
    return {
        sense: Asked(
            np.mean([one.weights for one in several], axis=0, dtype=np.float32),
            float(np.mean([one.affinity for one in several])),
            next((one.terms for one in several if one.terms is not None), None),
        )
        for sense, several in asked.items()
    }


def in_words(text: str, space: EmbeddingSpace) -> Asked:
    """Return what a text asks of a space."""
    return Asked(*_encoded(text, space), terms_of(text) if space.modality is Modality.SPEECH else None)


@lru_cache(maxsize=256)
def _encoded(text: str, space: EmbeddingSpace) -> tuple[Floats, float]:
    encoder = encoder_of(space)
    return encoder.encode_text([text]).dense()[0], encoder.affinity(text)


def surprising(vector: Floats, matrix: SpaceMatrix) -> Floats:
    """Turn what a window shows into weights, as an example of what is wanted; see the module's docstring.

    Args:
        vector: Shape (dim,), as a window's.
        matrix: The library's windows in that space.

    Returns:
        Shape (dim,): in a space of concepts at most `KEPT` above 0, summing to 1, and none where nothing stands out; in
        a dense one of length 1.
    """
    if matrix.space.layout == "dense":
        return (vector / max(float(np.linalg.norm(vector)), 1e-9)).astype(np.float32)
    mean, _ = background(matrix)
    z = np.maximum(0, whitened(matrix, vector - mean)).astype(np.float64)
    top = np.argsort(-z, kind="stable")[:KEPT]
    weights = np.zeros(len(z), dtype=np.float64)
    strongest = float(z[top].max(initial=0))
    if strongest <= 0:
        return weights.astype(np.float32)
    weights[top] = (z[top] / strongest) ** SHARPNESS  # in relation to the strongest, so that nothing is rounded to 0
    return np.asarray(weights / weights.sum(), np.float32)


def sources(place: Place, scan: Scan, matrices: Sequence[SpaceMatrix]) -> dict[Modality, Source]:
    """Return what each sense has at a place, without the senses that have nothing clear there, unless none has.

    Raises:
        QueryError: There is no such place, or nothing is indexed there.
    """
    if place.recording_id not in scan.durations_s:
        raise QueryError(f"no recording has the id {place.recording_id!r}; `egosearch recordings` lists them")
    duration_s = scan.durations_s[place.recording_id]
    if not 0 <= place.time_s < duration_s:
        raise QueryError(
            f"the recording goes from 0 to {duration_s:.1f} s, {place.time_s:g} s is not in it; name a time within it"
        )
    there = {matrix.space.modality: source(scan, matrix, place) for matrix in matrices}
    there = {sense: one for sense, one in there.items() if len(one.windows)}
    if not there:
        raise QueryError(
            f"nothing of what is searched is indexed at {place.time_s:g} s; name another time, or index it"
        )
    return {sense: one for sense, one in there.items() if one.is_clear} or there


def _like(place: Place, scan: Scan, matrices: Sequence[SpaceMatrix]) -> dict[Modality, Asked]:
    """Return what a place asks for: what its windows show on average, in each sense that has something there."""
    asked = {}
    by_sense = {matrix.space.modality: matrix for matrix in matrices}
    for sense, there in sources(place, scan, matrices).items():
        matrix = by_sense[sense]
        shown = matrix.rows.take(there.windows).dense().mean(axis=0)
        # So that `trust.expressible` weighs the senses in proportion to how clear they are there.
        affinity = 1 + AFFINITY_WIDTH * float(np.log(max(there.clarity, 1e-3)))
        asked[sense] = Asked(surprising(shown, matrix), affinity)
    return _standing_out(asked, f"what is there at {place.time_s:g} s")


def _matrix_of(sense: Modality, matrices: Sequence[SpaceMatrix]) -> SpaceMatrix:
    for matrix in matrices:
        if matrix.space.modality is sense:
            return matrix
    example, others = {
        Modality.VISUAL: ("a picture asks nothing of the ear", "a sound"),
        Modality.AUDIO: ("a sound asks nothing of the eye", "a picture"),
    }[sense]
    raise QueryError(f"{example}, and no {sense} is searched here; ask with words or {others}, or search {sense} too")


def _example(path: Path, matrix: SpaceMatrix) -> Asked:
    """Return what a file asks of its sense.

    Raises:
        QueryError: The file cannot be read, or holds nothing of the sense.
    """
    path = path.expanduser()
    try:
        changed = path.stat().st_mtime_ns if path.exists() else 0
        asked = Asked(surprising(_shown(path, changed, matrix.space), matrix), 1.0)
    except MediaError as error:
        raise QueryError(str(error)) from error
    except OSError as error:
        raise QueryError(f"{path} cannot be read ({error.strerror}); check the path") from error
    return _standing_out({matrix.space.modality: asked}, str(path))[matrix.space.modality]


def _standing_out(asked: dict[Modality, Asked], example: str) -> dict[Modality, Asked]:
    """Leave out the senses to which an example is like everything else in the library.

    Raises:
        QueryError: It is so to all of them.
    """
    telling = {sense: one for sense, one in asked.items() if one.weights.any()}
    if not telling:
        raise QueryError(f"nothing stands out in {example} from the rest of this library; choose another example")
    return telling


@lru_cache(maxsize=64)
def _shown(path: Path, changed: int, space: EmbeddingSpace) -> Floats:  # noqa: ARG001 - a file that changed is read again
    """Return what a file shows, as the windows of a recording do, shape (dim,)."""
    from indexers.media.example import read_picture, read_sound

    encoder = encoder_of(space)
    if isinstance(encoder.input, PictureInput):
        rgb = read_picture(path, encoder.input.pixels)
        clips = [Clip(Span(0.0, space.window_s), pictures=(rgb,))]
    elif isinstance(encoder.input, SoundInput):
        clips = _loudest(read_sound(path, encoder.input.sample_rate_hz), encoder.input, space)
    else:
        raise QueryError(f"no file can be an example of {space.modality}; ask with words")
    return np.asarray(encoder.encode(clips).dense().mean(axis=0), np.float32)


def _loudest(samples: Floats, wanted: SoundInput, space: EmbeddingSpace) -> list[Clip]:
    """Cut a sound into windows as a recording is cut, and keep the loudest, in the order of time."""
    rate_hz = wanted.sample_rate_hz
    until_s = len(samples) / rate_hz
    index = window_indices(0.0, until_s, hop_s=space.hop_s, window_s=space.window_s, until_s=until_s)
    starts_s = np.asarray(index * space.hop_s, np.float64)
    ends_s = np.asarray(np.minimum(starts_s + space.window_s, until_s), np.float64)
    levels_db = sound_levels(samples, rate_hz)
    loudness_db, _ = window_sound_quality(levels_db, np.zeros_like(levels_db), starts_s, ends_s)
    loudest = np.argsort(-loudness_db, kind="stable")[: max(1, round(MOST_SOUND_S / space.hop_s))]
    kept = np.sort(loudest[loudness_db[loudest] >= loudness_db.max() - LOUD_DB])
    length = round(space.window_s * rate_hz)
    firsts = np.round(starts_s * rate_hz).astype(np.int64)
    return [
        Clip(Span(float(starts_s[i]), float(ends_s[i])), samples=samples[firsts[i] : firsts[i] + length]) for i in kept
    ]


def encoder_of(space: EmbeddingSpace) -> Encoder:
    """Return the encoder that made a space.

    Raises:
        SpaceMismatchError: The installed one makes another space.
    """
    encoder = load_encoder(space.model, space.modality)
    if encoder.space != space:
        raise SpaceMismatchError(
            f"the library's {space.modality} windows were made by another version of {space.model}; `egosearch index`"
            " makes them anew beside the old ones, or `egosearch spaces use` chooses another encoder"
        )
    return encoder
