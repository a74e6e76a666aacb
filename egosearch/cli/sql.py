"""`egosearch sql`: ask the catalogue in SQL."""

import csv
from io import StringIO
from typing import TYPE_CHECKING, Annotated, Any

import typer

from egosearch.cli import options
from egosearch.cli.options import JsonOption, LibraryOption
from egosearch.cli.output import plain, say, write_data, write_json, write_table

if TYPE_CHECKING:
    from egosearch.cli.output import Cell
    from egosearch.table import Column, Table

EXAMPLES = """\b
Examples:
  egosearch sql "SHOW TABLES"
  egosearch sql "DESCRIBE recordings_overview"
  egosearch sql "SELECT device, count(*), sum(duration_s) / 3600 AS hours FROM recordings GROUP BY device"
  egosearch sql --csv "FROM transcripts_overview WHERE text ILIKE '%budget%'" > budget.csv
  egosearch sql --write "UPDATE recordings SET device = 'Glasses' WHERE device IS NULL\""""
WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")
BROKEN = ("FLOAT", "DOUBLE", "DECIMAL")


def sql(
    text: Annotated[str, typer.Argument(metavar="SQL", show_default=False, help="One statement, in quotation marks.")],
    *,
    library: LibraryOption = None,
    write: Annotated[
        bool,
        typer.Option(
            "--write",
            help="Let it change the catalogue; it may then be several statements, all or none of which count.",
        ),
    ] = False,
    json: JsonOption = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print comma-separated values, with a heading.")] = False,
) -> None:
    """Ask the library's catalogue in SQL, in DuckDB's dialect.

    It holds what is indexed, and what was said and marked; the vectors are not in it. Nothing is changed without
    --write, and no other file is read or written whatever the SQL says.
    """
    if json and as_csv:
        raise typer.BadParameter("choose one of them", param_hint="--json / --csv")
    # For reading first, whatever is to be done: a mistyped folder must not become a library.
    with options.open_library(library, read_only=True) as opened:
        answer = None if write else opened.sql(text)
    if answer is None:
        with options.own_library(library) as owned:
            answer = owned.write_sql(text)
    if json:
        write_json(as_json(answer))
    elif as_csv:
        write_data(_as_csv(answer))
    elif answer.rows:
        write_table(
            {plain(one.name): "right" if _is_number(one) else "left" for one in answer.columns},
            [[_cell(value, column) for value, column in zip(row, answer.columns, strict=True)] for row in answer.rows],
        )
    else:
        say("No rows." if answer.columns else "Done.")


def _cell(text: str | None, column: "Column") -> "Cell":
    if text is None:
        return ""
    return tuple(text.splitlines()) if column.name == "explain_value" else text  # a drawing of boxes


def as_json(answer: "Table") -> list[dict[str, Any]]:
    """Return the rows by column name."""
    return [
        {column.name: _value(text, column) for column, text in zip(answer.columns, row, strict=True)}
        for row in answer.rows
    ]


def _value(text: str | None, column: "Column") -> Any:
    """Return a value as JSON has it; what is no number in JSON (NaN, infinities) is null."""
    if text is None:
        return None
    if column.is_nested:
        from json import loads

        return loads(text, parse_constant=lambda _: None)
    if column.kind == "BOOLEAN":
        return text == "true"
    if column.kind.removeprefix("U") in WHOLE:
        return int(text)
    if _is_number(column):
        number = float(text)
        return number if number - number == 0 else None
    return text


def _is_number(column: "Column") -> bool:
    return not column.is_nested and column.kind.removeprefix("U").startswith((*WHOLE, *BROKEN))


def _as_csv(answer: "Table") -> str:
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(one.name for one in answer.columns)
    writer.writerows(answer.rows)
    return out.getvalue()
