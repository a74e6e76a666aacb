"""A live source: how long after something happened it is found, and what following the source costs.

A camera is played by a process that sends 1080p H.264 with 30 frames a second, a key frame every two seconds, and
sound, as MPEG-TS over TCP, at the pace of the clock. Every seven seconds something can be heard or seen in it for four
seconds. `egosearch watch --stream` follows it, and a client asks that process for it, again and again, until an answer
holds it. Of sounds the moment must begin within two seconds of the event, of sights overlap it.
"""

import os
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks import footage
from benchmarks.report import Cell, Report, Table
from benchmarks.settings import ROOT, Settings, Skipped, egosearch_command
from egosearch.demo import scenes, sounds
from egosearch.owner.opening import open_library
from egosearch.owner.shared import SharedLibrary
from egosearch.types import Query
from indexers.types import Modality

LOOP_S = 60
LOOPS = 4
EVENT_S = 4.0
BOUND_S = 2.0
"""What the latency must stay under."""
PAUSE_S = 0.05
"""Between two askings."""
GIVE_UP_S = 7.0
TOLERANCE_S = 2.0


@dataclass(frozen=True)
class Event:
    """Something that happens in each minute of the source."""

    start_s: float
    sense: Modality
    text: str


EVENTS = (
    Event(7.3, Modality.AUDIO, "the doorbell rang"),
    Event(14.6, Modality.VISUAL, "waiting at the traffic light"),
    Event(21.9, Modality.AUDIO, "the alarm clock beeped"),
    Event(29.2, Modality.VISUAL, "working at the keyboard"),
    Event(36.5, Modality.AUDIO, "the doorbell rang"),
    Event(43.8, Modality.VISUAL, "waiting at the traffic light"),
    Event(51.1, Modality.AUDIO, "the alarm clock beeped"),
)


@dataclass(frozen=True)
class _Process:
    """What a process and the workers that it waited for have used so far."""

    cpu_s: float
    peak_bytes: int
    at_s: float


def run(settings: Settings) -> Report:
    """Follow a paced source for some minutes.

    Raises:
        Skipped: `egosearch` is not installed, or this system does not say what a process costs.
    """
    if not Path("/proc/self/stat").exists():
        raise Skipped("what a process costs is read from /proc, which is not here")
    source = _source(settings.cache)
    library = settings.work / "library-live"
    port = _free_port()
    url = f"tcp://127.0.0.1:{port}"
    sender = [sys.executable, "-m", "benchmarks.live", str(source), f"{url}?listen=1", str(LOOPS)]
    watch = [*egosearch_command(), "watch", "--stream", url, "--library", str(library), "--part", "2"]
    with subprocess.Popen(sender, cwd=ROOT, stdout=subprocess.PIPE, text=True) as camera:
        time.sleep(1.0)
        with subprocess.Popen(watch, cwd=ROOT, stderr=subprocess.DEVNULL) as watching:
            try:
                began_s = float(camera.stdout.readline() if camera.stdout else "nan")
                latencies, first, last = _measured(library, watching.pid, began_s)
            finally:
                camera.kill()
                watching.terminate()
                with suppress(subprocess.TimeoutExpired):
                    watching.wait(60)
                watching.kill()
    return _report(latencies, first, last)


def _measured(library: Path, pid: int, began_s: float) -> tuple[list[tuple[Event, float | None]], _Process, _Process]:
    """Ask for every event until it is found. Times are those of the clock on the wall."""
    latencies: list[tuple[Event, float | None]] = []
    first: _Process | None = None
    with _client(library) as client:
        for loop in range(LOOPS):
            for event in EVENTS:
                at_s = began_s + loop * LOOP_S + event.start_s
                if time.time() > at_s:
                    continue  # the first ones, while networks are loaded
                time.sleep(max(0.0, at_s - time.time()))
                first = first or _used(pid)
                latencies.append((event, _found_after(client, event, at_s)))
    if first is None:
        raise Skipped("the source was over before anything could be asked")
    return latencies, first, _used(pid)


def _client(library: Path) -> SharedLibrary:
    deadline_s = time.monotonic() + 60
    while True:
        try:
            client = open_library(library, read_only=True)
            client.answer(Query("warm up"))
        except Exception:
            if time.monotonic() > deadline_s:
                raise
            time.sleep(0.2)
        else:
            if client.is_remote:
                return client
            client.close()
            time.sleep(0.2)


def _found_after(client: SharedLibrary, event: Event, at_s: float) -> float | None:
    """Return the seconds from an event to the first answer that holds it; None where that takes too long."""
    query = Query(event.text, limit=20, min_confidence=0.0)
    while time.time() - at_s < GIVE_UP_S:
        for moment in client.answer(query).moments:
            for evidence in moment.evidence:
                if evidence.modality is not event.sense or moment.recorded_at is None:
                    continue
                start_s = moment.recorded_at.timestamp() + evidence.span.start_s - moment.span.start_s
                end_s = start_s + evidence.span.duration_s
                is_there = (
                    abs(start_s - at_s) < TOLERANCE_S
                    if event.sense is Modality.AUDIO
                    else end_s > at_s + 0.3 and start_s < at_s + EVENT_S
                )
                if is_there:
                    return time.time() - at_s
        time.sleep(PAUSE_S)
    return None


def _used(pid: int) -> _Process:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    ticks = sum(map(int, fields[11:15]))  # user and system, its own and of children that have ended
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return _Process(ticks / os.sysconf("SC_CLK_TCK"), int(peak.split()[1]) * 1024, time.monotonic())


def _report(latencies: list[tuple[Event, float | None]], first: _Process, last: _Process) -> Report:
    rows: list[tuple[Cell, ...]] = []
    for name, sense in (("heard", Modality.AUDIO), ("seen", Modality.VISUAL), ("all", None)):
        of_sense = [taken_s for event, taken_s in latencies if sense is None or event.sense is sense]
        found = [taken_s for taken_s in of_sense if taken_s is not None]
        numbers = [f"{np.percentile(found, share):.2f}" for share in (50, 95, 100)] if found else ["-"] * 3
        rows.append((name, len(of_sense), len(found), *numbers, sum(taken_s <= BOUND_S for taken_s in found)))
    latency = Table(
        "From an event to the first answer that finds it, seconds",
        ("event", "events", "found", "p50", "p95", "slowest", f"within {BOUND_S:g} s"),
        tuple(rows),
    )
    wall_s = last.at_s - first.at_s
    cost = Table(
        "Following the source",
        ("seconds", "CPU seconds", "of a core", "peak memory, MB"),
        (
            (
                f"{wall_s:.0f}",
                f"{last.cpu_s - first.cpu_s:.1f}",
                f"{(last.cpu_s - first.cpu_s) / wall_s:.2f}",
                f"{last.peak_bytes / 1e6:.0f}",
            ),
        ),
    )
    load = os.getloadavg()[0]
    notes = (
        "CPU seconds are those of decoding, encoding, writing down, indexing full parts and answering all the queries.",
        f"The machine's load at the end was {load:.1f}.",
    )
    return Report("A live source", (latency, cost), notes)


# The source


def _source(cache: Path) -> Path:
    """Return a minute of footage with the events in it, made if it is not in the cache yet."""
    path = cache / f"live-{footage.HEIGHT_PX}p-{LOOP_S}s-1.mp4"
    if not path.exists():
        cache.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".draft")
        _make(footage.clip(cache, LOOP_S), draft)
        draft.rename(path)
    return path


def _make(background: Path, path: Path) -> None:
    import av
    from av.audio.frame import AudioFrame
    from av.video.frame import VideoFrame
    from PIL import Image

    random = np.random.default_rng(7)
    drawn = {"waiting at the traffic light": scenes.traffic_light(0), "working at the keyboard": scenes.keyboard()}
    size = (footage.WIDTH_PX, footage.HEIGHT_PX)
    views = {text: np.asarray(scene.resize(size, Image.Resampling.BILINEAR), np.int16) for text, scene in drawn.items()}
    grain = random.integers(-6, 7, (2 * size[1], 2 * size[0], 1), np.int16)
    samples = _samples()
    rate_hz = sounds.SAMPLE_RATE_HZ
    with av.open(str(background)) as given, av.open(str(path), "w", format="mp4") as made:
        video = made.add_stream("libx264", rate=footage.FRAME_RATE_HZ)
        video.options = {"preset": "superfast", "crf": "26", "threads": "2", "sc_threshold": "0"}
        video.width, video.height = size
        video.pix_fmt = "yuv420p"
        video.codec_context.gop_size = round(footage.GROUP_S * footage.FRAME_RATE_HZ)
        audio = made.add_stream("aac", rate=rate_hz, layout="mono")
        coded = 0
        for number, frame in enumerate(given.decode(video=0)):
            time_s = number / footage.FRAME_RATE_HZ
            event = next((one for one in EVENTS if one.start_s <= time_s < one.start_s + EVENT_S), None)
            if event is not None and event.text in views:
                top, left = random.integers(0, size[1]), random.integers(0, size[0])
                noise = grain[top : top + size[1], left : left + size[0]]
                shown = np.clip(views[event.text] + noise, 0, 255).astype(np.uint8)
                frame = VideoFrame.from_ndarray(shown, "rgb24").reformat(format="yuv420p")  # noqa: PLW2901
            while coded < min(len(samples), number * rate_hz // footage.FRAME_RATE_HZ):
                sound = AudioFrame.from_ndarray(samples[None, coded : coded + 1024], "fltp", "mono")
                sound.sample_rate, sound.pts, sound.time_base = rate_hz, coded, Fraction(1, rate_hz)
                made.mux(audio.encode(sound))
                coded += 1024
            frame.pts, frame.time_base = number, Fraction(1, footage.FRAME_RATE_HZ)
            frame.pict_type = 0
            made.mux(video.encode(frame))
        made.mux(video.encode(None))
        made.mux(audio.encode(None))


def _samples() -> NDArray[np.float32]:
    made = {"the doorbell rang": sounds.doorbell, "the alarm clock beeped": sounds.alarm_clock}
    mixed = 0.012 * sounds.room_tone(LOOP_S)
    for event in EVENTS:
        if event.text in made:
            at = round(event.start_s * sounds.SAMPLE_RATE_HZ)
            heard = made[event.text](EVENT_S)
            mixed[at : at + len(heard)] += 0.25 * heard
    return mixed.astype(np.float32)


def send(path: Path, url: str, loops: int) -> None:
    """Send a recording at the pace of the clock, over and over; print when its first frame was due."""
    import av

    with av.open(url, "w", format="mpegts", options={"flush_packets": "1"}) as output:
        began_s: float | None = None
        with av.open(str(path)) as template:
            made = {one.index: output.add_stream_from_template(one) for one in template.streams}
        for turn in range(loops):
            with av.open(str(path)) as container:
                for packet in container.demux():
                    if packet.dts is None or packet.pts is None or packet.time_base is None:
                        continue
                    shift = int(Fraction(turn * LOOP_S) / packet.time_base)
                    if turn and packet.stream.type == "audio" and packet.pts < 0:
                        continue
                    packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
                    due_s = float(packet.pts * packet.time_base)
                    if began_s is None:
                        began_s = time.time()
                        print(began_s, flush=True)
                    time.sleep(max(0.0, began_s + due_s - time.time()))
                    packet.stream = made[packet.stream.index]
                    output.mux(packet)


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


if __name__ == "__main__":
    send(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
