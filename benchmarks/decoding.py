"""Take recordings apart and do nothing else: what indexing is compared with.

`python -m benchmarks.decoding JOBS FILE...` decodes every frame and every sample and prints how many frames there were:
files shared out among processes, one decoding thread each, frames thrown away.

`python -m benchmarks.decoding --ffmpeg PROGRAM JOBS FILE...` lets FFmpeg take a small picture a second (`fps=1,scale`)
and the sound at 16 kHz out of them, as anybody would who has a model for single pictures: as many at once as there are
jobs, one decoding thread each, which on as many cores is faster than one after another with several threads.
"""

import os
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

PICTURES = ("-map", "0:v:0", "-vf", "fps=1,scale=-2:320", "-f", "null", os.devnull)
SOUND = ("-map", "0:a:0", "-ac", "1", "-ar", "16000", "-f", "null", os.devnull)


def decode_all(path: str) -> int:
    """Decode a file from end to end and return how many frames of pictures and sound it has."""
    import av

    frames = 0
    with av.open(path) as container:
        for stream in (*container.streams.video, *container.streams.audio):
            stream.codec_context.thread_count = 1
        for packet in container.demux(*container.streams.video, *container.streams.audio):
            frames += len(packet.decode())
    return frames


def main(jobs: int, paths: list[str]) -> None:
    """Decode files in so many processes; print the number of frames."""
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as executor:
        print(sum(executor.map(decode_all, paths)))


def take_out(program: str, jobs: int, paths: list[str]) -> None:
    """Let FFmpeg take pictures and sound out of files.

    Raises:
        CalledProcessError: It could not.
    """

    def one(path: str) -> None:
        command = [program, "-nostdin", "-v", "error", "-threads", "1", "-i", path, *PICTURES, *SOUND]
        subprocess.run(command, check=True)

    with ThreadPoolExecutor(jobs) as executor:
        list(executor.map(one, paths))


if __name__ == "__main__":
    if sys.argv[1] == "--ffmpeg":
        take_out(sys.argv[2], int(sys.argv[3]), sys.argv[4:])
    else:
        main(int(sys.argv[1]), sys.argv[2:])
