"""Lines of a shell: from a terminal with what was typed before at hand, or from a pipe; and how they are split."""

import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from egosearch.cli.output import say
from egosearch.errors import QueryError

PROMPT = "egosearch> "
HISTORY_LINES = 500


def words_of(line: str) -> list[str]:
    """Split a line as a shell does, but only at double quotation marks: people write "the dog's bowl".

    Raises:
        QueryError: A quotation mark is not closed.
    """
    reader = shlex.shlex(line, posix=True, punctuation_chars=False)
    reader.whitespace_split, reader.quotes, reader.commenters, reader.escape = True, '"', "", ""
    try:
        return list(reader)
    except ValueError as error:
        raise QueryError("a quotation mark is not closed; close it, or leave it out") from error


def piped() -> Iterator[str]:
    """Return the lines of standard input; bytes that are no text come as replacement characters."""
    for line in sys.stdin.buffer:
        yield line.decode("utf-8", "replace")


def typed(history: Path) -> Iterator[str]:
    """Ask for lines on a terminal, with those of earlier times a key away, until there are no more."""
    remember = _remembering(history)
    say("Type what you remember; :help says what else.")
    while True:
        try:
            line = input(PROMPT)
        except EOFError:
            say("")
            return
        except KeyboardInterrupt:  # as in other shells: never mind this line
            say("")
            continue
        remember()
        yield line


def _remembering(history: Path) -> Callable[[], None]:
    """Have lines of earlier times at hand, and return what keeps those of now for the next time."""
    try:
        import readline
    except ImportError:  # Windows has none, and its console remembers by itself
        return lambda: None
    readline.set_history_length(HISTORY_LINES)
    with suppress(OSError):
        history.touch(mode=0o600)
        readline.read_history_file(history)

    def remember() -> None:
        with suppress(OSError):
            readline.write_history_file(history)

    return remember
