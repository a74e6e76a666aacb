"""What a benchmark is given, and where it finds what it measures on."""

import json
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
"""The checkout."""

QUERIES = (
    *("a dog barking", "when the timer went off", "the doorbell rang", "washing my hands", "typing on a keyboard"),
    *("someone coughed", "keys jingling", "pouring a cup of tea", "the kettle was boiling", "a baby was crying"),
    *("in front of the washing machine", "opening the fridge", "a car drove past", "walking up the stairs"),
    *("the phone on the table", "reading a book", "cutting vegetables", "the toilet was flushed", "brushing my teeth"),
    *("a cat on the sofa", "rain on the window", "putting on my glasses", "the microwave beeped", "a door slammed"),
    *("the bus stop", "at the beach", "riding my bicycle", "a plate broke", "someone laughed", "church bells"),
    *("frying an egg", "watering the plants", "looking for my backpack", "a clock ticking", "the vacuum cleaner"),
    *("playing the guitar", "people clapping", "a hammer on wood", "the train arrived", "folding the laundry"),
    *("eating a pizza", "at the traffic light", "a helicopter above us", "using the remote control", "sweeping"),
    *("birds in the garden", "an ambulance went by", "working at my desk", "a spoon in a cup", "the printer was on"),
)
"""What is asked where the bench's own queries are not there: 50."""


class Skipped(Exception):  # noqa: N818 - not an error: the sentence says what is not measured and why
    """A benchmark cannot be run here."""


@dataclass(frozen=True)
class Settings:
    """Where things are, and how much to do."""

    shared: Path | None
    """Folder with `data/` and `bench/`; None for none."""
    work: Path
    """Emptied after the run."""
    cache: Path
    """Kept: what takes long to make and is always the same."""
    all_dir: Path | None = None
    """Folder with all 400 clips of ESC-10."""
    hours: int = 100
    """Length of the generated library."""
    footage_s: int = 120
    """Length of the generated clip."""
    runs: int = 5
    """Times a whole process is measured."""
    windows: tuple[int, ...] = (100_000, 1_000_000)
    """Sizes of the libraries that engines are compared on, about."""
    kills: int = 200
    """Of indexing runs, by `crashes`."""
    files: int = 2_000
    """That `fuzz` spoils."""
    seed: int = 1
    """Says which ones."""

    def need(self, part: str, what: str) -> Path:
        """Return a file or folder of the shared ones.

        Args:
            part: Its path inside.
            what: What it is, for people.

        Raises:
            Skipped: It is not there.
        """
        if self.shared is None:
            raise Skipped(f"it needs {what}: name the folder that holds `{part}` with `--shared`")
        path = self.shared / part
        if not path.exists():
            raise Skipped(f"it needs {what}, and `{part}` is not in the folder named with `--shared`")
        return path.absolute()

    def queries(self) -> tuple[str, ...]:
        """Return the bench's queries, or the built-in ones."""
        try:
            lines = self.need("bench/queries.jsonl", "the bench's queries").read_text(encoding="utf-8").splitlines()
        except Skipped:
            return QUERIES
        return tuple(str(json.loads(line)["text"]) for line in lines)


def egosearch_command() -> list[str]:
    """Return how to call the installed `egosearch`: the one of this Python where there is one.

    Raises:
        Skipped: It is not installed.
    """
    beside = Path(sys.executable).with_name("egosearch")
    found = str(beside) if beside.exists() else shutil.which("egosearch")
    if found is None:
        raise Skipped("it runs the program `egosearch`, which is not installed: pip install -e .")
    return [found]
