"""The sounds of the demo recording, synthesised: an alarm clock, running water, typing, a doorbell.

Only arithmetic, and always the same for the same arguments. Every function returns mono samples at
`SAMPLE_RATE_HZ`, of peak 1 and as in a room; how loud they are is up to `egosearch.demo.recording`.
The numbers were chosen by what the default sound encoder recognises best.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE_HZ = 32_000

Samples = NDArray[np.float32]
_Signal = NDArray[np.float64]

_CHIME = ((1, 1.0, 0.64), (3, 0.12, 0.54), (5, 0.09, 0.45), (7, 0.3, 0.36))
"""A doorbell's partials: multiple of the lowest frequency, strength, seconds until it has fallen to 37 %."""


def alarm_clock(duration_s: float) -> Samples:
    """Beep four times, pause, and again, once a second: a small digital clock or kitchen timer."""
    beep = _beep(2000.0, 0.07)
    starts = [second + 0.125 * beat for second in range(int(duration_s)) for beat in range(4)]
    return _finished(_placed(duration_s, [(start, beep) for start in starts]), wet=0.15, seed=1)


def doorbell(duration_s: float) -> Samples:
    """Ring ding-dong, a fourth apart, every 2.4 seconds for as long as the second tone fits in."""
    ding, dong = _bell(760.0, 2.2), _bell(570.0, 2.2)
    rings = np.arange(0.1, duration_s - 1.2, 2.4)
    tones = [(ring + lag, tone) for ring in rings for lag, tone in ((0.0, ding), (0.62, dong))]
    return _finished(_placed(duration_s, tones), wet=0.72, seed=2)


def running_water(duration_s: float) -> Samples:
    """Let a tap run into a basin: a hiss that wavers, and bubbles in it; it swells and fades within 0.3 s."""
    rng = np.random.default_rng(3)
    stream = _band_noise(rng, int(duration_s * SAMPLE_RATE_HZ), 930.0, 7000.0)  # (t,)
    stream *= _wavering(rng, len(stream), 0.012, 0.12)
    bubbles = _placed(duration_s, [(rng.uniform(0, duration_s), _bubble(rng)) for _ in range(int(60 * duration_s))])
    mixed = 0.69 * stream + 0.31 * bubbles / bubbles.std()
    time = _times(duration_s)
    return _finished(mixed * np.clip(np.minimum(time, duration_s - time) / 0.3, 0, 1), wet=0.81, seed=3)


def typing(duration_s: float) -> Samples:
    """Type on a computer keyboard: keys go down and come up, with a short rest now and then."""
    rng = np.random.default_rng(2)
    strokes: list[tuple[float, _Signal]] = []
    time_s = 0.1
    while time_s < duration_s - 0.2:
        strokes.append((time_s, _key_stroke(rng)))
        time_s += rng.uniform(0.09, 0.2) if rng.random() < 0.85 else 0.45
    return _finished(_placed(duration_s, strokes), wet=0.3, seed=4)


def room_tone(duration_s: float) -> Samples:
    """Rumble softly, as a quiet room does: noise that falls by 6 dB an octave above 60 Hz."""
    rng = np.random.default_rng(5)
    spectrum = np.fft.rfft(rng.standard_normal(int(duration_s * SAMPLE_RATE_HZ)))
    noise = np.fft.irfft(spectrum / np.maximum(np.linspace(0, SAMPLE_RATE_HZ / 2, len(spectrum)), 60.0))
    return np.asarray(noise / np.abs(noise).max(), np.float32)


def _beep(frequency_hz: float, duration_s: float) -> _Signal:
    time = _times(duration_s)
    tone = sum(a * np.sin(2 * np.pi * frequency_hz * k * time) for k, a in ((1, 1.0), (2, 0.3), (3, 0.1)))
    return np.asarray(tone * np.clip(np.minimum(time, duration_s - time) / 0.004, 0, 1))


def _bell(frequency_hz: float, duration_s: float) -> _Signal:
    time = _times(duration_s)
    partials = [a * np.exp(-time / decay_s) * np.sin(2 * np.pi * frequency_hz * k * time) for k, a, decay_s in _CHIME]
    # Struck within 2 ms; the end fades, so that the tone does not stop with a click.
    return np.asarray(np.sum(partials, axis=0) * np.clip(np.minimum(time / 0.002, (duration_s - time) / 0.2), 0, 1))


def _bubble(rng: np.random.Generator) -> _Signal:
    decay_s = 0.021 * rng.uniform(0.2, 1.0)
    time = _times(3 * decay_s)
    phase = 2 * np.pi * rng.uniform(600, 3600) * time * (1 + 0.1 * time / decay_s)  # the pitch rises
    return np.asarray(rng.uniform(0.2, 1.0) * np.sin(phase) * np.exp(-time / decay_s))


def _key_stroke(rng: np.random.Generator) -> _Signal:
    time = _times(0.16)
    down = _band_noise(rng, len(time), 1200, 7000) * np.exp(-time / 0.008)
    body = _band_noise(rng, len(time), 200, 900) * np.exp(-time / 0.012)
    stroke = down + 0.1 * body
    released = int(rng.uniform(0.08, 0.11) * SAMPLE_RATE_HZ)
    up = _band_noise(rng, len(time), 2000, 8500) * np.exp(-time / 0.0064)
    stroke[released:] += 0.6 * up[: len(stroke) - released]
    return np.asarray(stroke * rng.uniform(0.5, 1.0))


def _times(duration_s: float) -> _Signal:
    return np.arange(int(duration_s * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ


def _band_noise(rng: np.random.Generator, count: int, low_hz: float, high_hz: float) -> _Signal:
    """Return noise of standard deviation 1 between two frequencies, falling by 24 dB an octave outside."""
    spectrum = np.fft.rfft(rng.standard_normal(count))
    frequency = np.maximum(np.fft.rfftfreq(count, 1 / SAMPLE_RATE_HZ), 1.0)
    noise = np.fft.irfft(spectrum / (1 + (low_hz / frequency) ** 4) / (1 + (frequency / high_hz) ** 4), count)
    return np.asarray(noise / noise.std())


def _wavering(rng: np.random.Generator, count: int, step_s: float, depth: float) -> _Signal:
    """Return a loudness that wanders between 1 - depth and 1 + depth, to a new value every `step_s`."""
    knots = np.arange(0, count / SAMPLE_RATE_HZ + 2 * step_s, step_s)
    return np.interp(np.arange(count) / SAMPLE_RATE_HZ, knots, rng.uniform(1 - depth, 1 + depth, len(knots)))


def _placed(duration_s: float, sounds: Sequence[tuple[float, _Signal]]) -> _Signal:
    """Add sounds at their times; what reaches over the end is cut off."""
    mixed = np.zeros(int(duration_s * SAMPLE_RATE_HZ))
    for start_s, sound in sounds:
        start = int(start_s * SAMPLE_RATE_HZ)
        room = mixed[start : start + len(sound)]
        room += sound[: len(room)]
    return mixed


def _finished(dry: _Signal, wet: float, seed: int) -> Samples:
    """Add a small room's echoes (0.25 s until they are 60 dB down) and bring the peak to 1."""
    count = SAMPLE_RATE_HZ // 4
    response = np.random.default_rng(seed).standard_normal(count) * 10 ** (-3 * np.arange(count) / count)
    response /= np.sqrt((response**2).sum())
    size = len(dry) + count
    echoes = np.fft.irfft(np.fft.rfft(dry, size) * np.fft.rfft(response, size), size)[: len(dry)]
    heard = dry + wet * echoes
    return np.asarray(heard / np.abs(heard).max(), np.float32)
