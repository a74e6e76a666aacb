"""Playing a moment in a player that the system has."""

import os
import shlex
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from indexers.facts import Span

VARIABLE = "EGOSEARCH_PLAYER"
"""Names a player of `PLAYERS`, or a command with {path} and {start_s} in it."""

# Each starts at a second and plays from there. A path is never the first thing after the options without a guard:
# a file may be named like an option.
PLAYERS: dict[str, Callable[[str, str], list[str]]] = {
    "mpv": lambda path, start_s: ["--force-window=yes", f"--start={start_s}", "--", path],
    "vlc": lambda path, start_s: [f"--start-time={start_s}", "--", path],
    "ffplay": lambda path, start_s: ["-loglevel", "error", "-ss", start_s, "-i", path],
}
"""Arguments by player, the preferred one first."""
# These show no window, in which they could be stopped: they end where the span does.
LISTENERS: dict[str, Callable[[str, str, str], list[str]]] = {
    "mpv": lambda path, start_s, end_s: ["--no-video", f"--start={start_s}", f"--end={end_s}", "--", path],
    "ffplay": lambda path, start_s, end_s: [
        *("-loglevel", "error", "-nodisp", "-autoexit", "-ss", start_s),
        *("-t", f"{float(end_s) - float(start_s):.3f}", "-i", path),
    ],
    "cvlc": lambda path, start_s, end_s: [
        *("--no-video", "--play-and-exit", f"--start-time={start_s}", f"--stop-time={end_s}", "--", path),
    ],
}
"""Arguments that play the sound of a span only."""

REMEDY = f"install one of {', '.join(PLAYERS)} and make sure that it is on the PATH, or name yours in {VARIABLE}"


Started = subprocess.Popen[bytes]


def command(path: Path, start_s: float) -> list[str] | None:
    """Return the command that plays a file from a second on; None where no player is installed.

    Raises:
        ValueError: The command in `VARIABLE` lacks a closing quotation mark.
    """
    told, named = (str(path.absolute()), f"{start_s:.3f}"), os.environ.get(VARIABLE, "").strip()
    if "{" in named:
        # The path last: it may have a placeholder's name in it.
        return [one.replace("{start_s}", told[1]).replace("{path}", told[0]) for one in shlex.split(named)]
    for player in (named, *PLAYERS):
        if player in PLAYERS and (found := shutil.which(player)):
            return [found, *PLAYERS[player](*told)]
    return None


def listening(path: Path, span: Span) -> list[str] | None:
    """Return the command that plays the sound of a span of a file; None where nothing is installed that can."""
    for player, arguments in LISTENERS.items():
        if found := shutil.which(player):
            return [found, *arguments(str(path.absolute()), f"{span.start_s:.3f}", f"{span.end_s:.3f}")]
    return None


def start(arguments: list[str]) -> Started:
    """Start a player that outlives this process and writes nothing to its terminal.

    Raises:
        OSError: It cannot be started.
    """
    return subprocess.Popen(  # noqa: S603  a list, no shell; the program is one of the above, or its user's own
        arguments,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
