"""The error boundary: every way to fail becomes one sentence on standard error and a documented exit code."""

import os
import sys
import traceback
from typing import Any

import typer
from typer.core import TyperGroup

from egosearch import room
from egosearch.cli.output import complain, say
from egosearch.errors import EgosearchError, QueryError

FOUND = 0
NOTHING_MATCHED = 1
USAGE = 2
SOME_FAILED = 3
LIBRARY = 4
STOPPED = 130
"""What shells report for Ctrl-C: 128 and the signal's number."""


class Boundary(TyperGroup):
    """The group of all commands. Errors are caught here, so that tests in process meet the same boundary as users."""

    def main(self, *args: Any, **extra: Any) -> Any:
        """Parse and run, and exit with the code."""
        try:
            code = super().main(*args, **(extra | {"standalone_mode": False}))
        except typer.Abort:
            say("stopped")
            sys.exit(STOPPED)
        except Exception as error:  # Click's errors of usage: Typer carries its own copy of Click, or not
            if not hasattr(error, "format_message"):
                raise
            complain(_as_clause(error))
            sys.exit(USAGE)
        sys.exit(code if isinstance(code, int) else FOUND)

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was parsed."""
        is_debug = bool(ctx.params.get("debug"))
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except (typer.Exit, typer.Abort):
            raise
        except BrokenPipeError:
            _write_nowhere()
            raise typer.Exit(FOUND) from None
        except KeyboardInterrupt:
            say("stopped")
            raise typer.Exit(STOPPED) from None
        except Exception as error:
            if hasattr(error, "format_message"):
                raise
            if is_debug:
                for line in traceback.format_exc().splitlines():  # with names of files in it
                    say(line)
            complain(_sentence(error))
            raise typer.Exit(USAGE if isinstance(error, QueryError) else LIBRARY) from error
        return result


def _sentence(error: Exception) -> str:
    if isinstance(error, EgosearchError):
        return str(error)
    if isinstance(error, OSError) and error.strerror:
        where = f"{os.fsdecode(error.filename)}: " if isinstance(error.filename, str | bytes) else ""
        remedy = "" if isinstance(error, FileNotFoundError) else f"; {room.remedy(error)}"
        return f"{where}{error.strerror}{remedy}"
    return (
        f"egosearch itself failed ({type(error).__name__}: {error}); "
        "run it again as `egosearch --debug ...` and report what it shows"
    )


def _as_clause(error: Any) -> str:
    """Say an error of usage as one sentence, with where to read on."""
    message = " ".join(str(error.format_message()).split()).rstrip(".")
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "egosearch"
    return f"{message[:1].lower()}{message[1:]}; see `{command} --help`"


def _write_nowhere() -> None:
    """Whoever read standard output has seen enough; what is still buffered must not fail when the process ends."""
    try:
        descriptor = sys.stdout.fileno()
    except OSError:  # a stream that is no file, as in tests
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)
