"""`egosearch tui`: open the browser, which is found by name so that nothing here imports it."""

import sys
from collections.abc import Callable
from typing import Annotated, Any

import typer

from egosearch.cli import options
from egosearch.cli.options import LibraryOption
from egosearch.cli.output import say, write_line
from egosearch.errors import LibraryError

EXAMPLES = """\b
Examples:
  egosearch tui
  egosearch tui --library ~/holidays
  egosearch tui --serve
  egosearch tui --serve --port 8000"""
GROUP = "egosearch.front_ends"


def tui(
    library: LibraryOption = None,
    serve: Annotated[
        bool, typer.Option("--serve", help="Show it in a web browser on this machine, at the address that is printed.")
    ] = False,
    port: Annotated[
        int | None,
        typer.Option("--port", metavar="N", min=1, max=65535, show_default="a free one", help="Serve at this port."),
    ] = None,
    host: Annotated[
        str | None,
        typer.Option(
            "--host", metavar="ADDRESS", show_default="127.0.0.1", help="Serve at this loopback address, say ::1."
        ),
    ] = None,
) -> None:
    """Browse and search on a full screen.

    Type what you remember, walk with the arrow keys, open a moment with Enter; `?` lists the keys.
    """
    folder, launch = options.library_folder(library), _launcher()
    if serve:
        launch(folder, serve_at=(_loopback(host), port or 0), announce=_announce)
        say("Stopped.")
        return
    for name, value in (("--port", port), ("--host", host)):
        if value is not None:
            raise typer.BadParameter("it goes with --serve", param_hint=name)
    launch(folder)


def _launcher() -> Callable[..., Any]:
    from importlib.metadata import entry_points

    found = list(entry_points(group=GROUP, name="tui"))
    if not found:
        raise LibraryError("the browser is not installed; reinstall with `pip install egosearch`")
    try:
        launch: Callable[..., Any] = found[0].load()
    except ImportError as error:
        raise LibraryError(f"the browser cannot be loaded ({error}); reinstall with `pip install egosearch`") from error
    return launch


def _loopback(host: str | None) -> str:
    """Return the address to serve at, which nobody reaches from elsewhere."""
    from ipaddress import ip_address

    told = "127.0.0.1" if host in {None, "localhost"} else str(host).strip("[]")
    try:
        if ip_address(told).is_loopback:
            return told
    except ValueError:
        pass
    remedy = "from another machine, forward a port: `ssh -L 8000:127.0.0.1:8000 HERE`, and `--port 8000` here"
    raise typer.BadParameter(
        f"{told} is not a loopback address, and it is served on this machine only; {remedy}", param_hint="--host"
    )


def _announce(address: str) -> None:
    """Print the address for whoever opens it, and to those who see the terminal what it is worth."""
    write_line(address)
    sys.stdout.flush()
    say("Open it in a web browser on this machine; whoever has the address has the library. Press Ctrl-C to end.")
