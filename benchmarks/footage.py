"""Recordings as a camera makes them, to time indexing with: 1080p, 30 frames/s, key frames every 2 s, with sound.

The pictures pan and zoom over noise of all scales, with a hand's tremble and the grain of a sensor: about as hard to
code as what people film. Made once and kept, since coding two minutes takes a few.
"""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexers.media.write import write_recording

WIDTH_PX, HEIGHT_PX = 1920, 1080
FRAME_RATE_HZ = 30
SAMPLE_RATE_HZ = 48_000
GROUP_S = 2.0


def clip(cache: Path, seconds: int, *, height_px: int = HEIGHT_PX) -> Path:
    """Return a clip of this length, made if it is not in the folder `cache` yet."""
    path = cache / f"clip-{height_px}p-{seconds}s-1.mp4"
    if not path.exists():
        cache.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".draft")
        write_recording(
            draft,
            frames=_frames(seconds * FRAME_RATE_HZ, height_px * WIDTH_PX // HEIGHT_PX // 2 * 2, height_px),
            frame_rate_hz=FRAME_RATE_HZ,
            samples=_sound(seconds),
            sample_rate_hz=SAMPLE_RATE_HZ,
            recorded_at=None,
            gop_s=GROUP_S,
        )
        draft.rename(path)
    return path


def lengthen(source: Path, target: Path, *, times: int, title: str, period_s: int) -> Path:
    """Write a clip several times after itself, its packets copied; another title makes it another recording.

    Args:
        source: What `clip` made.
        target: Where to.
        times: How often.
        title: Written into the file.
        period_s: The clip's length.
    """
    import av

    with av.open(str(target), "w", format="mp4") as output:
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


def _frames(count: int, width_px: int, height_px: int) -> Iterator[NDArray[np.uint8]]:
    from PIL import Image

    random = np.random.default_rng(20)
    world = Image.fromarray(_world(random, 2 * height_px, 2 * width_px))
    grain = random.integers(-11, 12, (2 * height_px, 2 * width_px, 1), np.int16)
    at = np.array([width_px, height_px], np.float64)  # the middle of the world
    speed = np.zeros(2)
    for number in range(count):
        speed = 0.97 * speed + random.normal(0, 1.2, 2)
        room = np.array([width_px, height_px]) * 0.45
        at = np.clip(at + speed, np.array([width_px, height_px]) - room, np.array([width_px, height_px]) + room)
        zoom = 0.75 + 0.2 * np.sin(2 * np.pi * number / (7 * FRAME_RATE_HZ))
        x, y = at + random.normal(0, 0.6, 2)  # the hand trembles
        half_x, half_y = zoom * width_px / 2, zoom * height_px / 2
        box = (x - half_x, y - half_y, x + half_x, y + half_y)
        picture = world.resize((width_px, height_px), Image.Resampling.BILINEAR, box=box)
        top, left = random.integers(0, height_px), random.integers(0, width_px)
        noisy = np.asarray(picture, np.int16) + grain[top : top + height_px, left : left + width_px]
        yield np.clip(noisy, 0, 255).astype(np.uint8)


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
