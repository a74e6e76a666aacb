"""Live sources as the indexers see them: parts on the disk, pictures and sound as they come, windows like others."""

import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from indexers.encoders import load_encoder
from indexers.errors import MediaError
from indexers.live import LiveEncoding, picture_hop_s, rates_hz, short_side_px
from indexers.media import probe
from indexers.media.growing import GrowingFile
from indexers.media.live import PartBegins, PartEnds, Wanted, follow
from indexers.media.live_opening import SourceRefusedError, once_caught_up, opened
from indexers.media.live_part import PartFile
from indexers.media.live_source import Source
from indexers.media.stats import DecodeStats
from indexers.slices import EncoderChoice, Plan, index_slice
from indexers.types import EmbeddingBatch, Modality, Picture, SoundBlock
from indexers.windows import slices
from tests.media import RecordingOptions, Tone, make_recording

ENCODERS = [load_encoder("toy", Modality.AUDIO), load_encoder("toy", Modality.VISUAL)]


def _wanted(folder: Path, part_s: float = 1e9) -> Wanted:
    return Wanted(
        rates_hz(ENCODERS),
        picture_hop_s(ENCODERS),
        lambda width, height: short_side_px(ENCODERS, width, height),
        part_s,
        lambda began_at: folder / f"{began_at:%H%M%S%f}.mkv",
    )


@pytest.mark.parametrize("group_s", [0.5, 1.0, 2.0, 3.0, 30.0])
@pytest.mark.parametrize("b_frames", [0, 2])
def test_every_window_has_a_picture_and_its_sound_is_that_of_indexing(
    tmp_path: Path, group_s: float, b_frames: int
) -> None:
    options = RecordingOptions(seconds=9, group_s=group_s, b_frames=b_frames, tones=(Tone(2, 4, 1000.0),))
    path = make_recording(tmp_path / "a.mkv", options)
    stats = DecodeStats()
    source = Source(str(path), patience_s=0.1)
    begins, *pieces, ends = follow(source, _wanted(tmp_path), should_stop=lambda: False, stats=stats)
    assert isinstance(begins, PartBegins)
    assert ends == PartEnds(path)
    pictures = [piece for piece in pieces if isinstance(piece, Picture)]
    assert [int(picture.time_s + 1e-6) for picture in pictures] == list(range(9))
    encoding = LiveEncoding("live", ENCODERS, has_sound=True)
    batches: list[EmbeddingBatch] = []
    levels = 0
    for piece in pieces:
        if not isinstance(piece, PartBegins | PartEnds):
            new = encoding.take(piece)
            batches += new.batches if new else ()
            levels += len(new.levels_db) if new else 0
    plan = Plan((EncoderChoice(Modality.AUDIO, "toy"), EncoderChoice(Modality.VISUAL, "toy")))
    (whole,) = slices(probe(path))
    indexed = {batch.space.modality: batch for batch in index_slice(whole, plan).batches}
    for sense, tolerance in ((Modality.AUDIO, 0.02), (Modality.VISUAL, 0.1)):
        live = [batch for batch in batches if batch.space.modality is sense]
        rows = np.concatenate([batch.embeddings.dense() for batch in live])
        index = np.concatenate([batch.index for batch in live])
        expected = indexed[sense]
        assert np.array_equal(index, expected.index[: len(index)])
        assert len(index) >= len(expected) - 2
        # Where a tone only touches a window, a millisecond of it decides whether that is silent.
        differs = np.abs(rows - expected.embeddings.dense()[: len(rows)]).max(axis=1) > tolerance
        assert differs.sum() <= 2
    assert levels * 0.02 == pytest.approx(9, abs=0.5)


def test_only_key_frames_are_decoded_where_each_window_has_one(tmp_path: Path) -> None:
    path = make_recording(tmp_path / "a.mkv", RecordingOptions(seconds=10, group_s=0.5, frame_rate_hz=20))
    stats = DecodeStats()
    source = Source(str(path), patience_s=0.1)
    found = list(follow(source, _wanted(tmp_path), should_stop=lambda: False, stats=stats))
    assert sum(isinstance(piece, Picture) for piece in found) == 10
    assert stats.frames == 10


def test_a_growing_file_is_read_as_it_grows_and_ends_when_it_stands_still(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"one")
    file = GrowingFile(path, patience_s=0.5, should_stop=lambda: False)
    assert file.read(100) == b"one"

    def grow() -> None:
        time.sleep(0.2)
        with path.open("ab") as more:
            more.write(b"two")

    thread = threading.Thread(target=grow)
    thread.start()
    assert file.read(100) == b"two"
    thread.join()
    assert file.read(100) == b""
    file.close()


def test_a_part_that_is_being_written_can_be_read_up_to_the_last_second(tmp_path: Path) -> None:
    made = make_recording(tmp_path / "a.mkv", RecordingOptions(seconds=8))
    path = tmp_path / "part.mkv"
    began_at = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
    with av.open(str(made)) as container:
        part = PartFile(path, list(container.streams), began_at)
        for packet in container.demux():
            part.write(packet, 0.0)
        found = probe(path)  # not closed: as after a kill
        assert found.duration_s > 6.5
        assert found.recorded_at == began_at
        part.close()
    assert probe(path).duration_s == pytest.approx(8, abs=0.1)
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("rtsp://admin:secret@kitchen.local:554/stream1?key=1", "rtsp://kitchen.local:554/stream1"),
        ("http://camera/a@b.ts#secret", "http://camera/a@b.ts"),
        ("rtsp://user@camera", "rtsp://camera"),
        ("rtsp://admin:$CAMERA@camera/1", "rtsp://camera/1"),
        ("rtsp://admin:se/cr#et@camera/1", "rtsp://camera/1"),
        ("rtsp://[::1]:554/1", "rtsp://[::1]:554/1"),
        ("/videos/what?.mkv", "/videos/what?.mkv"),
        ("/dev/video0", "/dev/video0"),
    ],
)
def test_what_is_secret_in_an_address_is_not_shown(name: str, shown: str) -> None:
    assert Source(name).shown == shown


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("rtsp://admin:$CAMERA@camera/$CAMERA", "rtsp://admin:s%2Ft%40r@camera/$CAMERA"),
        ("rtsp://${USER_NAME}x:p@camera", "rtsp://annex:p@camera"),
        ("rtsp://admin:a$UNKNOWN@camera", "rtsp://admin:a$UNKNOWN@camera"),
        ("rtsp://camera/$CAMERA", "rtsp://camera/$CAMERA"),
        ("/videos/$CAMERA@home.mkv", "/videos/$CAMERA@home.mkv"),
    ],
)
def test_user_and_password_may_be_in_the_environment(name: str, address: str) -> None:
    assert Source(name).address({"CAMERA": "s/t@r", "USER_NAME": "anne"}) == address


def test_a_camera_is_read_as_one_and_asked_for_what_is_compressed_first(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, str | None]] = []

    def refuse(*_: str, options: dict[str, str], **more: Any) -> None:
        asked.append((more["format"], options.get("input_format")))
        error = av.error.ArgumentError if len(asked) < 3 else av.error.FileNotFoundError
        raise error(22, "no")

    monkeypatch.setattr(av, "open", refuse)
    with pytest.raises(MediaError, match="cannot be opened"), opened(Source("/dev/video7"), lambda: False):
        pass
    assert asked == [("v4l2", "h264"), ("v4l2", "mjpeg"), ("v4l2", None)]
    assert Source("/dev/video7").is_endless


def test_a_device_that_nothing_reads_is_refused_for_good() -> None:
    source = Source("0", "no-such-devices")
    expected = pytest.raises(SourceRefusedError, match="nothing here reads no-such-devices; name another")
    with expected, opened(source, lambda: False):
        pass


@pytest.mark.skipif("lavfi" not in av.formats_available, reason="this PyAV has no made-up devices")
def test_a_device_is_followed_by_the_name_of_its_reader(tmp_path: Path) -> None:
    source = Source("sine=frequency=1000:sample_rate=16000:duration=3", "lavfi")
    begins, *pieces = _until_gone(source, tmp_path)
    assert isinstance(begins, PartBegins)
    assert begins.video is None
    assert sum(isinstance(piece, SoundBlock) for piece in pieces) >= 10
    with pytest.raises(MediaError, match="its pictures are not compressed"):
        list(follow(Source("testsrc2=size=64x64", "lavfi"), _wanted(tmp_path), should_stop=lambda: False))


def _until_gone(source: Source, folder: Path) -> list[object]:
    pieces: list[object] = []
    with pytest.raises(MediaError, match="it has ended"):
        pieces += follow(source, _wanted(folder), should_stop=lambda: False)
    return pieces


def test_first_packets_without_a_time_are_dated_before_the_next_one(tmp_path: Path) -> None:
    path = make_recording(tmp_path / "a.mkv", RecordingOptions(seconds=2, has_audio=False))
    with av.open(str(path)) as container:
        packets = [packet for packet in container.demux() if packet.size]
    known = [packet.pts for packet in packets]
    packets[0].pts = packets[0].dts = None
    found = list(once_caught_up(iter(packets), lambda _: None))
    assert [packet.pts for packet in found[1:]] == known[1:]
    assert found[0].pts is not None
    assert found[0].pts < known[1]  # type: ignore


def test_a_source_that_is_not_there_is_named_without_its_password() -> None:
    source = Source("http://admin:secret@127.0.0.1:9/stream")
    with pytest.raises(MediaError) as caught, opened(source, lambda: False):
        pass
    assert "secret" not in str(caught.value)
    assert "127.0.0.1:9/stream" in str(caught.value)
