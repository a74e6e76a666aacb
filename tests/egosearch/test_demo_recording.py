"""The demo recording is whole, and is what its table of moments says."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from egosearch.demo.recording import ABSENT_QUESTION, DURATION_S, MOMENTS, QUESTIONS, RECORDED_AT, make_demo_recording
from indexers.errors import MediaError
from indexers.media.write import write_recording


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("demo") / "morning.mp4"
    make_demo_recording(path)
    return path


def test_it_holds_sound_and_picture_of_the_length_it_promises(recording: Path) -> None:
    with av.open(str(recording)) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        assert (video.codec_context.name, video.width, video.height) == ("h264", 640, 360)
        assert audio.codec_context.name == "aac"
        for stream in (video, audio):
            assert stream.duration is not None
            assert stream.time_base is not None
            assert float(stream.duration * stream.time_base) == pytest.approx(DURATION_S, abs=0.1)
        assert container.metadata["creation_time"].startswith(RECORDED_AT.strftime("%Y-%m-%dT%H:%M:%S"))
    assert recording.stat().st_size < 4e6


def test_it_is_loud_where_something_is_heard_and_quiet_where_not(recording: Path) -> None:
    with av.open(str(recording)) as container:
        samples = np.concatenate([frame.to_ndarray()[0] for frame in container.decode(audio=0)])
    seconds = samples[: len(samples) // 32_000 * 32_000].reshape(-1, 32_000)  # (s, 32000)
    level_db = 10 * np.log10((seconds**2).mean(axis=1))
    heard = {second for m in MOMENTS if m.heard for second in range(int(m.start_s), int(m.end_s))}
    for second, level in enumerate(level_db):
        if second not in heard:
            assert level < -45, second
    assert all(level_db[int(m.start_s) + 1] > -45 for m in MOMENTS if m.heard)


def test_moments_lie_inside_the_recording_in_order_and_apart() -> None:
    assert MOMENTS[0].start_s > 0
    assert MOMENTS[-1].end_s < DURATION_S
    assert all(moment.start_s < moment.end_s for moment in MOMENTS)
    assert all(moment.heard or moment.seen for moment in MOMENTS)
    assert all(before.end_s < after.start_s for before, after in pairwise(MOMENTS))


def test_there_are_five_questions_and_one_without_an_answer() -> None:
    assert len({*QUESTIONS, ABSENT_QUESTION}) == 6


def test_a_recording_without_frames_is_refused(tmp_path: Path) -> None:
    silence = np.zeros(0, np.float32)
    with pytest.raises(ValueError, match="at least one frame"):
        write_recording(
            tmp_path / "a.mp4", frames=[], frame_rate_hz=4, samples=silence, sample_rate_hz=32_000, recorded_at=None
        )


def test_a_missing_folder_is_a_media_error(tmp_path: Path) -> None:
    def frames() -> Iterator[np.ndarray[tuple[int, ...], np.dtype[np.uint8]]]:
        yield np.zeros((32, 32, 3), np.uint8)

    with pytest.raises(MediaError, match="cannot be written"):
        write_recording(
            tmp_path / "none" / "a.mp4",
            frames=frames(),
            frame_rate_hz=4,
            samples=np.zeros(100, np.float32),
            sample_rate_hz=32_000,
            recorded_at=None,
        )
