"""faster-whisper at work: where somebody speaks in a stretch of sound, and what. The only user of that package.

Each run of speech is heard on its own. Joined into windows of 30 s, as faster-whisper does it, few words more are
found, and what is believed of a sneeze is then a matter of who speaks beside it.
"""

import os
import threading
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from indexers.encoders.extras import offline, require
from indexers.encoders.whisper.doubts import Certainty, is_believable
from indexers.encoders.whisper.utterances import UNSPACED
from indexers.types import Floats, Span, Word

SAMPLE_RATE_HZ = 16_000

THRESHOLD = 0.5
"""Of Silero's probability of a voice. It is the authors', and lets pass a ninth of the sounds of `doubts`."""
SHORTEST_RUN_MS = 250
PAUSE_MS = 1_500
"""A longer pause ends a run of speech; what is shorter stays in, so that a sentence keeps its own context."""
LONGEST_RUN_S = 28.0
"""Whisper hears 30 s at a time; longer runs are cut where they pause longest."""
PAD_MS = 300
"""Heard before and after a run: consonants are quieter than what the detector takes for a voice."""
BEAM = 5
"""Hypotheses followed. `tiny.en` takes as long with one, and hears "guest's wife" for "guest Wi-Fi"."""
SKIPPED_S = 2.0
"""Silence around words that look made up, from which on they are left out."""
LANGUAGE_S = 30.0
"""Of speech from which the language is told."""


class Recogniser:
    """A model of Whisper and a detector of voices; loaded when first used.

    Args:
        folder: With a model in CTranslate2's format.
        language: ISO 639-1; None to tell it from the sound.
        name: Of the encoder, for messages.
    """

    def __init__(self, folder: Path, language: str | None, name: str) -> None:
        self._folder = folder
        self._language = language
        self._name = name

    @cached_property
    def _model(self) -> Any:
        whisper, engine = require("faster_whisper", "speech", self._name), require("ctranslate2", "speech", self._name)
        device = "cuda" if engine.get_cuda_device_count() else "cpu"
        kinds = engine.get_supported_compute_types(device)
        wanted = "float16" if device == "cuda" else "int8"
        # By default progress bars, which nobody sees here, share a lock among processes, and a worker that ends is then
        # said to have leaked it.
        require("tqdm", "speech", self._name).tqdm.set_lock(threading.RLock())
        with offline():
            return whisper.WhisperModel(
                str(self._folder),
                device=device,
                compute_type=wanted if wanted in kinds else "default",
                cpu_threads=_threads(),
                local_files_only=True,
            )

    def hear(self, samples: Floats) -> tuple[list[list[Word]], str]:
        """Write down what is said.

        Args:
            samples: Shape (t,), mono, at `SAMPLE_RATE_HZ`.

        Returns:
            The believable words of each run of speech, in time order, without overlaps, and the language.
        """
        runs = self._runs(samples)
        if not runs:
            return [], self._language or "en"
        language = self._language_of(samples, runs)
        heard = []
        until_s = 0.0
        for first, last in runs:
            words = list(self._words(samples[first:last], language, first / SAMPLE_RATE_HZ, until_s))
            if words:
                until_s = words[-1].span.end_s
                heard.append(words)
        return heard, language

    def _runs(self, samples: Floats) -> list[tuple[int, int]]:
        """Return where somebody speaks: first sample and the one after the last."""
        if not len(samples):
            return []
        vad = require("faster_whisper.vad", "speech", self._name)
        options = vad.VadOptions(
            threshold=THRESHOLD,
            min_speech_duration_ms=SHORTEST_RUN_MS,
            max_speech_duration_s=LONGEST_RUN_S,
            min_silence_duration_ms=PAUSE_MS,
            speech_pad_ms=PAD_MS,
        )
        return [(int(run["start"]), int(run["end"])) for run in vad.get_speech_timestamps(samples, options)]

    def _language_of(self, samples: Floats, runs: list[tuple[int, int]]) -> str:
        if self._language is not None or not self._model.model.is_multilingual:
            return self._language or "en"
        longest = sorted(runs, key=lambda run: run[0] - run[1])
        spoken = np.concatenate([samples[first:last] for first, last in longest])[: round(LANGUAGE_S * SAMPLE_RATE_HZ)]
        language, _, _ = self._model.detect_language(spoken)
        return str(language)

    def _words(self, samples: Floats, language: str, start_s: float, until_s: float) -> Iterator[Word]:
        """Yield the believable words of a run that starts at `start_s`; none begins before `until_s`."""
        segments, _ = self._model.transcribe(
            samples,
            language=language,
            beam_size=BEAM,
            temperature=0.0,  # others draw lots, and a slice must give the same twice
            condition_on_previous_text=False,
            word_timestamps=True,
            hallucination_silence_threshold=SKIPPED_S,
        )
        end_s = start_s + len(samples) / SAMPLE_RATE_HZ
        for segment in segments:
            written = _whole(segment.words or (), language)
            mean = float(np.mean([word.probability for word in written])) if written else 0.0
            certainty = Certainty(segment.avg_logprob, segment.no_speech_prob, segment.compression_ratio, mean)
            if not is_believable(certainty, [word.text for word in written]):
                continue
            for word in written:
                first_s = min(end_s, max(until_s, start_s + word.span.start_s))
                until_s = min(end_s, max(first_s, start_s + word.span.end_s))
                yield Word(Span(first_s, until_s), word.text, word.probability)


def _whole(parts: Iterable[Any], language: str) -> list[Word]:
    """Return words as they are written: faster-whisper has "Wi" and "-Fi", of which only the first begins with a space.

    Where a language puts no spaces, its parts of words stay.
    """
    words: list[Word] = []
    for part in parts:
        text = part.word.strip()
        if not text:
            continue
        start_s, end_s = float(part.start), max(float(part.start), float(part.end))
        if words and not part.word[0].isspace() and language not in UNSPACED:
            before = words.pop()
            text, start_s = before.text + text, before.span.start_s
            words.append(
                Word(Span(start_s, max(start_s, end_s)), text, min(before.probability, float(part.probability)))
            )
        else:
            words.append(Word(Span(start_s, end_s), text, float(part.probability)))
    return words


def _threads() -> int:
    """Return how many threads compute: one, as workers are processes, unless `OMP_NUM_THREADS` says otherwise."""
    asked = os.environ.get("OMP_NUM_THREADS", "")
    return max(1, int(asked)) if asked.isdecimal() else 1
