"""Cut moments out of a recording, as clips, a reel, a contact sheet and a report. Runs offline in ten seconds."""

import tempfile
from pathlib import Path

from egosearch import ClipOptions, Library, Query
from egosearch.clips.sheets import sheet_of_answer
from egosearch.demo.recording import make_demo_recording
from egosearch.report import write_report


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_demo_recording(folder / "morning.mp4")
        with Library.open(folder / "library") as library:
            library.index([folder / "morning.mp4"])

            (bell, *_) = library.search("the doorbell rings")
            clip = library.clip(bell, folder / "bell.mp4", options=ClipOptions(pad_s=2.0))
            print(f"{clip.path.name} holds {clip.spans[0].start_s:.1f} to {clip.spans[0].end_s:.1f} s")
            library.clip(bell, folder / "bell.wav")  # the sound alone

            (water, *_) = library.search("washing my hands")
            reel = library.clip([bell, water], folder / "reel.mp4")  # with captions and chapters
            print(f"{reel.path.name} holds {len(reel.spans)} moments")

            answer = library.answer(Query("washing my hands", limit=3))
            sheet_of_answer(library, answer, folder / "sheet.png")
            write_report(library, answer, folder / "report.html")
        for path in sorted(one for one in folder.iterdir() if one.is_file()):
            print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
