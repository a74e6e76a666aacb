"""Ask in other ways than words: what follows what, what must not be there, by example. Runs offline in ten seconds."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from egosearch import Library, Moment
from egosearch.demo.recording import make_demo_recording


def show(question: str, moments: Sequence[Moment]) -> None:
    print(question)
    for moment in moments[:2]:
        words = [evidence.words[0] for evidence in moment.evidence if evidence.words and not evidence.lag_s]
        print(f"  {moment.span.start_s:.0f} to {moment.span.end_s:.0f} s, {moment.confidence:.0%}: {', '.join(words)}")
    if not moments:
        print("  nothing")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        recording = Path(folder) / "morning.mp4"
        make_demo_recording(recording)
        with Library.open(Path(folder) / "library") as library:
            library.index([recording])
            show(
                "the alarm clock, and within half a minute water",
                library.search("an alarm clock rings", then=["washing hands, water"], within_s=30),
            )
            show(
                "the alarm clock, without an alarm clock", library.search("an alarm clock", without=["an alarm clock"])
            )
            picture = library.picture(library.find("morning").recording_id, 32.0, short_side_px=320)
            if picture is not None:
                Image.fromarray(picture).save(Path(folder) / "table.png")
                show("what the picture table.png shows", library.search(image=Path(folder) / "table.png"))
            (bell, *_) = library.search("the doorbell rings")
            show("the doorbell", [bell])
            show("where else it sounds like that", library.similar(bell, modalities=["audio"]))


if __name__ == "__main__":
    main()
