"""Write the demo recording and say what happens in it.

python examples/make_demo_recording.py morning.mp4
"""

import argparse
from pathlib import Path

from egosearch.demo.recording import MOMENTS, make_demo_recording


def main() -> None:
    parser = argparse.ArgumentParser(description="Write egosearch's demo recording, 80 seconds of a morning.")
    parser.add_argument(
        "path", type=Path, nargs="?", default=Path("morning.mp4"), help="where to (default: %(default)s)"
    )
    path = parser.parse_args().path
    make_demo_recording(path)
    print(f"{path} ({path.stat().st_size / 1e6:.1f} MB)")
    for moment in MOMENTS:
        senses = " and ".join(["heard"] * moment.heard + ["seen"] * moment.seen)
        print(f"{moment.start_s:5.0f} to {moment.end_s:2.0f} s  {moment.text} ({senses})")


if __name__ == "__main__":
    main()
