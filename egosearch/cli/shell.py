"""`egosearch shell`: one question after another, with the library and its networks kept loaded."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from egosearch import warming
from egosearch.cli import asking, options
from egosearch.cli.answers import write_answer, write_moments
from egosearch.cli.boundary import FOUND, NOTHING_MATCHED, USAGE
from egosearch.cli.clip import AROUND_S, write_clips
from egosearch.cli.grouping import Filters, grouped
from egosearch.cli.lines import piped, typed, words_of
from egosearch.cli.options import LibraryOption
from egosearch.cli.output import clock, complain, say
from egosearch.cli.sessions import SessionOption, default_session
from egosearch.errors import EgosearchError, QueryError

if TYPE_CHECKING:
    from egosearch.owner.shared import SharedLibrary
    from egosearch.types import Moment

EXAMPLES = """\b
Examples:
  egosearch shell
  egosearch shell --jsonl < questions.txt"""

HISTORY = "shell-history"
"""In the library's folder, beside what was typed in the browser: lines here have options."""
IDLE_S = 2.0
"""How long the library is kept open after the last question, so that others can write to it; networks stay loaded."""
LEAVING = ["exit"], ["quit"]
"""What people type who have not read how to leave. What they may look for has more words: "exit sign"."""
HELP = """\
Type what you remember, with the options of `egosearch query`: a dog barking --when "last week" --limit 3
  :open N         play moment N in your player
  :clip N [FILE]  cut it out into a file
  :more N         find more like it
  :right N        say that it is what you asked for; the next answers count on it
  :wrong N        say that it is not
  :undo           take back what was said last
  :help           show this; `--help` shows the options
  :quit           leave, as Ctrl-D does"""


def shell(
    *,
    library: LibraryOption = None,
    session: SessionOption = None,
    jsonl: Annotated[bool, typer.Option("--jsonl", help="Print each answer as a line of JSON.")] = False,
) -> None:
    """Ask one question after another, at once.

    Each line is a query with the options of `egosearch query`, or a command such as :open 2; :help lists them. Lines
    may also come through a pipe; then the exit code is 2 if one of them was wrong, and 1 if nothing matched any.
    """
    warming.begin(options.library_folder(library))
    with options.open_library(library, read_only=True, idle_s=IDLE_S) as opened:
        session_name = default_session() if session is None else session
        talk = Shell(opened, session_name, is_jsonl=jsonl)
        is_typed = sys.stdin.isatty()
        for line in typed(opened.path / HISTORY) if is_typed else piped():
            try:
                talk.take(line)
            except KeyboardInterrupt:
                if not is_typed:
                    raise
                say("stopped")
            if talk.is_over:
                break
    if not is_typed and (code := talk.code):
        raise typer.Exit(code)


class Shell:
    """Takes lines, one by one; what is wrong with one is said, and the next may come."""

    def __init__(self, library: "SharedLibrary", session: str, *, is_jsonl: bool = False) -> None:
        """Wrap an open library."""
        self.is_over = False
        self._library = library
        self._session = session
        self._is_jsonl = is_jsonl
        self._asked = ""
        self._moments: Sequence[Moment] = ()
        self._read = _reader()
        self._marked: list[tuple[Moment, str]] = []
        """What was said to be right or wrong, and of which query."""
        self._wrong = 0
        self._answers: list[bool] = []
        """Whether each query so far matched."""
        self._commands: dict[str, Callable[[Sequence[str]], None]] = {
            ":open": self._open,
            ":clip": self._clip,
            ":more": self._more,
            ":right": lambda words: self._mark(words, is_right=True),
            ":wrong": lambda words: self._mark(words, is_right=False),
            ":undo": self._undo,
            ":help": self._help,
            ":quit": self._quit,
        }

    @property
    def code(self) -> int:
        """The exit code that tells how the lines so far went."""
        if self._wrong:
            return USAGE
        return NOTHING_MATCHED if self._answers and not any(self._answers) else FOUND

    def take(self, line: str) -> None:
        """Answer a query or carry out a command; an empty line is none."""
        try:
            words = words_of(line)
            if not words:
                return
            if words[0].startswith(":"):
                self._command(words)
            elif words in LEAVING:
                self.is_over = True
            else:
                self._ask(words)
        except (EgosearchError, OSError) as error:
            if isinstance(error, BrokenPipeError):
                raise
            self._wrong += 1
            complain(str(error))
        except Exception as error:  # Click's errors of usage, see `boundary`
            if not hasattr(error, "format_message"):
                raise
            self._wrong += 1
            complain(f"{error.format_message()} Type :help for what can be said here.")
        sys.stdout.flush()

    def _command(self, words: Sequence[str]) -> None:
        named = [name for name in self._commands if name.startswith(words[0])]
        if len(named) != 1:
            raise QueryError(f"there is no command {words[0]}; type :help for those there are")
        self._commands[named[0]](words[1:])

    def _ask(self, words: Sequence[str]) -> None:
        read = self._read(words)
        if read is None:  # --help
            return
        text, asked, filters = read
        asked = replace(asked, session=asked.session or self._session)
        query = asking.query_of(text, asked, filters.where(self._library))
        answer = self._library.answer(query)
        self._asked, self._moments = text, answer.moments
        self._answers.append(answer.matched)
        write_answer(answer, jsonl=self._is_jsonl)

    def _open(self, words: Sequence[str]) -> None:
        from egosearch import playing

        moment = self._moment(words)
        try:
            command = playing.command(moment.path, moment.span.start_s)
        except ValueError as error:
            raise QueryError(f"{playing.VARIABLE} does not read as a command ({error}); correct it") from error
        if command is None:
            raise QueryError(f"there is no player; {playing.REMEDY}")
        if not moment.path.exists():
            raise QueryError(f"{moment.path} is not there; connect the disk that it is on, or index it where it is now")
        playing.start(command)
        say(f"Playing {moment.path.name} from {clock(moment.span.start_s)}.")

    def _clip(self, words: Sequence[str]) -> None:
        from egosearch.clips.planning import Wish
        from egosearch.clips.types import ClipOptions

        target = Path(words[1]).expanduser() if len(words) > 1 else None
        write_clips(self._library, [self._moment(words)], Wish(target), ClipOptions(pad_s=AROUND_S))

    def _more(self, words: Sequence[str]) -> None:
        found = self._library.similar(self._moment(words))
        if found:
            self._moments = tuple(found)
            write_moments(self._moments)
        else:
            say("Nothing in this library is like it.")

    def _mark(self, words: Sequence[str], *, is_right: bool) -> None:
        moment = self._moment(words)
        # A process has a catalogue open for reading or for writing, not both; the next question opens it again.
        self._library.close()
        with options.open_library(self._library.path) as writable:
            writable.mark(moment, self._asked, is_right=is_right, session=self._session)
        self._marked.append((moment, self._asked))
        verdict = "right" if is_right else "wrong"
        say(
            f"Marked {moment.path.name} at {clock(moment.span.start_s)} as {verdict}; ask again to see what it changes."
        )

    def _undo(self, _: Sequence[str]) -> None:
        if not self._marked:
            raise QueryError("nothing was said to be right or wrong yet; :right 1 and :wrong 1 do")
        moment, asked = self._marked.pop()
        self._library.close()
        with options.open_library(self._library.path) as writable:
            writable.unmark(moment, asked, session=self._session)
        say(f"Unmarked {moment.path.name} at {clock(moment.span.start_s)} for “{asked}”.")

    def _help(self, _: Sequence[str]) -> None:
        for line in HELP.splitlines():
            say(line)

    def _quit(self, _: Sequence[str]) -> None:
        self.is_over = True

    def _moment(self, words: Sequence[str]) -> "Moment":
        if not self._moments:
            raise QueryError("there are no moments to choose from yet; ask for something that is found")
        try:
            number = int(words[0])
        except (IndexError, ValueError):
            number = 0
        if not 1 <= number <= len(self._moments):
            raise QueryError(f"name one of the moments by its number, 1 to {len(self._moments)}, such as :open 1")
        return self._moments[number - 1]


Read = Callable[[Sequence[str]], "tuple[str, asking.Options, Filters] | None"]


def _reader() -> Read:
    """Return what reads the words of a line as `egosearch query` reads its arguments."""
    import typer.main

    @grouped
    def ask(
        words: Annotated[list[str] | None, typer.Argument(metavar="TEXT", show_default=False)] = None,
        *,
        asked: asking.Options,
        filters: Filters,
    ) -> tuple[str, asking.Options, Filters]:
        """Find the moments that match what you remember."""
        return " ".join(words or ()), asked, filters

    line = typer.Typer(add_completion=False, rich_markup_mode=None, context_settings={"max_content_width": 100})
    line.command()(ask)
    command: Any = typer.main.get_command(line)

    def read(words: Sequence[str]) -> "tuple[str, asking.Options, Filters] | None":
        found = command.main(list(words), prog_name="", standalone_mode=False)
        return found if isinstance(found, tuple) else None

    return read
