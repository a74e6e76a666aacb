"""Decode recordings and do nothing else: what indexing is compared with.

`python -m benchmarks.decoding JOBS FILE...` prints how many frames there were. Every frame and every sample,
files shared out among processes, one decoding thread each, frames thrown away.
"""

import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context


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


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
