"""Make a recording, index it and find a moment in it, with the Python API alone. Runs offline in about ten seconds."""

import tempfile
from pathlib import Path

from egosearch import Library
from egosearch.demo.recording import make_demo_recording


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        recording = Path(folder) / "morning.mp4"
        make_demo_recording(recording)
        with Library.open(Path(folder) / "library") as library:
            report = library.index([recording])
            print(f"indexed {report.seconds:.0f} s of recording in {report.elapsed_s:.0f} s")
            for moment in library.search("when the timer went off", limit=3):
                span = f"{moment.span.start_s:.1f} to {moment.span.end_s:.1f} s"
                print(f"{moment.path.name} {span}, {moment.confidence:.0%}")
                for evidence in moment.evidence:
                    verb = "heard" if evidence.modality == "audio" else "seen"
                    print(f"  {verb}: {', '.join(evidence.words)}")


if __name__ == "__main__":
    main()
