"""The options that say where and when to search; `egosearch.query.conditions` knows what they mean together."""

from pathlib import Path
from typing import Annotated

import typer

from egosearch.cli.completion import complete_recording, complete_tag

RecordingOption = Annotated[
    list[str] | None,
    typer.Option(
        "--recording",
        metavar="RECORDING",
        show_default="all",
        help="Only in this one: its file name, its path, or the beginning of its id; may be given several times.",
        autocompletion=complete_recording,
    ),
]
FolderOption = Annotated[
    Path | None,
    typer.Option("--folder", metavar="DIR", show_default=False, help="Only in recordings from this folder or below."),
]
SinceOption = Annotated[
    str | None,
    typer.Option(
        "--since",
        metavar="TIME",
        show_default=False,
        help="Only from then on: '2026-11-20', '2026-11-20 18:00', 'last monday', 'yesterday'.",
    ),
]
UntilOption = Annotated[
    str | None,
    typer.Option("--until", metavar="TIME", show_default=False, help="Only up to then; a day is included to its end."),
]
BetweenOption = Annotated[
    str | None,
    typer.Option(
        "--between",
        metavar="FROM-TO",
        show_default=False,
        help="Only at this time of any day: '18:00-22:00', '6pm-10pm', '22-5', 'evening'.",
    ),
]
OnOption = Annotated[
    str | None,
    typer.Option("--on", metavar="DAY", show_default=False, help="Only on this day: '2026-11-20', 'yesterday'."),
]
WhenOption = Annotated[
    str | None,
    typer.Option(
        "--when",
        metavar="WORDS",
        show_default=False,
        help="Only then: 'yesterday evening', 'saturday night', 'last week', 'in march', '3 days ago'.",
    ),
]
SaidOption = Annotated[
    str | None,
    typer.Option(
        "--said",
        metavar="TEXT",
        show_default=False,
        help="Only within 30 s of where all these words are said, in any order and form; words in quotation marks "
        "exactly so: 'budget', '\"third quarter\"'.",
    ),
]
TagOption = Annotated[
    list[str] | None,
    typer.Option(
        "--tag",
        metavar="TAG",
        show_default=False,
        help="Only within 30 s of what has this tag; given several times, any of them.",
        autocompletion=complete_tag,
    ),
]
NotedOption = Annotated[
    str | None,
    typer.Option(
        "--noted",
        metavar="TEXT",
        show_default=False,
        help="Only within 30 s of what is noted with all these words, in its text or tags; as for --said.",
    ),
]
