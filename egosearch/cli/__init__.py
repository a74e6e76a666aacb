"""The command line: one file a command, and the only place that prints and chooses exit codes.

Starting it must stay cheap: whatever is heavy (NumPy, DuckDB, ONNX Runtime, Rich) is imported inside the functions
that need it, and a test asks a fresh interpreter what `import egosearch.cli` loaded.
"""

import os
from typing import Annotated

import typer

from egosearch.cli import (
    clip,
    day,
    demo,
    doctor,
    evaluate,
    export,
    failures,
    forget,
    import_,
    index,
    mark,
    migrate,
    models,
    note,
    notes,
    query,
    recordings,
    remove,
    save,
    saved,
    serve,
    sheet,
    shell,
    show,
    similar,
    spaces,
    sql,
    stats,
    transcript,
    tui,
    verify,
    watch,
)
from egosearch.cli.boundary import Boundary
from egosearch.cli.output import relay_warnings, tolerate_narrow_encodings
from egosearch.indexing.worker import THREAD_VARIABLES
from egosearch.ownership import keep_private

EPILOG = """\b
Start here:
  egosearch demo                                make a small recording and search in it
  egosearch index ~/Videos                      index your own recordings
  egosearch query "when the timer went off"     find a moment in them

\b
Exit codes:
  0  done; for query: something was found
  1  nothing matched
  2  the command was not understood, or the query cannot be answered as asked
  3  some files could not be indexed, or clips not be cut; the others were
  4  the library cannot be used or is damaged, or something is wrong with the installation
  130  stopped with Ctrl-C

Results go to standard output, and messages and progress to standard error."""

app = typer.Typer(
    name="egosearch",
    cls=Boundary,
    epilog=EPILOG,
    # Plain help can be searched and piped, takes brackets literally, and spares 0.1 s for loading Rich.
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


@app.callback(invoke_without_command=True)
def start(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False,
    debug: Annotated[
        bool,
        typer.Option("--debug", envvar="EGOSEARCH_DEBUG", help="Show where in the program an error arose."),
    ] = False,
) -> None:
    """Find the moment in your first-person recordings by what you heard and saw.

    Recordings from smart glasses, action and body cameras are indexed once; then you type what you remember, and get
    the moment: which recording, from when to when, and why. Everything stays on this machine.
    """
    if version:
        from importlib.metadata import version as version_of

        typer.echo(f"egosearch {version_of('egosearch')}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit
    relay_warnings(is_verbose=debug)


app.command("index", epilog=index.EXAMPLES)(index.index)
app.command("watch", epilog=watch.EXAMPLES)(watch.watch)
app.command("query", epilog=query.EXAMPLES)(query.query)
app.command("similar", epilog=similar.EXAMPLES)(similar.similar)
app.command("shell", epilog=shell.EXAMPLES)(shell.shell)
app.command("clip", epilog=clip.EXAMPLES)(clip.clip)
app.command("sheet", epilog=sheet.EXAMPLES)(sheet.sheet)
app.command("mark", epilog=mark.EXAMPLES)(mark.mark)
app.command("note", epilog=note.EXAMPLES)(note.note)
app.command("notes", epilog=notes.EXAMPLES)(notes.notes)
app.command("day", epilog=day.EXAMPLES)(day.day)
app.command("save", epilog=save.EXAMPLES)(save.save)
app.command("saved", epilog=saved.EXAMPLES)(saved.saved)
app.command("recordings", epilog=recordings.EXAMPLES)(recordings.recordings)
app.command("show", epilog=show.EXAMPLES)(show.show)
app.command("transcript", epilog=transcript.EXAMPLES)(transcript.transcript)
app.command("failures", epilog=failures.EXAMPLES)(failures.failures)
app.command("remove", epilog=remove.EXAMPLES)(remove.remove)
app.command("forget", epilog=forget.EXAMPLES)(forget.forget)
app.add_typer(spaces.app, name="spaces", epilog=spaces.EXAMPLES)
app.command("stats", epilog=stats.EXAMPLES)(stats.stats)
app.command("sql", epilog=sql.EXAMPLES)(sql.sql)
app.command("verify", epilog=verify.EXAMPLES)(verify.verify)
app.command("export", epilog=export.EXAMPLES)(export.export)
app.command("import", epilog=import_.EXAMPLES)(import_.import_)
app.command("migrate", epilog=migrate.EXAMPLES)(migrate.migrate)
app.command("eval", epilog=evaluate.EXAMPLES)(evaluate.evaluate)
app.command("serve", epilog=serve.EXAMPLES)(serve.serve)
app.command("tui", epilog=tui.EXAMPLES)(tui.tui)
app.command("demo", epilog=demo.EXAMPLES)(demo.demo)
app.add_typer(models.app, name="models", epilog=models.EXAMPLES)
app.command("doctor", epilog=doctor.EXAMPLES)(doctor.doctor)


def main() -> None:
    """Run the command line; the entry point behind `egosearch`."""
    # Before NumPy is loaded: our matrices are small, and threads that wait for each other cost more than they gain.
    for variable in THREAD_VARIABLES:
        os.environ.setdefault(variable, "1")
    tolerate_narrow_encodings()
    keep_private()
    app(prog_name="egosearch")
