"""Recordings as a camera makes them, to time indexing with: 1080p, 30 frames/s, a key frame exactly every 2 s, sound.

Two kinds. *Moving*: pictures pan and zoom over noise of all scales without a rest, with a hand's tremble and the grain
of a sensor: about as hard to code as what people film, and harder to skip. *Still*: a camera that was put down; one
view with the same grain, and a thing that is laid into it half way through. Made once and kept, since coding two
minutes takes a few.
"""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

WIDTH_PX, HEIGHT_PX = 1920, 1080
FRAME_RATE_HZ = 30
SAMPLE_RATE_HZ = 48_000
GROUP_S = 2.0
"""Coded without `scenecut`, as cameras do: left to it, x264 puts its key frames here every 59 frames, so that they
drift through the windows and many a window is served by the frame after a key frame, for next to nothing."""
COARSENESS = 25.7
"""16 Mbit/s of the moving clip: what action cameras write."""
_SAMPLES = 1024
"""What AAC codes at a time."""

Motion = Literal["moving", "still"]
MOTIONS: tuple[Motion, ...] = ("moving", "still")


def clip(
    cache: Path, seconds: int, *, height_px: int = HEIGHT_PX, motion: Motion = "moving", coarseness: float = COARSENESS
) -> Path:
    """Return a clip of this length, made if it is not in the folder `cache` yet.

    Args:
        cache: Where clips are kept.
        seconds: Its length.
        height_px: Of its frames, of 16 : 9.
        motion: Of its camera.
        coarseness: x264's constant rate factor; six more halve the bytes, about.
    """
    coded = "2" if coarseness == COARSENESS else f"2-{coarseness:g}"
    path = cache / f"clip-{motion}-{height_px}p-{seconds}s-{coded}.mp4"
    if not path.exists():
        cache.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".draft")
        width_px = height_px * WIDTH_PX // HEIGHT_PX // 2 * 2
        frames = _frames(seconds * FRAME_RATE_HZ, width_px, height_px, motion)
        _write(draft, frames, _sound(seconds), coarseness)
        draft.rename(path)
    return path


def _write(path: Path, frames: Iterator[NDArray[np.uint8]], samples: NDArray[np.float32], coarseness: float) -> None:
    """Write H.264 and AAC side by side: before each frame, the sound up to it."""
    import av
    from av.audio.frame import AudioFrame
    from av.video.frame import VideoFrame

    with av.open(str(path), "w", format="mp4") as container:
        video = container.add_stream("libx264", rate=FRAME_RATE_HZ)
        video.options = {"preset": "superfast", "crf": f"{coarseness:g}", "threads": "2", "sc_threshold": "0"}
        audio = container.add_stream("aac", rate=SAMPLE_RATE_HZ, layout="mono")
        audio.bit_rate = 96_000
        coded = 0
        for number, rgb in enumerate(frames):
            if not number:
                video.height, video.width = rgb.shape[:2]
                video.pix_fmt = "yuv420p"
                video.codec_context.gop_size = round(GROUP_S * FRAME_RATE_HZ)
            while coded < min(len(samples), number * SAMPLE_RATE_HZ // FRAME_RATE_HZ):
                sound = AudioFrame.from_ndarray(samples[None, coded : coded + _SAMPLES], "fltp", "mono")
                sound.sample_rate, sound.pts, sound.time_base = SAMPLE_RATE_HZ, coded, Fraction(1, SAMPLE_RATE_HZ)
                container.mux(audio.encode(sound))
                coded += _SAMPLES
            frame = VideoFrame.from_ndarray(rgb, "rgb24")
            frame.pts, frame.time_base = number, Fraction(1, FRAME_RATE_HZ)
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        container.mux(audio.encode(None))


def lengthen(source: Path, target: Path, *, times: int, title: str, period_s: int) -> Path:
    """Write a clip several times after itself, its packets copied; another title makes it another recording.

    Args:
        source: What `clip` made.
        target: Where to; Matroska where its name ends so, else MP4.
        times: How often.
        title: Written into the file.
        period_s: The clip's length.
    """
    import av

    with av.open(str(target), "w", format="matroska" if target.suffix == ".mkv" else "mp4") as output:
        output.metadata["title"] = title
        with av.open(str(source)) as template:
            made = {one.index: output.add_stream_from_template(one) for one in template.streams}
        for turn in range(times):
            with av.open(str(source)) as container:
                for packet in container.demux():
                    if packet.dts is None or packet.pts is None or packet.time_base is None:
                        continue  # the empty packet at the end
                    if turn and packet.stream.type == "audio" and packet.pts < 0:
                        continue  # what the coder needs to start is there once
                    shift = int(Fraction(turn * period_s) / packet.time_base)
                    packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
                    packet.stream = made[packet.stream.index]
                    output.mux(packet)
    return target


def _frames(count: int, width_px: int, height_px: int, motion: Motion) -> Iterator[NDArray[np.uint8]]:
    from PIL import Image

    random = np.random.default_rng(20)
    world = Image.fromarray(_world(random, 2 * height_px, 2 * width_px))
    grain = random.integers(-11, 12, (2 * height_px, 2 * width_px, 1), np.int16)
    at = np.array([width_px, height_px], np.float64)  # the middle of the world
    speed = np.zeros(2)
    still = np.asarray(world.crop((0, 0, width_px, height_px)), np.int16)
    for number in range(count):
        top, left = random.integers(0, height_px), random.integers(0, width_px)
        noise = grain[top : top + height_px, left : left + width_px]
        if motion == "still":
            if number == count // 2:
                still = _with_a_thing(still)
            yield np.clip(still + noise, 0, 255).astype(np.uint8)
            continue
        speed = 0.97 * speed + random.normal(0, 1.2, 2)
        room = np.array([width_px, height_px]) * 0.45
        at = np.clip(at + speed, np.array([width_px, height_px]) - room, np.array([width_px, height_px]) + room)
        zoom = 0.75 + 0.2 * np.sin(2 * np.pi * number / (7 * FRAME_RATE_HZ))
        x, y = at + random.normal(0, 0.6, 2)  # the hand trembles
        half_x, half_y = zoom * width_px / 2, zoom * height_px / 2
        box = (x - half_x, y - half_y, x + half_x, y + half_y)
        picture = world.resize((width_px, height_px), Image.Resampling.BILINEAR, box=box)
        yield np.clip(np.asarray(picture, np.int16) + noise, 0, 255).astype(np.uint8)


def _with_a_thing(picture: NDArray[np.int16]) -> NDArray[np.int16]:
    """Lay something grey, a sixteenth of the width across, into the middle."""
    height, width = picture.shape[:2]
    half = width // 32
    changed = picture.copy()
    changed[height // 2 - half : height // 2 + half, width // 2 - half : width // 2 + half] = 60
    return changed


def _world(random: np.random.Generator, height_px: int, width_px: int) -> NDArray[np.uint8]:
    """Return RGB noise whose strength falls with its fineness, as in photographs, with hard edges in it."""
    from PIL import Image

    total = np.zeros((height_px, width_px, 3), np.float32)
    for cells in (4, 8, 16, 32, 64, 128, 256, 512, 1024):
        coarse = random.integers(0, 256, (cells, 2 * cells, 3), np.uint8)
        layer = Image.fromarray(coarse).resize((width_px, height_px), Image.Resampling.BICUBIC)
        total += (np.asarray(layer, np.float32) - 128) * cells**-0.45
    total = 128 + 60 * total / total.std()
    for _ in range(400):
        y, x = random.integers(0, height_px), random.integers(0, width_px)
        h, w = random.integers(20, height_px // 6, 2)
        total[y : y + h, x : x + w] = 0.5 * total[y : y + h, x : x + w] + 0.5 * random.integers(0, 256, 3)
    world: NDArray[np.uint8] = np.clip(total, 0, 255).astype(np.uint8)
    return world


def _sound(seconds: int) -> NDArray[np.float32]:
    """Return hum and noise, with a burst or a tone every few seconds."""
    random = np.random.default_rng(21)
    times_s = np.arange(seconds * SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ
    samples = 0.003 * random.standard_normal(len(times_s)) + 0.004 * np.sin(2 * np.pi * 100 * times_s)
    for start_s in np.cumsum(random.uniform(1, 5, seconds)):
        length_s, pitch_hz = random.uniform(0.1, 1.5), random.uniform(200, 3000)
        inside = (times_s >= start_s) & (times_s < start_s + length_s)
        since_s = times_s[inside] - start_s
        tone = np.sin(2 * np.pi * pitch_hz * since_s) + random.standard_normal(len(since_s))
        samples[inside] += 0.1 * tone * np.exp(-3 * since_s)
    return np.clip(samples, -1, 1).astype(np.float32)
