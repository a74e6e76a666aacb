"""Playing a moment in a player that the system has."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

# Each starts at a second and plays from there. A path is never the first thing after the options without a guard:
# a file may be named like an option.
PLAYERS: dict[str, Callable[[str, str], list[str]]] = {
    "mpv": lambda path, start_s: ["--force-window=yes", f"--start={start_s}", "--", path],
    "vlc": lambda path, start_s: [f"--start-time={start_s}", "--", path],
    "ffplay": lambda path, start_s: ["-loglevel", "error", "-ss", start_s, "-i", path],
}
"""Arguments by player, the preferred one first."""

REMEDY = f"install one of {', '.join(PLAYERS)} and make sure that it is on the PATH"


Started = subprocess.Popen[bytes]


def command(path: Path, start_s: float) -> list[str] | None:
    """Return the command that plays a file from a second on; None where no player is installed."""
    for player, arguments in PLAYERS.items():
        if found := shutil.which(player):
            return [found, *arguments(str(path.absolute()), f"{start_s:.3f}")]
    return None


def start(arguments: list[str]) -> Started:
    """Start a player that outlives the browser and writes nothing to its terminal.

    Raises:
        OSError: It cannot be started.
    """
    return subprocess.Popen(  # noqa: S603  a list, no shell; the program is one of PLAYERS
        arguments,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
