"""egosearch as users start it, in processes without a network or with another mask."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
SPY = Path(__file__).parent / "spy"
EGOSEARCH = [sys.executable, "-c", "from egosearch.cli import main; main()"]
SEALED = [sys.executable, "-m", "tests.security.sealed"]
ENDED_S = 120.0


@dataclass(frozen=True)
class Ended:
    """How a process ended."""

    code: int
    stdout: bytes
    stderr: bytes

    @property
    def said(self) -> str:
        """All that it printed."""
        return (self.stdout + self.stderr).decode("utf-8", "replace")


def environment(**more: str) -> dict[str, str]:
    """Return the variables of a process that finds the packages and the tests."""
    return os.environ | {"PYTHONPATH": str(ROOT)} | more


def sealed_environment(notes: Path) -> dict[str, str]:
    """Return the variables of a process that notes in a file where it would have gone."""
    return environment(PYTHONPATH=f"{SPY}{os.pathsep}{ROOT}", EGOSEARCH_TEST_SPY=str(notes))


def run(*arguments: str | bytes | Path, env: dict[str, str] | None = None, before: list[str] | None = None) -> Ended:
    """Run a command of egosearch to its end.

    Args:
        arguments: As on a command line.
        env: Its variables; None for those of the test.
        before: What starts it, say `SEALED`.
    """
    command = [*(before or []), *EGOSEARCH, *arguments]
    done = subprocess.run(command, env=env or environment(), capture_output=True, timeout=ENDED_S, check=False)
    return Ended(done.returncode, done.stdout, done.stderr)
