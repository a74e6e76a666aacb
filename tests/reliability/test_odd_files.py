"""What is made of recordings that are not as cameras usually make them. All are indexed in one run, beside bad ones."""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from egosearch.indexing.types import IndexOptions, IndexReport
from egosearch.library import Library
from egosearch.types import RecordingSummary, Where
from indexers.types import Modality, Span
from tests.doctored import ENTRY, box, found, make_wav, replaced
from tests.media import (
    AUDIO_FRAME,
    BLACK,
    BLUE,
    GREEN,
    RED,
    VIDEO_CLOCK,
    RecordingOptions,
    Tone,
    make_recording,
)

TOYS = {Modality.AUDIO: "toy", Modality.VISUAL: "toy"}
LOW, HIGH = 200.0, 1_500.0
TENTHS = tuple(k / 10 for k in range(40))


def steady(path: Path) -> None:
    """Red, green, blue, yellow; a second each."""
    make_recording(path, RecordingOptions())


def with_varying_rate(path: Path) -> None:
    times_s = (*(k / 30 for k in range(30)), 1.0, 1.7, *(2 + k / 5 for k in range(10)))
    make_recording(path, RecordingOptions(has_audio=False, frame_times_s=times_s))


def rotated(path: Path) -> None:
    make_recording(path, RecordingOptions(rotation_deg=90))


def with_late_sound(path: Path) -> None:
    make_recording(path, RecordingOptions(audio_start_s=2.5, tones=(Tone(2.5, 4, HIGH),)))


def without_sound(path: Path) -> None:
    make_recording(path, RecordingOptions(has_audio=False))


def without_pictures(path: Path) -> None:
    make_recording(path, RecordingOptions(colours=(), tones=(Tone(1, 2, HIGH),)))


def with_times_that_jump(path: Path) -> None:
    times_s = (*TENTHS[:20], *(3_600 + time_s for time_s in TENTHS[:20]))
    make_recording(path, RecordingOptions(has_audio=False, frame_times_s=times_s))


def with_times_before_zero(path: Path) -> None:
    write_frames(path, [time_s - 2 for time_s in TENTHS])


def with_times_that_repeat(path: Path) -> None:
    write_frames(path, [k // 5 / 2 for k in range(40)])


def with_times_that_go_back(path: Path) -> None:
    """Two recordings of two seconds each, one after the other in a file, as `cat` joins them."""
    made = [
        make_recording(path.with_name(f"{number}.ts"), RecordingOptions(seconds=2, colours=colours))
        for number, colours in enumerate([(RED, GREEN), (BLUE, BLACK)])
    ]
    path.write_bytes(b"".join(one.read_bytes() for one in made))
    for one in made:
        one.unlink()


def with_two_sounds(path: Path) -> None:
    write_sounds(path, {LOW: False, HIGH: True})


def with_two_sounds_of_one_rank(path: Path) -> None:
    write_sounds(path, {LOW: False, HIGH: False})


def with_thirty_channels(path: Path) -> None:
    make_wav(path, channels=30)


def with_empty_packets(path: Path) -> None:
    write_frames(path, list(TENTHS), is_lost=lambda k: k % 10 == 5)


def write_frames(path: Path, times_s: list[float], *, is_lost: Callable[[int], bool] = lambda _: False) -> None:
    """Write frames, every tenth a key frame, each packet with the very time that is given."""
    options = RecordingOptions()
    with av.open(str(path), "w", options={"avoid_negative_ts": "disabled"}) as output:
        stream = output.add_stream("libx264", rate=10)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        stream.codec_context.time_base, stream.codec_context.gop_size = VIDEO_CLOCK, 10
        stream.codec_context.options = {"preset": "ultrafast", "tune": "zerolatency"}
        for number, time_s in enumerate(times_s):
            rgb = np.full((48, 64, 3), options.colours[number // 10], np.uint8)
            frame = av.VideoFrame.from_ndarray(rgb, "rgb24").reformat(format="yuv420p")
            frame.pts, frame.time_base = number * 1280, VIDEO_CLOCK
            for packet in stream.encode(frame):
                written = packet
                if is_lost(number):
                    written = av.Packet(b"")
                    written.stream, written.time_base = stream, packet.time_base
                written.pts = written.dts = round(time_s / VIDEO_CLOCK)
                output.mux(written)


def write_sounds(path: Path, tracks: dict[float, bool]) -> None:
    """Write tracks of a tone each, and whether it is the one to play by default."""
    times = np.arange(2 * 48_000) / 48_000
    with av.open(str(path), "w") as output:
        streams = []
        for is_default in tracks.values():
            stream = output.add_stream("aac", rate=48_000, layout="mono")
            assert isinstance(stream, av.AudioStream)
            stream.disposition = av.stream.Disposition.default if is_default else av.stream.Disposition(0)
            streams.append(stream)
        for at in range(0, len(times), AUDIO_FRAME):
            for stream, frequency_hz in zip(streams, tracks, strict=True):
                tone = 0.5 * np.sin(2 * np.pi * frequency_hz * times[None, at : at + AUDIO_FRAME])
                frame = av.AudioFrame.from_ndarray(tone.astype(np.float32), "fltp", "mono")
                frame.sample_rate, frame.pts, frame.time_base = 48_000, at, Fraction(1, 48_000)
                output.mux(stream.encode(frame))
        for stream in streams:
            output.mux(stream.encode(None))


GOOD: dict[str, Callable[[Path], None]] = {
    "steady.mp4": steady,
    "varying rate.mp4": with_varying_rate,
    "rotated.mp4": rotated,
    "late sound.mp4": with_late_sound,
    "no sound.mp4": without_sound,
    "sound only.m4a": without_pictures,
    "no pictures.mp4": without_pictures,
    "jump.mkv": with_times_that_jump,
    "jump.ts": with_times_that_jump,
    "below zero.mkv": with_times_before_zero,
    "below zero.mp4": with_times_before_zero,
    "repeating.mkv": with_times_that_repeat,
    "back.ts": with_times_that_go_back,
    "two sounds.mkv": with_two_sounds,
    "two equal sounds.mkv": with_two_sounds_of_one_rank,
    "thirty channels.wav": with_thirty_channels,
    "empty packets.mkv": with_empty_packets,
}
BAD: dict[str, tuple[bytes, str]] = {
    "empty.mp4": (b"", "it is empty"),
    "text.mp4": (b"hello world\n", "it is not a media file"),
    "playlist.mp4": (b"ffconcat version 1.0\nfile steady.mp4\n", "it is a playlist"),
    "picture.mp4": (b"\x89PNG\r\n\x1a\n" + bytes(100), "it is a picture"),
    "noise.mkv": (np.random.default_rng(1).bytes(20_000), "it is not a media file"),
}


@dataclass(frozen=True, eq=False)
class Run:
    """What came of the one run."""

    library: Library
    folder: Path
    report: IndexReport

    def recording(self, name: str) -> RecordingSummary:
        return self.library.find(str(self.folder / name))

    def best(self, name: str, what: str) -> Span | None:
        """Return when something is seen or heard in a recording, where it is."""
        where = Where(recording_ids=frozenset({self.recording(name).recording_id}))
        moments = self.library.search(what, where=where, limit=1, min_confidence=0.0)
        return moments[0].span if moments else None

    def shows(self, name: str, what: str, start_s: float, end_s: float) -> bool:
        """Whether that is in this span, give or take a window."""
        span = self.best(name, what)
        return span is not None and start_s - 1 <= span.start_s and span.end_s <= end_s + 1 and span.end_s > start_s


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """Index all of them in one run."""
    folder = tmp_path_factory.mktemp("odd")
    for name, make in GOOD.items():
        make(folder / name)
    for name, (content, _) in BAD.items():
        (folder / name).write_bytes(content)
    with Library.open(tmp_path_factory.mktemp("home") / "library") as library:
        options = IndexOptions(encoders=TOYS, jobs=2)
        yield Run(library, folder, library.index([folder], options=options))


def test_good_ones_are_indexed_and_bad_ones_are_not(run: Run) -> None:
    assert {one.path.name: one.reason[:15] for one in run.report.failed} == {
        name: reason[:15] for name, (_, reason) in BAD.items()
    }
    assert run.report.indexed == len(GOOD)


@pytest.mark.parametrize(
    ("name", "duration_s", "shown"),
    [
        ("steady.mp4", 4, {"red": (0, 1), "green": (1, 2), "blue": (2, 3), "yellow": (3, 4)}),
        ("varying rate.mp4", 3.9, {"red": (0, 1), "green": (1, 2), "blue": (2, 3), "yellow": (3, 4)}),
        ("rotated.mp4", 4, {"red": (0, 1), "yellow": (3, 4)}),
        ("late sound.mp4", 4, {"red": (0, 1), "high": (2.5, 4)}),
        ("no sound.mp4", 4, {"blue": (2, 3)}),
        ("sound only.m4a", 4, {"high": (1, 2)}),
        ("no pictures.mp4", 4, {"high": (1, 2)}),
        ("jump.mkv", 3602, {"red": (0, 3_601)}),
        ("jump.ts", 3602, {"red": (0, 3_601)}),
        ("below zero.mkv", 2, {"blue": (0, 1), "yellow": (1, 2)}),
        ("below zero.mp4", 2, {"blue": (0, 1), "yellow": (1, 2)}),
        ("repeating.mkv", 3.6, {"red": (0, 1), "yellow": (3, 4)}),
        ("back.ts", 2, {"red": (0, 1), "green": (1, 2)}),
        ("two sounds.mkv", 2, {"high": (0, 2)}),
        ("two equal sounds.mkv", 2, {"low": (0, 2)}),
        ("thirty channels.wav", 2, {"middle": (0, 2)}),
        ("empty packets.mkv", 4, {"red": (0, 1), "green": (1, 2), "blue": (2, 3), "yellow": (3, 4)}),
    ],
)
def test_what_is_seen_and_heard_is_found_when_it_is(
    run: Run, name: str, duration_s: float, shown: dict[str, tuple[float, float]]
) -> None:
    assert run.recording(name).duration_s == pytest.approx(duration_s, abs=0.1)
    for what, (start_s, end_s) in shown.items():
        assert run.shows(name, what, start_s, end_s), (what, run.best(name, what))


def test_an_index_that_claims_millions_of_frames_costs_itself_alone(tmp_path: Path) -> None:
    """FFmpeg makes an entry of 72 bytes for each: 1.4 GB here, of a file of 3 kB."""
    good, bomb = tmp_path / "a.mp4", tmp_path / "b.mp4"
    make_recording(good)
    data, count = make_recording(bomb, RecordingOptions(has_audio=False)).read_bytes(), 20_000_000
    for name, content in {"stsz": (0, 1, count), "stsc": (0, 1, 1, count, 1), "stts": (0, 1, count, 1)}.items():
        claim = box(name, struct.pack(f">{len(content)}I", *content))
        data = replaced(data, found(data, name), claim, ENTRY[:-1])
    bomb.write_bytes(data)
    options = IndexOptions(encoders=TOYS, jobs=1, memory_mb=400)
    with Library.open(tmp_path / "library") as library:
        report = library.index([tmp_path], options=options)
    assert [failed.path for failed in report.failed] == [bomb]
    assert report.indexed == 1
