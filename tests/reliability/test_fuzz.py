"""Sixty spoiled recordings and three good ones, in one run. Thousands: `python -m benchmarks fuzz`."""

from itertools import islice
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.fuzz import fate_of, fuzz, report
from benchmarks.mutations import MUTATIONS, Source, mutants
from tests.media import RecordingOptions, Tone, make_recording

TONES = (Tone(0, 2, 440.0),)
MADE = {
    "a.mp4": RecordingOptions(seconds=2, tones=TONES, b_frames=2),
    "a.mov": RecordingOptions(seconds=2, tones=TONES, audio_codec="pcm_s16le", layout="stereo", rotation_deg=90),
    "a.mkv": RecordingOptions(seconds=2, tones=TONES, audio_codec="flac"),
    "a.ts": RecordingOptions(seconds=2, tones=TONES),
    "a.flv": RecordingOptions(seconds=2, tones=TONES),
    "a.avi": RecordingOptions(seconds=2, tones=TONES, video_codec="mpeg4", audio_codec="mp3", layout="stereo"),
    "a.wav": RecordingOptions(seconds=2, tones=TONES, colours=(), audio_codec="pcm_s16le", layout="7.1"),
    "a.flac": RecordingOptions(seconds=2, tones=TONES, colours=(), audio_codec="flac"),
}


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> list[Source]:
    """Return recordings to spoil."""
    folder = tmp_path_factory.mktemp("sources")
    return [Source(name, make_recording(folder / name, options).read_bytes()) for name, options in MADE.items()]


def test_spoiled_files_end_no_run_and_keep_no_good_file_out(sources: list[Source], tmp_path: Path) -> None:
    tally = fuzz(sources, tmp_path, files=60, seed=6, keep=tmp_path / "found")
    assert (tally.good_indexed, tally.good) == (3, 3)
    assert tally.is_sound, tally.found
    fates = [fate for counts in tally.fates.values() for fate in counts.elements()]
    assert len(fates) == 60
    assert {"indexed", "refused"} <= set(fates), "some are usable in spite of it, some are not"
    assert "| all | 60 |" in report(tally, 60, 6, len(sources)).markdown()


def test_the_same_seed_makes_the_same_files(sources: list[Source]) -> None:
    some, same, others = (list(islice(mutants(sources, seed=seed), 40)) for seed in (1, 1, 2))
    assert some == same
    assert some != others
    assert {one.kind for one in some} == set(MUTATIONS)
    originals = {source.data for source in sources}
    assert sum(one.data in originals for one in some) <= 4, "few escape unspoiled"


@given(st.sampled_from(sorted(MUTATIONS)), st.binary(min_size=1, max_size=3_000), st.integers(0, 1_000))
def test_any_file_can_be_spoiled(kind: str, data: bytes, seed: int) -> None:
    sources = [Source("a", data), Source("b", b"moov" + data)]
    for source in sources:
        spoiled = MUTATIONS[kind](source.data, Random(seed), sources)
        assert isinstance(spoiled, bytes)
        if kind in ("flipped bits", "flipped header bits", "zeroed ranges", "edited header", "exchanged names"):
            assert len(spoiled) == len(source.data)


@pytest.mark.parametrize(
    ("failure", "fate"),
    [
        (None, "indexed"),
        ("it is empty; copy it from the camera again", "refused"),
        ("decoding it from 0 s on crashed a worker process (SIGSEGV); convert it", "crashed"),
        ("opening it took longer than 60 s; convert it", "too long"),
        ("opening it took more than 1,000 MB of memory; check that it plays elsewhere", "too much memory"),
        ("indexing it failed (IndexError: 3); leave it out, and report this as a bug", "unforeseen"),
    ],
)
def test_what_became_of_a_file_is_read_from_its_failure(failure: str | None, fate: str) -> None:
    assert fate_of(failure) == fate
