"""Search sessions: whose marks refine whose searches."""

import os
import sys
from typing import Annotated

import typer

SessionOption = Annotated[
    str | None,
    typer.Option(
        "--session",
        metavar="NAME",
        envvar="EGOSEARCH_SESSION",
        show_default="this terminal's",
        help="The search session: what is marked in it refines its next answers.",
    ),
]


def default_session() -> str:
    """Return the name of this terminal's session: the same for every command typed into it, another in the next."""
    return f"terminal-{os.getppid() if sys.platform == 'win32' else os.getsid(0)}"
