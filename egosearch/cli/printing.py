"""The options that say how moments are printed, for the commands that find some."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from egosearch.cli.answers import write_answer
from egosearch.cli.asking import JsonlOption, PathsOption
from egosearch.cli.options import JsonOption
from egosearch.cli.templates import FIELDS, check_template, write_formatted

if TYPE_CHECKING:
    from egosearch.types import Answer

FormatOption = Annotated[
    str | None,
    typer.Option(
        "--format",
        "-f",
        metavar="TEMPLATE",
        show_default=False,
        help=f"Print a line a moment made of {', '.join(f'{{{one}}}' for one in FIELDS)}, such as "
        "'{path}\\t{start_s:.1f}'; \\n, \\t and \\0 are read as such.",
    ),
]
Print0Option = Annotated[
    bool, typer.Option("--print0", "-0", help="End what --paths and --format print with a zero byte each.")
]
PathZeroOption = Annotated[bool, typer.Option("--print0", "-0", help="End each path of --paths with a zero byte.")]


@dataclass(frozen=True)
class Lines:
    """How to print what was found; at most one of them."""

    json: JsonOption = False
    jsonl: JsonlOption = False
    paths: PathsOption = False
    template: FormatOption = None
    print0: Print0Option = False

    @property
    def ways(self) -> dict[str, bool]:
        """The options that exclude each other, and whether each is given."""
        given = (self.json, self.jsonl, self.paths, self.template is not None)
        return dict(zip(("--json", "--jsonl", "--paths", "--format"), given, strict=True))

    def check(self) -> None:
        """Refuse two ways of printing at once.

        Raises:
            typer.BadParameter: More than one is asked for, or one that does not read as such.
        """
        if sum(self.ways.values()) > 1:
            raise typer.BadParameter("choose one of them", param_hint=" / ".join(self.ways))
        if self.template is not None:
            check_template(self.template)
        if self.print0 and not (self.paths or self.template is not None):
            raise typer.BadParameter("it goes with --paths or --format", param_hint="--print0")

    def print(self, answer: "Answer", example: str | None = None) -> None:
        """Print an answer; `example` is what its moments are like, as the user typed it."""
        end = "\0" if self.print0 else "\n"
        if self.template is not None and answer.matched:
            write_formatted(answer, self.template, end=end)
        else:
            write_answer(answer, json=self.json, jsonl=self.jsonl, paths=self.paths, end=end, example=example)


def check_paths(*, json: bool, paths: bool, print0: bool) -> None:
    """Refuse two ways of printing a list at once.

    Raises:
        typer.BadParameter: Both are asked for, or zero bytes without paths.
    """
    if json and paths:
        raise typer.BadParameter("choose one of them", param_hint="--json / --paths")
    if print0 and not paths:
        raise typer.BadParameter("it goes with --paths", param_hint="--print0")
